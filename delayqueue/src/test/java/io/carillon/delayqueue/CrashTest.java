package io.carillon.delayqueue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.carillon.base.Ticker;
import io.carillon.base.delayqueue.Answer;
import io.carillon.base.delayqueue.Cancelled;
import io.carillon.base.delayqueue.Delivery;
import io.carillon.base.delayqueue.NewMessage;
import io.carillon.base.delayqueue.Requests;
import io.carillon.base.delayqueue.RetryPolicy;
import io.carillon.base.delayqueue.Sent;
import io.carillon.base.delayqueue.Settled;
import io.carillon.base.delayqueue.When;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

/**
 * Kills a node between any two of its steps, and has another one go on: what was accepted is delivered, what was
 * acknowledged never again, nothing early, and each move once in an epoch of the lease.
 */
class CrashTest {
    private static final int MESSAGES = 12;
    private static final long VISIBILITY_MS = 600;

    private static final List<String> STEPS = List.of(
            "send:committed",
            "send:added",
            "move:begin",
            "move:done",
            "pull:claimed",
            "pull:read",
            "pull:passed-over",
            "ack:committed",
            "ack:forgotten",
            "cancel:committed",
            "reschedule:committed",
            "release:done",
            "dead:buried",
            "redrive:committed",
            "lease:round",
            "lease:taken",
            "horizon:published",
            "horizon:added",
            "rebuild:published",
            "rebuild:added",
            "rebuild:marked",
            "reconcile:found");

    /** Several at a time: each one mostly waits for what is due, and has stores of its own. */
    @Test
    void keepsItsPromisesWhereverANodeDies() {
        try (ExecutorService cases = Executors.newFixedThreadPool(4)) {
            Map<String, Future<?>> running = new LinkedHashMap<>();
            STEPS.forEach(step -> running.put(step, cases.submit(() -> dieAt(step))));
            running.forEach((step, one) ->
                    assertThatCode(one::get).as("dying at " + step).doesNotThrowAnyException());
        }
    }

    private static void dieAt(String step) {
        try (Rig rig = Rig.fresh()) {
            rig.timing = new DelayTimer(
                    DelayTimer.Style.NOTIFY,
                    Duration.ofMillis(20),
                    DelayTimer.Spread.ALL_NODES,
                    Rig.LEASE,
                    Duration.ofMillis(1_200),
                    Duration.ofMillis(300));
            AtomicReference<DelayQueue> victim = new AtomicReference<>();
            DelayQueue first = rig.open(Ticker.system(), at -> {
                DelayQueue node = victim.get();
                if (at.equals(step) && node != null) {
                    node.node().kill();
                }
            });
            Promises promises = new Promises(rig, first);
            victim.set(first);

            promises.workload();
            Rig.await(() -> first.node().isOver());
            promises.check(rig.open());
        }
    }

    /** What a client was promised, as far as answers came. */
    private static final class Promises {
        private final Rig rig;
        private final Client client;
        private final Map<String, Long> accepted = new HashMap<>();
        private final Set<String> acknowledged = new HashSet<>();
        private final Set<String> maybeGone = new HashSet<>();
        /** Delivered and acknowledged, but nobody said whether that was heard. */
        private final Set<String> unanswered = new HashSet<>();

        Promises(Rig rig, DelayQueue queue) {
            this.rig = rig;
            client = new Client(queue, "crash", "g");
            client.pull(1, 0);
        }

        /** Does a bit of everything until the node is dead. */
        void workload() {
            RetryPolicy once = new RetryPolicy(1, 0, 1, 0);
            NewMessage deadly = new NewMessage(When.now(), "", "", "", "", 0, 4, once, Map.of(), new byte[1]);
            NewMessage stale = new NewMessage(When.now(), "", "", "", "", 1, 4, null, Map.of(), new byte[1]);
            boolean isFlushed = false;
            for (int round = 0; round < 40 && !over(); round++) {
                remember(Client.many(MESSAGES, 0));
                remember(Client.many(MESSAGES, 150));
                remember(Client.many(2, 1_800));
                maybe(
                        client.queue().send("crash", List.of(stale, deadly)),
                        answers -> ids(answers).forEach(maybeGone::add));
                cancelOne();
                rescheduleOne();
                consume();
                redrive();
                if (round == 1 && !isFlushed) {
                    isFlushed = true;
                    rig.flush();
                }
            }
        }

