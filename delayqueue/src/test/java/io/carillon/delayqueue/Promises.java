package io.carillon.delayqueue;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.base.delayqueue.Answer;
import io.carillon.base.delayqueue.Cancelled;
import io.carillon.base.delayqueue.Delivery;
import io.carillon.base.delayqueue.NewMessage;
import io.carillon.base.delayqueue.Requests;
import io.carillon.base.delayqueue.RetryPolicy;
import io.carillon.base.delayqueue.Sent;
import io.carillon.base.delayqueue.Settled;
import io.carillon.base.delayqueue.When;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * A client that does a bit of everything at a node that is going to die, what it was promised there, as far as answers
 * came, and whether another node keeps it.
 */
final class Promises {
    private static final String TOPIC = "crash";
    private static final int MESSAGES = 12;
    private static final long VISIBILITY_MS = 600;
    /** Of a group that is made and deleted again and again. */
    private static final Requests.Where GUEST = new Requests.Where(TOPIC, "guest");

    private final Rig rig;
    private final Client client;
    private final Map<String, Long> accepted = new HashMap<>();
    private final Set<String> acknowledged = new HashSet<>();
    private final Set<String> maybeGone = new HashSet<>();
    /** Delivered and acknowledged, but nobody said whether that was heard. */
    private final Set<String> unanswered = new HashSet<>();

    Promises(Rig rig, DelayQueue queue) {
        this.rig = rig;
        client = new Client(queue, TOPIC, "g");
        client.pull(1, 0);
    }

    Set<String> accepted() {
        return accepted.keySet();
    }

    /** Does a bit of everything until the node is dead. */
    void workload() {
        RetryPolicy once = new RetryPolicy(1, 0, 1, 0);
        NewMessage deadly = new NewMessage(When.now(), "", "", "", "", 0, 4, once, Map.of(), new byte[1]);
        NewMessage stale = new NewMessage(When.now(), "", "", "", "", 1, 4, null, Map.of(), new byte[1]);
        for (int round = 0; round < 40 && !over(); round++) {
            remember(Client.many(MESSAGES, 0));
            remember(Client.many(MESSAGES, 150));
            remember(Client.many(2, 1_800));
            maybe(
                    client.queue().send(TOPIC, List.of(stale, deadly)),
                    answers -> ids(answers).forEach(maybeGone::add));
            cancelOne();
            rescheduleOne();
            guest();
            consume();
            redrive();
            if (round == 1) {
                rig.flush();
            }
        }
    }

    private boolean over() {
        return ((DelayQueue) client.queue()).node().isOver();
    }

