package io.carillon.broker.consume;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.base.Ticker;
import io.carillon.message.QueueId;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class QueueLocksTest {
    private static final QueueId A = new QueueId("T", 0);
    private static final QueueId B = new QueueId("T", 1);

    private long nowNs;
    private final QueueLocks locks = new QueueLocks(
            new Ticker() {
                @Override
                public long nowMs() {
                    return 0;
                }

                @Override
                public long nanoTime() {
                    return nowNs;
                }
            },
            Duration.ofSeconds(60));

    private void advance(Duration by) {
        nowNs += by.toNanos();
    }

    @Test
    void givesAQueueToOneClientOfAGroup() {
        assertThat(locks.lock("G", "one", List.of(A))).containsExactly(A);
        assertThat(locks.lock("G", "two", List.of(A, B))).containsExactly(B);
        assertThat(locks.lock("other", "two", List.of(A))).containsExactly(A);
    }

    @Test
    void keepsALockThatIsRenewedAndFreesOneThatIsNot() {
        locks.lock("G", "one", List.of(A, B));
        advance(Duration.ofSeconds(40));
        locks.lock("G", "one", List.of(A));
        advance(Duration.ofSeconds(21));

        assertThat(locks.lock("G", "two", List.of(A, B))).containsExactly(B);
        advance(Duration.ofSeconds(40));
        assertThat(locks.lock("G", "two", List.of(A, B))).containsExactly(A, B);
        assertThat(locks.lock("G", "one", List.of(A))).isEmpty();
    }

    @Test
    void holdsALockForItsWholeTimeToLive() {
        locks.lock("G", "one", List.of(A));
        advance(Duration.ofSeconds(60));

        assertThat(locks.lock("G", "two", List.of(A))).isEmpty();
    }

    @Test
    void letsOnlyTheOwnerUnlock() {
        locks.lock("G", "one", List.of(A));

        locks.unlock("G", "two", List.of(A));
        assertThat(locks.lock("G", "two", List.of(A))).isEmpty();
        locks.unlock("G", "one", List.of(A));

        assertThat(locks.count()).isZero();
        assertThat(locks.lock("G", "two", List.of(A))).containsExactly(A);
    }

    @Test
    void forgetsGroupsThatNobodyRenews() {
        for (int i = 0; i < 2000; i++) {
            locks.lock("G" + i, "one", List.of(A));
        }
        advance(Duration.ofSeconds(61));

        for (int i = 0; i < 2000; i++) {
            locks.lock("H" + i, "one", List.of(A));
        }

        assertThat(locks.count()).isLessThanOrEqualTo(2048);
    }

    @Test
    void saysWhetherAGroupConsumesInOrder() {
        assertThat(locks.isHeld("G")).isFalse();
        locks.lock("G", "one", List.of(A));
        assertThat(locks.isHeld("G")).isTrue();
        assertThat(locks.isHeld("other")).isFalse();

        advance(Duration.ofSeconds(61));
        assertThat(locks.isHeld("G")).isFalse();
        locks.lock("G", "one", List.of(A));
        locks.unlock("G", "one", List.of(A));
        assertThat(locks.isHeld("G")).isFalse();
    }
}
