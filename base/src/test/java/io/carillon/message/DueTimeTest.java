package io.carillon.message;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class DueTimeTest {
    private static final long MS_MAX = (1L << 48) - 1;

    @Test
    void keepsTimeAndRankApart() {
        for (long ms : new long[] {1, 1_750_000_000_000L, MS_MAX}) {
            for (int rank = 0; rank <= DueTime.RANK_MAX; rank++) {
                long due = DueTime.of(ms, rank);

                assertThat(due).isPositive();
                assertThat(DueTime.ms(due)).isEqualTo(ms);
                assertThat(DueTime.rank(due)).isEqualTo(rank);
            }
        }
    }

    @Test
    void standsInTheBitsThatTheFormatSays() {
        assertThat(DueTime.of(0x123456789ABCL, 0xD)).isEqualTo(0x000D_1234_5678_9ABCL);
        assertThat(DueTime.of(1_750_000_000_000L, 0)).isEqualTo(1_750_000_000_000L);
    }

    @Test
    void refusesWhatTheBitsDoNotHold() {
        for (long ms : new long[] {Long.MIN_VALUE, -1, 0, MS_MAX + 1, Long.MAX_VALUE}) {
            assertThatThrownBy(() -> DueTime.of(ms, 0)).isInstanceOf(IllegalArgumentException.class);
        }
        for (int rank : new int[] {-1, DueTime.RANK_MAX + 1}) {
            assertThatThrownBy(() -> DueTime.of(1, rank)).isInstanceOf(IllegalArgumentException.class);
        }
    }
}
