package io.carillon.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Set;
import org.junit.jupiter.api.Test;

class OptionsTest {
    @Test
    void readsValuesFlagsAndDurations() {
        Options options = Options.parse(
                new String[] {"x", "--rounds", "5", "--keep", "--warmup", "250ms"},
                1,
                Set.of("rounds", "warmup"),
                Set.of("keep"));

        assertThat(options.number("rounds", 3)).isEqualTo(5);
        assertThat(options.has("keep")).isTrue();
        assertThat(options.duration("warmup", Duration.ZERO)).isEqualTo(Duration.ofMillis(250));
        assertThat(options.duration("duration", Duration.ofSeconds(10))).isEqualTo(Duration.ofSeconds(10));
        assertThat(Options.duration("2m")).isEqualTo(Duration.ofMinutes(2));
        assertThat(Options.duration("15")).isEqualTo(Duration.ofSeconds(15));
    }

    @Test
    void refusesWhatItDoesNotKnow() {
        assertThatThrownBy(() -> Options.parse(new String[] {"--nope", "1"}, 0, Set.of("yes"), Set.of()))
                .hasMessageContaining("--nope");
        assertThatThrownBy(() -> Options.parse(new String[] {"--yes"}, 0, Set.of("yes"), Set.of()))
                .hasMessageContaining("wants a value");
        assertThatThrownBy(() -> Options.duration("3y")).isInstanceOf(IllegalArgumentException.class);
    }
}
