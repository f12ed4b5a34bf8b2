package io.carillon.broker.retry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.carillon.broker.retry.RetryPolicy.Exponential;
import io.carillon.broker.retry.RetryPolicy.Intervals;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RetryPolicyTest {
    private static List<Long> pauses(RetryPolicy policy, int count) {
        return IntStream.range(0, count)
                .mapToObj(tries -> Pause.of(policy, 0, tries).ms())
                .toList();
    }

    @Test
    void beginsWithTheThirdClassicLevelAndStaysAtTheLast() {
        assertThat(Pause.of(RetryPolicy.LEVELS, 0, 0)).isEqualTo(new Pause(3, 10_000));
        assertThat(Pause.of(RetryPolicy.LEVELS, 0, 1)).isEqualTo(new Pause(4, 30_000));
        assertThat(Pause.of(RetryPolicy.LEVELS, 0, 15)).isEqualTo(new Pause(18, 7_200_000));
        assertThat(Pause.of(RetryPolicy.LEVELS, 0, Integer.MAX_VALUE).level()).isEqualTo(18);
        assertThat(Pause.of(RetryPolicy.LEVELS, 0, -7).level()).isEqualTo(3);
    }

    @Test
    void takesTheLevelThatTheConsumerAsksForBeforeThePolicy() {
        assertThat(Pause.of(new Intervals(List.of(5L)), 1, 9)).isEqualTo(new Pause(1, 1_000));
        assertThat(Pause.of(RetryPolicy.LEVELS, 19, 0).level()).isEqualTo(18);
    }

    @Test
    void passesOverTheFirstTwoIntervalsAndStaysAtTheLast() {
        assertThat(pauses(new Intervals(List.of(1L, 2L, 30L, 40L)), 4)).containsExactly(30L, 40L, 40L, 40L);
        assertThat(pauses(new Intervals(List.of(1L, 2L)), 2)).containsExactly(2L, 2L);
        assertThat(pauses(new Intervals(List.of(700L)), 3)).containsExactly(700L, 700L, 700L);
        assertThat(Pause.of(new Intervals(List.of(1L, 2L, 3L)), 0, Integer.MAX_VALUE)
                        .ms())
                .isEqualTo(3);
    }

    @Test
    void growsExponentiallyUpToTheMaximum() {
        assertThat(pauses(new Exponential(300, 2_000, 2), 5)).containsExactly(300L, 600L, 1_200L, 2_000L, 2_000L);
        assertThat(pauses(new Exponential(500, 100, 3), 2)).containsExactly(100L, 100L);
        assertThat(pauses(new Exponential(0, 100, 3), 2)).containsExactly(0L, 0L);
        assertThat(pauses(new Exponential(5, 100, 1), 2)).containsExactly(5L, 5L);
    }

    @Test
    void neverOverflows() {
        Exponential steep = new Exponential(Long.MAX_VALUE / 3, Long.MAX_VALUE, Long.MAX_VALUE);

        assertThat(pauses(steep, 40)).startsWith(Long.MAX_VALUE / 3).allMatch(ms -> ms > 0);
        assertThat(Pause.of(steep, 0, Integer.MAX_VALUE).ms()).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void refusesNumbersThatMakeNoSense() {
        assertThatThrownBy(() -> new Intervals(List.of())).hasMessageContaining("at least one interval");
        assertThatThrownBy(() -> new Intervals(List.of(1L, -1L))).hasMessageContaining("-1");
        assertThatThrownBy(() -> new Exponential(-1, 1, 1)).hasMessageContaining("-1");
        assertThatThrownBy(() -> new Exponential(1, -1, 1)).hasMessageContaining("-1");
        assertThatThrownBy(() -> new Exponential(1, 1, 0)).hasMessageContaining("multiplier");
    }
}
