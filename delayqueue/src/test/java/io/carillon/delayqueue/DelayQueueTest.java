package io.carillon.delayqueue;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.base.delayqueue.Cancelled;
import io.carillon.base.delayqueue.Delivery;
import io.carillon.base.delayqueue.GroupSettings;
import io.carillon.base.delayqueue.MessageState;
import io.carillon.base.delayqueue.NewMessage;
import io.carillon.base.delayqueue.Refusal;
import io.carillon.base.delayqueue.Requests;
import io.carillon.base.delayqueue.Rescheduled;
import io.carillon.base.delayqueue.RetryPolicy;
import io.carillon.base.delayqueue.Sent;
import io.carillon.base.delayqueue.Settled;
import io.carillon.base.delayqueue.Stored;
import io.carillon.base.delayqueue.When;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What one node promises, each test on a topic of its own. */
class DelayQueueTest {
    private static Rig rig;
    private static DelayQueue queue;

    @BeforeAll
    static void open() {
        rig = Rig.fresh();
        queue = rig.open();
    }

    @AfterAll
    static void close() {
        rig.close();
    }

    @Test
    void handsOutAMessageWhenItIsDueAndNotBefore() {
        Client client = new Client(queue, "due", "g");

        Sent sent = client.send("hello", 300);

        Delivery delivery = client.pullOne(5_000);
        assertThat(delivery.message().id()).isEqualTo(sent.id());
        assertThat(client.text(delivery)).isEqualTo("hello");
        assertThat(delivery.attempt()).isEqualTo(1);
        assertThat(rig.redisNowMs()).isBetween(sent.dueMs(), sent.dueMs() + 2_000);
        assertThat(client.acknowledge(delivery)).isEqualTo(Settled.DONE);
        assertThat(client.pull(10, 0)).isEmpty();
        assertThat(client.state(sent.id())).isEqualTo(MessageState.ACKNOWLEDGED);
    }

    @Test
    void whatWasHandedOutIsNotHeldInMemoryAsLongAsItsPullWouldHaveWaited() {
        CompletableFuture<?> before = new Client(queue, "held-before", "g").pullLater(1, 29_000);
        Client client = new Client(queue, "held", "g");
        client.send("large", 0);

        WeakReference<Delivery> delivery = new WeakReference<>(client.pullOne(30_000));

        Rig.await(() -> {
            System.gc();
            return delivery.get() == null;
        });
        assertThat(before).isNotDone();
        before.cancel(true);
    }

    @Test
    void keepsEverythingThatTheSenderSaid() {
        Client client = new Client(queue, "content", "g");
        NewMessage message = new NewMessage(
                When.now(), "", "order-1", "red", "customer-7", 60_000, 9, null, Map.of("a", "ä"), new byte[] {0, 1, -1
                });

        client.sendAll(List.of(message));

        Stored stored = client.pullOne(5_000).message();
        assertThat(stored.key()).isEqualTo("order-1");
        assertThat(stored.tag()).isEqualTo("red");
        assertThat(stored.orderingKey()).isEqualTo("customer-7");
        assertThat(stored.ttlMs()).isEqualTo(60_000);
        assertThat(stored.priority()).isEqualTo(9);
        assertThat(stored.headers()).isEqualTo(Map.of("a", "ä"));
        assertThat(stored.body()).containsExactly(0, 1, -1);
    }

    @Test
    void handsOutAgainWhatWasNotSettledInTime() {
        Client client = new Client(queue, "again", "g");
        client.send("x", 0);

        Delivery first = client.pullOne(5_000, 300);
        Delivery second = client.pullOne(5_000, 30_000);

        assertThat(second.attempt()).isEqualTo(2);
        assertThat(rig.redisNowMs()).isBetween(first.visibleAtMs(), first.visibleAtMs() + 1_000);
        assertThat(client.acknowledge(first)).isEqualTo(Settled.TOO_LATE);
        assertThat(client.acknowledge(second)).isEqualTo(Settled.DONE);
        assertThat(client.acknowledge(first)).isEqualTo(Settled.DONE);
    }

    @Test
    void extendsAndReleases() {
        Client client = new Client(queue, "extend", "g");
        client.send("x", 0);
        Delivery first = client.pullOne(5_000, 200);

        String extended =
                Rig.done(queue.extend(client.where(), first.receipt(), 60_000)).receipt();
        assertThat(client.pull(1, 500)).isEmpty();
        assertThat(client.extend(first, 60_000)).isFalse();
        Rig.done(queue.release(client.where(), extended, 0));

        Delivery second = client.pullOne(5_000, 60_000);
        assertThat(second.attempt()).isEqualTo(2);
        assertThat(client.extend(first, 60_000)).isFalse();
        long visible = client.release(second, 400);
        Delivery third = client.pullOne(5_000);
        assertThat(third.attempt()).isEqualTo(3);
        assertThat(rig.redisNowMs()).isGreaterThanOrEqualTo(visible);
    }

