package io.carillon.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;

class ScheduleTest {
    private static final long SECOND_NS = 1_000_000_000L;

    @Test
    void spreadsTheMessagesOfASecondEvenly() {
        var schedule = new Schedule(1_000, 5_000);

        assertThat(schedule.dueAtNs(0)).isEqualTo(1_000);
        assertThat(schedule.dueAtNs(1)).isEqualTo(1_000 + 200_000);
        assertThat(schedule.dueAtNs(5_000)).isEqualTo(1_000 + SECOND_NS);
        assertThat(schedule.dueBy(999)).isZero();
        assertThat(schedule.dueBy(1_000)).isEqualTo(1);
        assertThat(schedule.dueBy(1_000 + 199_999)).isEqualTo(1);
        assertThat(schedule.dueBy(1_000 + 200_000)).isEqualTo(2);
    }

    @Test
    void aMessageThatWasHeldUpBehindAStallIsLateByTheWholeStall() {
        var schedule = new Schedule(0, 1_000);
        long stallEndsNs = 500_000_000L;

        long due = schedule.dueBy(stallEndsNs);

        assertThat(due).isEqualTo(501);
        assertThat(stallEndsNs - schedule.dueAtNs(0)).isEqualTo(500_000_000L);
        assertThat(stallEndsNs - schedule.dueAtNs(250)).isEqualTo(250_000_000L);
    }

    @Property
    void whatIsDueByAMomentIsWhatWasDueAtOrBeforeIt(
            @ForAll @LongRange(min = -SECOND_NS, max = SECOND_NS) long startNs,
            @ForAll @IntRange(min = 1, max = 3_000_000) int rate,
            @ForAll @LongRange(min = 0, max = 7_200 * SECOND_NS) long elapsedNs) {
        var schedule = new Schedule(startNs, rate);

        long due = schedule.dueBy(startNs + elapsedNs);

        assertThat(schedule.dueAtNs(due - 1)).isLessThanOrEqualTo(startNs + elapsedNs);
        assertThat(schedule.dueAtNs(due)).isGreaterThan(startNs + elapsedNs);
    }

    @Test
    void refusesARateThatNeverSends() {
        assertThatThrownBy(() -> new Schedule(0, 0)).isInstanceOf(IllegalArgumentException.class);
    }
}