        private boolean over() {
            return ((DelayQueue) client.queue()).node().isOver();
        }

        private void remember(List<NewMessage> messages) {
            maybe(client.queue().send("crash", messages), answers -> {
                for (Answer<Sent> answer : answers) {
                    if (answer instanceof Answer.Done<Sent>(Sent sent)) {
                        accepted.put(sent.id(), sent.dueMs());
                    }
                }
            });
        }

        private List<String> ids(List<Answer<Sent>> answers) {
            List<String> ids = new ArrayList<>();
            answers.forEach(answer -> {
                if (answer instanceof Answer.Done<Sent>(Sent sent)) {
                    ids.add(sent.id());
                }
            });
            return ids;
        }

        private void cancelOne() {
            maybe(client.queue().send("crash", Client.many(1, 60_000)), answers -> {
                for (String id : ids(answers)) {
                    // Until the answer, it may be cancelled or not.
                    maybe(
                            client.queue().cancel("crash", id),
                            cancelled -> assertThat(cancelled).isEqualTo(Cancelled.CANCELLED));
                }
            });
        }

        private void rescheduleOne() {
            maybe(client.queue().send("crash", Client.many(1, 60_000)), answers -> {
                for (String id : ids(answers)) {
                    maybe(
                            client.queue().reschedule("crash", id, new When.After(100)),
                            moved -> accepted.put(id, moved.dueMs()));
                }
            });
        }

        private void consume() {
            maybe(
                    client.queue().pull(new Requests.Pull(where(), MESSAGES, 200, VISIBILITY_MS, List.of())),
                    deliveries -> {
                        check(deliveries);
                        for (int i = 0; i < deliveries.size(); i++) {
                            Delivery delivery = deliveries.get(i);
                            if (i % 5 == 4
                                    || maybeGone.contains(delivery.message().id())) {
                                maybe(client.queue().release(where(), delivery.receipt(), 0), _ -> {});
                            } else if (i % 5 != 3) {
                                unanswered.add(delivery.message().id());
                                maybe(client.queue().acknowledge(where(), List.of(delivery.receipt())), settled -> {
                                    unanswered.remove(delivery.message().id());
                                    if (settled.getFirst() == Settled.DONE) {
                                        acknowledged.add(delivery.message().id());
                                    }
                                });
                            }
                        }
                    });
        }

        private void redrive() {
            maybe(client.queue().redrive(new Requests.Redrive(where(), List.of(), 10)), _ -> {});
        }

        private Requests.Where where() {
            return new Requests.Where("crash", "g");
        }

        private void check(List<Delivery> deliveries) {
            long nowMs = rig.redisNowMs();
            for (Delivery delivery : deliveries) {
                assertThat(delivery.message().dueMs()).as("never early").isLessThanOrEqualTo(nowMs);
                assertThat(acknowledged)
                        .as("acknowledged means never again")
                        .doesNotContain(delivery.message().id());
            }
        }

        /** With another node: all that was accepted comes, and nothing that was acknowledged. */
        void check(DelayQueue second) {
            Client other = new Client(second, "crash", "g");
            Set<String> missing = new HashSet<>(accepted.keySet());
            missing.removeAll(acknowledged);
            missing.removeAll(unanswered);
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
            while (!missing.isEmpty() && System.nanoTime() < end) {
                List<Delivery> deliveries = other.pull(50, 500, 60_000);
                check(deliveries);
                for (Delivery delivery : deliveries) {
                    assertThat(other.acknowledge(delivery)).isEqualTo(Settled.DONE);
                    acknowledged.add(delivery.message().id());
                    missing.remove(delivery.message().id());
                }
            }
            assertThat(missing).as("accepted means delivered").isEmpty();
        }

        private interface Then<T> {
            void with(T value);
        }

        /** Takes an answer if one comes; the node may die before. */
        private <T> void maybe(CompletableFuture<Answer<T>> future, Then<T> then) {
            for (int left = 100; left > 0 && !future.isDone(); left -= over() ? 10 : 1) {
                LockSupport.parkNanos(10_000_000);
            }
            if (future.isDone()
                    && !future.isCompletedExceptionally()
                    && future.join() instanceof Answer.Done<T>(T value)) {
                then.with(value);
            }
        }
    }
}