    @Test
    void buriesWhatWasTriedTooOftenAndRedrivesIt() {
        Client client = new Client(queue, "dead", "g");
        RetryPolicy twice = new RetryPolicy(2, 0, 1, 0);
        NewMessage message = new NewMessage(When.now(), "", "", "", "", 0, 4, twice, Map.of(), new byte[] {7});
        Sent sent = client.sendAll(List.of(message)).getFirst();

        client.release(client.pullOne(5_000), Requests.BY_POLICY);
        client.pullOne(5_000, 200);

        Rig.await(() -> client.deadLetters().size() == 1);
        Stored dead = client.deadLetters().getFirst();
        assertThat(dead.id()).isEqualTo(sent.id());
        assertThat(dead.attempts()).isEqualTo(2);
        assertThat(client.state(sent.id())).isEqualTo(MessageState.DEAD);
        assertThat(client.redrive(List.of(sent.id(), "nobody")).redriven()).isEqualTo(1);
        Delivery redriven = client.pullOne(5_000);
        assertThat(redriven.attempt()).isEqualTo(1);
        assertThat(client.acknowledge(redriven)).isEqualTo(Settled.DONE);
        assertThat(client.deadLetters()).isEmpty();
    }

    @Test
    void cancelsExactly() {
        Client client = new Client(queue, "cancel", "g");
        client.pull(1, 0);
        Sent waiting = client.send("waits", 60_000);
        Sent ready = client.send("taken", 0);
        Delivery taken = client.pullOne(5_000);

        assertThat(client.cancel(waiting.id())).isEqualTo(Cancelled.CANCELLED);
        assertThat(client.cancel(waiting.id())).isEqualTo(Cancelled.CANCELLED_BEFORE);
        assertThat(client.cancel(ready.id())).isEqualTo(Cancelled.IN_FLIGHT);
        assertThat(client.acknowledge(taken)).isEqualTo(Settled.DONE);
        assertThat(client.cancel(ready.id())).isEqualTo(Cancelled.FINISHED);
        assertThat(client.state(waiting.id())).isEqualTo(MessageState.CANCELLED);
    }

    @Test
    void reschedulesEarlierAndLater() {
        Client client = new Client(queue, "reschedule", "g");
        Sent far = client.send("far", 3_600_000L * 24 * 40);
        Sent soon = client.send("soon", 400);

        assertThat(client.reschedule(far.id(), 100).outcome()).isEqualTo(Rescheduled.Outcome.RESCHEDULED);
        assertThat(client.reschedule(soon.id(), 3_600_000L * 24 * 400).outcome())
                .isEqualTo(Rescheduled.Outcome.RESCHEDULED);

        Delivery delivery = client.pullOne(5_000);
        assertThat(delivery.message().id()).isEqualTo(far.id());
        assertThat(client.acknowledge(delivery)).isEqualTo(Settled.DONE);
        assertThat(client.pull(1, 700)).isEmpty();
        assertThat(client.state(soon.id())).isEqualTo(MessageState.SCHEDULED);
        assertThat(client.reschedule(far.id(), 100).outcome()).isEqualTo(Rescheduled.Outcome.TOO_LATE);
        assertThat(client.reschedule(soon.id(), 0).outcome()).isEqualTo(Rescheduled.Outcome.RESCHEDULED);
        assertThat(client.pullOne(5_000).message().id()).isEqualTo(soon.id());
    }

    @Test
    void givesEveryGroupEveryMessage() {
        Client first = new Client(queue, "groups", "one");
        Client second = new Client(queue, "groups", "two");
        first.pull(1, 0);
        second.pull(1, 0);

        Sent sent = first.send("both", 0);

        Delivery one = first.pullOne(5_000);
        assertThat(first.acknowledge(one)).isEqualTo(Settled.DONE);
        assertThat(first.state(sent.id())).isEqualTo(MessageState.ACKNOWLEDGED);
        Delivery two = second.pullOne(5_000, 300);
        assertThat(two.message().id()).isEqualTo(sent.id());
        two = second.pullOne(5_000);
        assertThat(second.acknowledge(two)).isEqualTo(Settled.DONE);
        assertThat(first.pull(1, 0)).isEmpty();
        assertThat(second.pull(1, 0)).isEmpty();
        assertThat(second.acknowledge(one)).isEqualTo(Settled.INVALID);
    }

