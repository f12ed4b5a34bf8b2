package io.carillon.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WaitingPlaceTest {
    @Property
    void readsWhatItWrote(
            @ForAll @LongRange(min = 1, max = (1L << 48) - 1) long dueMs,
            @ForAll @IntRange(max = 15) int rank,
            @ForAll @IntRange int place) {
        WaitingPlace one = new WaitingPlace(dueMs, rank, place);

        assertThat(WaitingPlace.parse(one.text())).isEqualTo(one);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ".", "1", "1.", ".1", "0.1", "-1.1", "+1.1", "zzzzzzzzzzzzz.1", "1.zzzzzzz", "1.1.1"})
    void refusesWhatItDidNotWrite(String text) {
        assertThatThrownBy(() -> WaitingPlace.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'" + text + "'");
    }
}