    private void remember(List<NewMessage> messages) {
        maybe(client.queue().send(TOPIC, messages), answers -> {
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
        maybe(client.queue().send(TOPIC, Client.many(1, 60_000)), answers -> {
            for (String id : ids(answers)) {
                // Until the answer, it may be cancelled or not.
                maybe(
                        client.queue().cancel(TOPIC, id),
                        cancelled -> assertThat(cancelled).isEqualTo(Cancelled.CANCELLED));
            }
        });
    }

    private void rescheduleOne() {
        maybe(client.queue().send(TOPIC, Client.many(1, 60_000)), answers -> {
            for (String id : ids(answers)) {
                maybe(
                        client.queue().reschedule(TOPIC, id, new When.After(100)),
                        moved -> accepted.put(id, moved.dueMs()));
            }
        });
    }

    /** A group that is made, gets what is not finished, settles some of it and is deleted. */
    private void guest() {
        maybe(client.queue().pull(new Requests.Pull(GUEST, MESSAGES, 300, VISIBILITY_MS, List.of())), deliveries -> {
            List<String> receipts = deliveries.stream().map(Delivery::receipt).toList();
            deliveries.forEach(
                    delivery -> rig.moves().settling(delivery.message().id()));
            if (!receipts.isEmpty()) {
                maybe(client.queue().acknowledge(GUEST, receipts), _ -> {});
            }
        });
        maybe(client.queue().deleteGroup(GUEST), _ -> {});
    }

    private void consume() {
        maybe(
                client.queue().pull(new Requests.Pull(client.where(), MESSAGES, 200, VISIBILITY_MS, List.of())),
                deliveries -> {
                    check(deliveries);
                    for (int i = 0; i < deliveries.size(); i++) {
                        Delivery delivery = deliveries.get(i);
                        if (i % 5 == 4 || maybeGone.contains(delivery.message().id())) {
                            maybe(client.queue().release(client.where(), delivery.receipt(), 0), _ -> {});
                        } else if (i % 5 != 3) {
                            acknowledge(delivery);
                        }
                    }
                });
    }

    private void acknowledge(Delivery delivery) {
        String id = delivery.message().id();
        unanswered.add(id);
        rig.moves().settling(id);
        maybe(client.queue().acknowledge(client.where(), List.of(delivery.receipt())), settled -> {
            unanswered.remove(id);
            if (settled.getFirst() == Settled.DONE) {
                acknowledged.add(id);
            }
        });
    }

    private void redrive() {
        maybe(client.queue().redrive(new Requests.Redrive(client.where(), List.of(), 10)), _ -> {});
    }

    private void check(List<Delivery> deliveries) {
        checkDue(deliveries);
        for (Delivery delivery : deliveries) {
            assertThat(acknowledged)
                    .as("acknowledged means never again")
                    .doesNotContain(delivery.message().id());
        }
    }

    private void checkDue(List<Delivery> deliveries) {
        long nowMs = rig.redisNowMs();
        for (Delivery delivery : deliveries) {
            assertThat(delivery.message().dueMs()).as("never early").isLessThanOrEqualTo(nowMs);
        }
    }

    /**
     * With another node: all that was accepted comes, and nothing that was acknowledged. And a group that is made now gets
     * all that was not finished, whatever groups there were.
     */
    void check(DelayQueue second) {
        Client other = new Client(second, TOPIC, "g");
        Client late = new Client(second, TOPIC, "late");
        Set<String> missing = new HashSet<>(accepted.keySet());
        missing.removeAll(acknowledged);
        missing.removeAll(unanswered);
        Set<String> missingLate = new HashSet<>(missing);
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        late.pull(1, 0, VISIBILITY_MS);
        while (!(missing.isEmpty() && missingLate.isEmpty()) && System.nanoTime() < end) {
            List<Delivery> deliveries = other.pull(50, 200, 60_000);
            check(deliveries);
            settle(other, deliveries, missing);
            deliveries.forEach(delivery -> acknowledged.add(delivery.message().id()));
            List<Delivery> deliveriesLate = late.pull(50, 200, 60_000);
            checkDue(deliveriesLate);
            settle(late, deliveriesLate, missingLate);
        }
        assertThat(missing).as("accepted means delivered").isEmpty();
        assertThat(missingLate).as("delivered to a later group, too").isEmpty();
    }

    private void settle(Client by, List<Delivery> deliveries, Set<String> missing) {
        for (Delivery delivery : deliveries) {
            rig.moves().settling(delivery.message().id());
            assertThat(by.acknowledge(delivery)).isEqualTo(Settled.DONE);
            missing.remove(delivery.message().id());
        }
    }

    private interface Then<T> {
        void with(T value);
    }

    /** Takes an answer if one comes; the node may die before. */
    private <T> void maybe(CompletableFuture<Answer<T>> future, Then<T> then) {
        for (int left = 100; left > 0 && !future.isDone(); left -= over() ? 10 : 1) {
            LockSupport.parkNanos(10_000_000);
        }
        if (future.isDone() && !future.isCompletedExceptionally() && future.join() instanceof Answer.Done<T>(T value)) {
            then.with(value);
        }
    }
}