    @Test
    void givesTheFirstGroupWhatCameBeforeIt() {
        Client client = new Client(queue, "before", "late");
        client.send("early", 0);
        Rig.await(() -> rig.isReady("before"));

        assertThat(client.text(client.pullOne(5_000))).isEqualTo("early");
    }

    @Test
    void takesAnIdempotencyKeyOnce() {
        Client client = new Client(queue, "idempotent", "g");
        NewMessage message = new NewMessage(When.now(), "k1", "", "", "", 0, 4, null, Map.of(), new byte[] {1});

        List<Sent> sent = new ArrayList<>(client.sendAll(List.of(message, message)));
        sent.addAll(client.sendAll(List.of(message)));

        assertThat(sent).extracting(Sent::isRepeat).containsExactly(false, true, true);
        assertThat(sent).extracting(Sent::id).containsOnly(sent.getFirst().id());
        client.acknowledge(client.pullOne(5_000));
        assertThat(client.pull(1, 300)).isEmpty();
    }

    @Test
    void findsMessagesByTimeKeyAndState() {
        Client client = new Client(queue, "list", "g");
        client.pull(1, 0);
        NewMessage keyed =
                new NewMessage(new When.After(50_000), "", "needle", "", "", 0, 4, null, Map.of(), new byte[] {1});
        Sent third = client.send("c", 90_000);
        Sent second = client.sendAll(List.of(keyed)).getFirst();
        Sent first = client.send("a", 10_000);
        Sent gone = client.send("gone", 20_000);
        client.cancel(gone.id());

        assertThat(client.list("", MessageState.SCHEDULED))
                .extracting(Stored::id)
                .containsExactly(first.id(), second.id(), third.id());
        assertThat(client.list("needle", null)).extracting(Stored::id).containsExactly(second.id());
        assertThat(client.list("", MessageState.CANCELLED))
                .extracting(Stored::id)
                .containsExactly(gone.id());
        assertThat(client.statistics().scheduled()).isEqualTo(3);
    }

    @Test
    void passesOverOtherTagsAndWhatIsExpired() {
        Client client = new Client(queue, "tags", "g");
        client.pull(1, 0);
        NewMessage blue = new NewMessage(When.now(), "", "", "blue", "", 0, 4, null, Map.of(), new byte[] {1});
        NewMessage red = new NewMessage(When.now(), "", "", "red", "", 0, 4, null, Map.of(), new byte[] {2});
        NewMessage stale = new NewMessage(When.now(), "", "", "red", "", 1, 4, null, Map.of(), new byte[] {3});
        List<Sent> sent = client.sendAll(List.of(blue, red, stale));
        long over = rig.redisNowMs() + 20;
        Rig.await(() -> rig.redisNowMs() > over);

        List<Delivery> deliveries = client.pullTags(5_000, List.of("red"));

        assertThat(deliveries)
                .extracting(delivery -> delivery.message().id())
                .containsExactly(sent.get(1).id());
        assertThat(client.pull(10, 0)).isEmpty();
        assertThat(client.state(sent.get(0).id())).isEqualTo(MessageState.ACKNOWLEDGED);
        assertThat(client.state(sent.get(2).id())).isEqualTo(MessageState.EXPIRED);
    }

    @Test
    void handsOutInTheOrderOfPriorityAndOfTheOrderingKey() {
        Client client = new Client(queue, "order", "g");
        client.pull(1, 0);
        Client.pause(queue, "order", true);
        List<NewMessage> all = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
            all.add(new NewMessage(
                    new When.After(i), "", "", "", "k", 0, i == 29 ? 9 : 4, null, Map.of(), new byte[] {(byte) i}));
        }
        client.sendAll(all);
        Rig.await(() -> client.statistics().groups().getFirst().ready() == 30);
        assertThat(client.pull(100, 0)).isEmpty();

        Client.pause(queue, "order", false);

