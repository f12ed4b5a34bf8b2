package io.carillon.broker.pop;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.broker.pop.PopBroker.Got;
import io.carillon.testkit.Loss;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.jspecify.annotations.Nullable;

/**
 * Popping against a simple model: a message has one owner at a time, until it is acknowledged or its time is over; none
 * is lost, also not by a power loss; what was tried too often is a dead letter.
 */
class PopModelTest {
    private static final int RETRY_MAX = 3;
    private static final int STEPS = 150;

    /** Who has a message, and until when nobody else may get it. */
    private record Hold(Got got, long untilMs) {}

    private final Map<String, Hold> holds = new HashMap<>();
    private final Set<String> sent = new HashSet<>();
    private final Set<String> acked = new HashSet<>();
    /** Acknowledged, but a power loss now may make that undone. */
    private final Set<String> hardlyAcked = new HashSet<>();

    /** Acknowledged, and a power loss came before that was surely durable: it may come again, or not. */
    private final Set<String> inDoubt = new HashSet<>();

    private final Map<String, Integer> triesSeen = new HashMap<>();
    private PopBroker broker = new PopBroker(2, RETRY_MAX);

    @Property(tries = 60)
    void givesEachMessageToOneOwnerAtATimeAndLosesNone(@ForAll long seed) {
        Random random = new Random(seed);
        broker = new PopBroker(2, RETRY_MAX);
        holds.clear();
        sent.clear();
        acked.clear();
        hardlyAcked.clear();
        inDoubt.clear();
        triesSeen.clear();
        for (int step = 0; step < STEPS; step++) {
            step(random);
        }

        settleTheRest();

        Set<String> dead = new HashSet<>(broker.stored("%DLQ%" + PopBroker.GROUP));
        assertThat(broker.stored("%DLQ%" + PopBroker.GROUP)).as("dead letters").doesNotHaveDuplicates();
        assertThat(dead).doesNotContainAnyElementsOf(acked);
        dead.addAll(acked);
        assertThat(dead).as("acknowledged or dead").containsExactlyInAnyOrderElementsOf(sent);
        assertThat(broker.broker().counters().snapshot().get("messages_in_flight"))
                .isZero();
    }

    private void step(Random random) {
        switch (random.nextInt(12)) {
            case 0, 1, 2 -> sent.add(broker.send(random.nextInt(2), "a"));
            case 3, 4, 5 -> pop(random.nextInt(1, 6), random.nextLong(1, 400));
            case 6, 7, 8 -> ack(random);
            case 9 -> change(random);
            case 10 -> pass(random.nextLong(1, 150));
            default -> crash(random);
        }
    }

    private void pop(int max, long invisibleMs) {
        long untilMs = broker.ticker.nowMs() + invisibleMs;
        for (Got got : broker.take(PopBroker.pop(max, invisibleMs))) {
            take(got, untilMs);
        }
    }

    private void take(Got got, long untilMs) {
        Hold before = holds.get(got.id());
        long nowMs = broker.ticker.nowMs();
        assertThat(before == null || before.untilMs() <= nowMs)
                .as("%s has an owner until %s, it is %s", got, before, nowMs)
                .isTrue();
        assertThat(acked).as("acknowledged before").doesNotContain(got.id());
        assertThat(got.reconsumeTimes())
                .as("tries of %s", got)
                .isGreaterThanOrEqualTo(triesSeen.getOrDefault(got.id(), -1) + 1)
                .isLessThanOrEqualTo(RETRY_MAX);
        triesSeen.put(got.id(), got.reconsumeTimes());
        holds.put(got.id(), new Hold(got, untilMs));
    }

    private void ack(Random random) {
        Hold hold = any(random);
        if (hold == null) {
            return;
        }
        boolean isInTime = broker.ticker.nowMs() < hold.untilMs();
        assertThat(broker.ack(hold.got())).isEqualTo(PopService.Outcome.DONE);
        if (isInTime) {
            holds.remove(hold.got().id());
            acked.add(hold.got().id());
            hardlyAcked.add(hold.got().id());
        }
    }

    private void change(Random random) {
        Hold hold = any(random);
        if (hold == null) {
            return;
        }
        long invisibleMs = random.nextLong(1, 300);
        long nowMs = broker.ticker.nowMs();
        long poppedMs = broker.change(hold.got(), invisibleMs);
        if (nowMs < hold.untilMs()) {
            assertThat(poppedMs).isGreaterThanOrEqualTo(nowMs);
        }
        if (poppedMs >= 0) {
            Got old = hold.got();
            Got changed = new Got(
                    old.id(), old.kind(), old.queue(), old.offset(), poppedMs, old.reconsumeTimes(), old.tries());
            holds.put(old.id(), new Hold(changed, nowMs + invisibleMs));
            // The old receipt is worth nothing now.
            broker.ack(old);
        }
    }

    private @Nullable Hold any(Random random) {
        List<Hold> all = new ArrayList<>(holds.values());
        all.sort((a, b) -> a.got().id().compareTo(b.got().id()));
        return all.isEmpty() ? null : all.get(random.nextInt(all.size()));
    }

    private void pass(long ms) {
        broker.pass(ms);
        if (ms >= 20) {
            // What was acknowledged is durable by now.
            hardlyAcked.clear();
        }
    }

    private void crash(Random random) {
        if (random.nextBoolean()) {
            // Somebody has popped, and does not hear of it.
            broker.pops().pop(PopBroker.pop(3, random.nextLong(1, 200)), _ -> {});
        }
        broker.crash(random.nextBoolean() ? Loss.everything() : Loss.seeded(random.nextLong()));
        // Whoever was told that it is done may see the message once more; it is not the model's to know which.
        acked.removeAll(hardlyAcked);
        inDoubt.addAll(hardlyAcked);
        hardlyAcked.clear();
    }

    private void settleTheRest() {
        int quiet = 0;
        while (quiet < 3) {
            broker.pass(500);
            holds.clear();
            List<Got> all = broker.take(PopBroker.pop(32, 100));
            quiet = all.isEmpty() ? quiet + 1 : 0;
            for (Got got : all) {
                take(got, 0);
                if (got.id().hashCode() % 3 != 0) {
                    broker.ack(got);
                    acked.add(got.id());
                }
            }
        }
        // Those in doubt that did not come again: their acknowledgement had got through.
        inDoubt.removeAll(new HashSet<>(broker.stored("%DLQ%" + PopBroker.GROUP)));
        acked.addAll(inDoubt);
    }
}
