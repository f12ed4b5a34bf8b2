package io.carillon.broker.consume;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.carillon.base.Ticker;
import io.carillon.broker.metadata.Change;
import io.carillon.message.QueueId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
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

    private List<QueueId> lock(String group, String clientId, List<QueueId> queues) {
        return lock(locks, group, clientId, queues);
    }

    private static List<QueueId> lock(QueueLocks locks, String group, String clientId, List<QueueId> queues) {
        List<QueueId> all = new ArrayList<>();
        locks.lock(group, clientId, queues, (locked, refusal) -> {
            assertThat(refusal).isNull();
            all.addAll(locked);
        });
        return all;
    }

    private void advance(Duration by) {
        nowNs += by.toNanos();
    }

    @Test
    void givesAQueueToOneClientOfAGroup() {
        assertThat(lock("G", "one", List.of(A))).containsExactly(A);
        assertThat(lock("G", "two", List.of(A, B))).containsExactly(B);
        assertThat(lock("other", "two", List.of(A))).containsExactly(A);
    }

    @Test
    void keepsALockThatIsRenewedAndFreesOneThatIsNot() {
        lock("G", "one", List.of(A, B));
        advance(Duration.ofSeconds(40));
        lock("G", "one", List.of(A));
        advance(Duration.ofSeconds(21));

        assertThat(lock("G", "two", List.of(A, B))).containsExactly(B);
        advance(Duration.ofSeconds(40));
        assertThat(lock("G", "two", List.of(A, B))).containsExactly(A, B);
        assertThat(lock("G", "one", List.of(A))).isEmpty();
    }

    @Test
    void holdsALockForItsWholeTimeToLive() {
        lock("G", "one", List.of(A));
        advance(Duration.ofSeconds(60));

        assertThat(lock("G", "two", List.of(A))).isEmpty();
    }

    @Test
    void letsOnlyTheOwnerUnlock() {
        lock("G", "one", List.of(A));

        locks.unlock("G", "two", List.of(A));
        assertThat(lock("G", "two", List.of(A))).isEmpty();
        locks.unlock("G", "one", List.of(A));

        assertThat(locks.count()).isZero();
        assertThat(lock("G", "two", List.of(A))).containsExactly(A);
    }

    @Test
    void forgetsGroupsThatNobodyRenews() {
        for (int i = 0; i < 2000; i++) {
            lock("G" + i, "one", List.of(A));
        }
        advance(Duration.ofSeconds(61));

        for (int i = 0; i < 2000; i++) {
            lock("H" + i, "one", List.of(A));
        }

        assertThat(locks.count()).isLessThanOrEqualTo(2048);
    }

    @Test
    void saysWhetherAGroupConsumesInOrder() {
        assertThat(locks.isHeld("G")).isFalse();
        lock("G", "one", List.of(A));
        assertThat(locks.isHeld("G")).isTrue();
        assertThat(locks.isHeld("other")).isFalse();

        advance(Duration.ofSeconds(61));
        assertThat(locks.isHeld("G")).isFalse();
        lock("G", "one", List.of(A));
        locks.unlock("G", "one", List.of(A));
        assertThat(locks.isHeld("G")).isFalse();
    }

    @Test
    void recordsChangesOfHandsAloneAndTellsThemWhenTheyAreKept() {
        List<String> kept = new ArrayList<>();
        List<Change> waiting = new ArrayList<>();
        QueueLocks recorded =
                new QueueLocks(Ticker.system(), Duration.ofSeconds(60), (group, client, queues, change) -> {
                    kept.add(group + " " + client + " " + queues);
                    waiting.add(change);
                });
        List<List<QueueId>> told = new ArrayList<>();

        recorded.lock("G", "one", List.of(A), (locked, _) -> told.add(locked));
        assertThat(told).isEmpty();
        waiting.getFirst().done(null);
        assertThat(told).containsExactly(List.of(A));
        recorded.lock("G", "one", List.of(A), (locked, _) -> told.add(locked));
        assertThat(told).hasSize(2);
        recorded.unlock("G", "one", List.of(A, B));

        assertThat(kept).containsExactly("G one " + List.of(A), "G  " + List.of(A));
    }

    @Test
    void bringsWhatOthersLockAlsoWhenOneCannotBeKept() {
        List<String> kept = new ArrayList<>();
        QueueLocks[] recorded = new QueueLocks[1];
        recorded[0] = new QueueLocks(Ticker.system(), Duration.ofSeconds(60), (_, client, _, change) -> {
            if (client.equals("one")) {
                recorded[0].lock("G", "meanwhile", List.of(B), (_, _) -> {});
                throw new IllegalStateException("cannot be kept");
            }
            kept.add(client);
            change.done(null);
        });

        assertThatThrownBy(() -> recorded[0].lock("G", "one", List.of(A), (_, _) -> {}))
                .hasMessage("cannot be kept");

        assertThat(kept).containsExactly("meanwhile");
        assertThat(lock(recorded[0], "other", "later", List.of(A))).containsExactly(A);
        assertThat(kept).containsExactly("meanwhile", "later");
    }

    @Test
    void beginsWithTheOwnersThatAnEarlierLeaderKnew() {
        locks.load("G", Map.of(A, "one"));

        assertThat(lock("G", "two", List.of(A, B))).containsExactly(B);
        advance(Duration.ofSeconds(61));
        assertThat(lock("G", "two", List.of(A))).containsExactly(A);
    }
}