        List<Integer> got = new ArrayList<>();
        client.pull(100, 5_000)
                .forEach(delivery -> got.add((int) delivery.message().body()[0]));
        assertThat(got.getFirst()).isEqualTo(29);
        assertThat(got.subList(1, 30)).isSorted().hasSize(29);
    }

    @Test
    void servesManyWaitingPullsAndLosesNothingOfThoseThatGo() {
        Client client = new Client(queue, "waiting", "g");
        client.pull(1, 0);
        List<CompletableFuture<?>> gone = new ArrayList<>();
        List<CompletableFuture<List<Delivery>>> waiting = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            gone.add(client.pullLater(1, 29_000));
            waiting.add(client.deliveries(client.pullLater(1, 29_000)));
        }
        gone.forEach(one -> one.cancel(false));

        Set<String> sent = new HashSet<>();
        for (int i = 0; i < 300; i++) {
            sent.add(client.send("m" + i, i % 7).id());
        }

        Set<String> got = new HashSet<>();
        waiting.forEach(one -> one.orTimeout(15, java.util.concurrent.TimeUnit.SECONDS)
                .join()
                .forEach(delivery -> got.add(delivery.message().id())));
        assertThat(got).isEqualTo(sent);
    }

    @Test
    void forgetsADeletedTopicAndStartsItAnew() {
        Client client = new Client(queue, "deleted", "g");
        client.pull(1, 0);
        client.send("old", 0);
        client.send("old, later", 300);
        Rig.await(() -> rig.isReady("deleted"));

        assertThat(Rig.done(queue.deleteTopic("deleted"))).isTrue();

        assertThat(Rig.refused(queue.statistics("deleted"))).isInstanceOf(Refusal.Missing.class);
        client.send("new", 0);
        assertThat(client.text(client.pullOne(5_000))).isEqualTo("new");
        assertThat(client.pull(1, 500)).isEmpty();
    }

    @Test
    void finishesWhatOnlyADeletedGroupWanted() {
        Client stays = new Client(queue, "left", "stays");
        Client goes = new Client(queue, "left", "goes");
        stays.pull(1, 0);
        goes.pull(1, 0);
        Sent sent = stays.send("x", 0);
        stays.acknowledge(stays.pullOne(5_000));

        Rig.done(queue.deleteGroup(new Requests.Where("left", "goes")));

        Rig.await(() -> stays.stateOfAny(sent.id()) == MessageState.ACKNOWLEDGED);
        Rig.done(queue.putGroup(new Requests.Where("left", "third"), GroupSettings.DEFAULT));
        assertThat(new Client(queue, "left", "third").pull(1, 200)).isEmpty();
    }

    @Test
    void givesALaterGroupWhatIsNotFinished() {
        Client first = new Client(queue, "later", "first");
        first.pull(1, 0);
        List<Sent> sent = first.sendAll(Client.many(2, 0));
        Delivery done = first.pullOne(5_000);
        assertThat(first.acknowledge(done)).isEqualTo(Settled.DONE);
        Delivery held = first.pullOne(5_000);

        Client second = new Client(queue, "later", "second");
        Delivery also = second.pullOne(5_000);

        assertThat(also.message().id())
                .isEqualTo(held.message().id())
                .isIn(sent.get(0).id(), sent.get(1).id());
        assertThat(second.acknowledge(also)).isEqualTo(Settled.DONE);
        assertThat(second.pull(1, 200)).isEmpty();
        assertThat(first.acknowledge(held)).isEqualTo(Settled.DONE);
    }

    @Test
    void refusesWhatIsBeyondALimitAndNamesIt() {
        Client client = new Client(queue, "limits", "g");
        NewMessage tooLong = NewMessage.of(new byte[(4 << 20) + 1], When.now());
        NewMessage tooFar = NewMessage.of(new byte[1], new When.After(3_600_000L * 24 * 5_000));
        NewMessage fine = NewMessage.of(new byte[4 << 20], When.now());

        List<Object> answers = client.answers(List.of(tooLong, fine, tooFar));

        assertThat(answers.get(0)).isInstanceOf(Refusal.OverLimit.class);
        assertThat(answers.get(1)).isInstanceOf(Sent.class);
        assertThat(answers.get(2)).isInstanceOf(Refusal.OverLimit.class);
        assertThat(client.pullOne(5_000).message().body()).hasSize(4 << 20);
        assertThat(Rig.refused(queue.send("no/such name", List.of(fine)))).isInstanceOf(Refusal.Invalid.class);
        assertThat(client.acknowledgeText("forged")).isEqualTo(Settled.INVALID);
    }

    @Test
    void writesTwiceInMysqlForAMessageWithOneGroup() {
        Client client = new Client(queue, "writes", "g");
        client.pull(1, 0);
        long earlier = rig.rowsWritten();
        long before = rig.rowsWritten();
        long ofAsking = before - earlier;

        client.sendAll(Client.many(50, 0));
        List<Delivery> got = new ArrayList<>();
        while (got.size() < 50) {
            got.addAll(client.pull(50, 2_000));
        }
        client.acknowledgeAll(got);

        // MariaDB counts a row of a partitioned table twice, for the table and for the partition; MySQL does not.
        long rows = 100 * (1 + rig.number("SELECT VERSION() LIKE '%MariaDB%'"));
        assertThat(rig.rowsWritten() - before - ofAsking).isBetween(rows, rows + 4);
    }
}
