package io.carillon.delayqueue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.carillon.base.Ticker;
import io.carillon.base.delayqueue.Delivery;
import io.carillon.base.delayqueue.GroupSettings;
import io.carillon.base.delayqueue.Health;
import io.carillon.base.delayqueue.MessageState;
import io.carillon.base.delayqueue.NewMessage;
import io.carillon.base.delayqueue.Rescheduled;
import io.carillon.base.delayqueue.Sent;
import io.carillon.base.delayqueue.Settled;
import io.carillon.base.delayqueue.Statistics;
import io.carillon.base.delayqueue.Stored;
import io.carillon.base.delayqueue.When;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Several nodes at the same stores, and stores that go. */
class NodesTest {
    private Rig rig;

    @BeforeEach
    void open() {
        rig = Rig.fresh();
    }

    /** Whatever happened: no entry of the order was moved twice in an epoch of a lease. */
    @AfterEach
    void close() {
        try {
            rig.moves().check();
        } finally {
            rig.close();
        }
    }

    private static int leases(DelayQueue node) {
        return node.node().leases().held().size();
    }

    @Test
    void spreadsTheBucketsAndTakesOverThoseOfADeadNode() {
        DelayQueue first = rig.open();
        Rig.await(() -> leases(first) == 20);
        DelayQueue second = rig.open();
        DelayQueue third = rig.open();
        Rig.await(() -> leases(first) + leases(second) + leases(third) == 20
                && leases(first) <= 7
                && leases(second) <= 7
                && leases(third) <= 7);
        Client client = new Client(first, "spread", "g");
        client.pull(1, 0);
        Set<String> sent = new HashSet<>();
        for (int i = 0; i < 60; i++) {
            sent.add(client.send("m" + i, 1_500).id());
        }

        long killedMs = rig.redisNowMs();
        second.node().kill();

        Set<String> got = drain(new Client(third, "spread", "g"), sent.size());
        assertThat(got).isEqualTo(sent);
        assertThat(rig.moves().check()).isGreaterThanOrEqualTo(sent.size());
        Rig.await(() -> leases(first) + leases(third) == 20);
        assertThat(rig.redisNowMs() - killedMs).isLessThan(Rig.LEASE.toMillis() * 2 + 5_000);
    }

    private Set<String> drain(Client client, int count) {
        Set<String> got = new HashSet<>();
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (got.size() < count && System.nanoTime() < end) {
            for (Delivery delivery : client.pull(50, 1_000)) {
                assertThat(got.add(delivery.message().id()))
                        .as("handed out once")
                        .isTrue();
                rig.moves().settling(delivery.message().id());
                client.acknowledge(delivery);
            }
        }
        return got;
    }

    @Test
    void letsOneLeaderDoItAllWhenToldSo() {
        rig.timing = new DelayTimer(
                DelayTimer.Style.POLL,
                rig.timing.tick(),
                DelayTimer.Spread.ONE_LEADER,
                rig.timing.lease(),
                rig.timing.horizon(),
                rig.timing.reconcileEvery());
        DelayQueue first = rig.open();
        Rig.await(() -> leases(first) == 20);
        DelayQueue second = rig.open();
        Client client = new Client(second, "leader", "g");
        Sent sent = client.send("x", 200);
        assertThat(client.pullOne(5_000).message().id()).isEqualTo(sent.id());
        assertThat(leases(second)).isZero();

        first.node().kill();

        client.send("y", 100);
        Rig.await(() -> leases(second) == 20);
        assertThat(client.text(client.pullOne(5_000))).isEqualTo("y");
    }

    @Test
    void doesNothingByAnOldLeaseWhenItWakesUp() throws InterruptedException {
        CountDownLatch asleep = new CountDownLatch(1);
        CountDownLatch wakeUp = new CountDownLatch(1);
        AtomicBoolean mustSleep = new AtomicBoolean();
        // As a stop of the whole process does: its mover is between the decision and the script.
        DelayQueue zombie = rig.open(Ticker.system(), step -> {
            if (mustSleep.get() && (step == Step.MOVE_BEGIN || step == Step.LEASE_ROUND)) {
                asleep.countDown();
                try {
                    wakeUp.await();
                } catch (InterruptedException _) {
                    Thread.currentThread().interrupt();
                }
            }
        });
        Rig.await(() -> leases(zombie) == 20);
        Client client = new Client(zombie, "zombie", "g");
        client.pull(1, 0);
        mustSleep.set(true);
        Set<String> sent = new HashSet<>();
        for (int i = 0; i < 30; i++) {
            sent.add(client.send("m" + i, 300).id());
        }
        assertThat(asleep.await(5, TimeUnit.SECONDS)).isTrue();
        DelayQueue next = rig.open();
        Rig.await(() -> leases(next) == 20);

        mustSleep.set(false);
        wakeUp.countDown();

        assertThat(drain(new Client(next, "zombie", "g"), sent.size())).isEqualTo(sent);
        assertThat(rig.moves().check()).isEqualTo(sent.size());
        Rig.await(() -> zombie.node().figures().fenced.sum() > 0);
    }

    @Test
    void buildsTheOrderAgainWhenRedisIsEmptiedUnderLoad() {
        DelayQueue queue = rig.open();
        Client client = new Client(queue, "flush", "g");
        client.pull(1, 0);
        List<Sent> sent = new ArrayList<>();
        for (int round = 0; round < 10; round++) {
            sent.addAll(client.sendAll(Client.many(100, 200L * round)));
            if (round == 3 || round == 7) {
                rig.flush();
            }
        }
        Delivery inFlight = client.pullOne(10_000);
        rig.flush();
        rig.moves().settling(inFlight.message().id());
        assertThat(client.acknowledge(inFlight)).isEqualTo(Settled.DONE);

        Set<String> missing = new HashSet<>(sent.stream().map(Sent::id).toList());
        missing.remove(inFlight.message().id());
        while (!missing.isEmpty()) {
            List<Delivery> deliveries = client.pull(200, 10_000);
            assertThat(deliveries).isNotEmpty();
            deliveries.forEach(delivery -> {
                assertThat(delivery.message().id())
                        .isNotEqualTo(inFlight.message().id());
                missing.remove(delivery.message().id());
                rig.moves().settling(delivery.message().id());
            });
            client.acknowledgeAll(deliveries);
        }
        assertThat(queue.node().figures().rebuilds.sum()).isGreaterThan(0);
    }

    @Test
    void givesAGroupNothingAgainThatItIsDoneWithWhileAnotherLags() {
        AtomicInteger looks = new AtomicInteger();
        DelayQueue queue = rig.open(Ticker.system(), step -> {
            if (step == Step.RECONCILE_FOUND) {
                looks.incrementAndGet();
            }
        });
        Client fast = new Client(queue, "lag", "fast");
        Client slow = new Client(queue, "lag", "slow");
        fast.pull(1, 0);
        slow.pull(1, 0);
        fast.sendAll(Client.many(5, 0));
        List<Delivery> taken = new ArrayList<>();
        while (taken.size() < 5) {
            taken.addAll(fast.pull(5, 5_000));
        }
        taken.forEach(delivery -> rig.moves().settling(delivery.message().id()));
        fast.acknowledgeAll(taken);

        // Reconciled is what is due for some time: wait until these are among it.
        Rig.await(() -> rig.number("SELECT MAX(due_ms) FROM dq_message") < rig.redisNowMs() - 500);
        int before = looks.get();
        Rig.await(() -> looks.get() > before + 2);

        assertThat(queue.node().figures().reconciled.sum()).isZero();
        assertThat(fast.statistics().groups())
                .extracting(Statistics.OfGroup::group, Statistics.OfGroup::ready)
                .containsExactlyInAnyOrder(tuple("fast", 0L), tuple("slow", 5L));
        assertThat(drain(slow, 5)).hasSize(5);
    }

    @Test
    void givesANewGroupWhatWasDueLongAgoAlsoWhenTheNodeThatMadeItDiesAtOnce() {
        AtomicReference<DelayQueue> maker = new AtomicReference<>();
        DelayQueue dying = rig.open(Ticker.system(), step -> {
            DelayQueue node = maker.get();
            if (step == Step.FILL_BEGIN && node != null) {
                node.node().kill();
            }
        });
        DelayQueue other = rig.open();
        Rig.await(() -> leases(dying) == 10 && leases(other) == 10);
        Client first = new Client(other, "old", "first");
        first.pull(1, 0);
        Set<String> sent = new HashSet<>();
        // Each in a bucket of its own.
        for (int i = 0; i < 40; i++) {
            sent.add(first.send("m" + i, 0).id());
        }
        Set<String> held = new HashSet<>();
        while (held.size() < sent.size()) {
            first.pull(50, 5_000)
                    .forEach(delivery -> held.add(delivery.message().id()));
        }
        rig.execute("UPDATE dq_message SET due_ms = due_ms - 3600000");

        maker.set(dying);
        new Client(dying, "old", "late").pullLater(1, 0);
        Rig.await(() -> dying.node().isOver());

        assertThat(drain(new Client(other, "old", "late"), sent.size())).isEqualTo(sent);
    }

    @Test
    void looksOnceForWhatManyNewGroupsGetAndPassesOverOtherTopics() {
        CountDownLatch goOn = new CountDownLatch(1);
        AtomicInteger begun = new AtomicInteger();
        AtomicInteger added = new AtomicInteger();
        DelayQueue queue = rig.open(Ticker.system(), step -> {
            if (step == Step.FILL_ADDED) {
                added.incrementAndGet();
            } else if (step == Step.FILL_BEGIN && begun.incrementAndGet() == 1) {
                awaitQuietly(goOn);
            }
        });
        Client crowd = new Client(queue, "crowd", "unused");
        for (int i = 0; i < 10; i++) {
            crowd.sendAll(Client.many(500, 0));
        }
        List<Client> late = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            Client client = new Client(queue, "few" + i, "late");
            client.sendAll(Client.many(2, 0));
            late.add(client);
        }

        late.forEach(client -> Rig.done(queue.putGroup(client.where(), GroupSettings.DEFAULT)));
        goOn.countDown();

        Rig.await(() -> added.get() > 0);
        late.forEach(client -> assertThat(drain(client, 2)).hasSize(2));
        // The second look is for all that came while the first one went on.
        assertThat(begun.get()).isBetween(1, 2);
        assertThat(added.get()).isLessThanOrEqualTo(begun.get());
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void takesSendsWhileRedisIsDownAndDeliversThemLater() {
        DelayQueue queue = rig.open();
        Client client = new Client(queue, "down", "g");
        client.pull(1, 0);
        Delivery held = pullSent(client);
        rig.killRedis();
        try {
            List<Sent> sent = client.sendAll(Client.many(20, 0));
            assertThat(sent).hasSize(20);
            assertThat(client.acknowledge(held)).isEqualTo(Settled.DONE);
            Rig.await(() -> !isUp(queue, "redis"));
        } finally {
            rig.stores.startRedis();
        }

        assertThat(drain(client, 20)).hasSize(20);
        Rig.await(() -> isUp(queue, "redis") && Rig.get(queue.health()).isReady());
        assertThat(client.pull(1, 300)).isEmpty();
    }

    private static Delivery pullSent(Client client) {
        client.send("held", 0);
        return client.pullOne(5_000);
    }

    private static boolean isUp(DelayQueue queue, String part) {
        return Rig.get(queue.health()).parts().stream()
                .filter(one -> one.name().equals(part))
                .anyMatch(Health.Part::isUp);
    }

    @Test
    void saysSoWhileMysqlIsDownAndGoesOnAfterwards() {
        DelayQueue queue = rig.open();
        Client client = new Client(queue, "mysql", "g");
        client.pull(1, 0);
        Sent before = client.send("before", 0);
        Rig.await(() -> rig.isReady("mysql"));
        rig.stores.killMysql();
        try {
            CompletableFuture<?> send = queue.send("mysql", Client.many(1, 0));
            Rig.await(send::isDone);
            assertThat(Promise.wasTaken(send)).isFalse();
            Rig.await(() -> !isUp(queue, "mysql"));
        } finally {
            rig.stores.startMysql();
        }

        Rig.await(() -> isUp(queue, "mysql"));
        Set<String> got = drain(client, 1);
        assertThat(got).contains(before.id());
        Sent after = client.send("after", 0);
        assertThat(drain(client, 1)).contains(after.id());
    }

    @Test
    void firesByTheStoresClockHoweverWrongTheNodesAre() {
        DelayQueue ahead = rig.open(skewed(3_600_000), Steps.NONE);
        DelayQueue behind = rig.open(skewed(-3_600_000), Steps.NONE);
        Rig.await(() -> leases(ahead) + leases(behind) == 20 && leases(ahead) == 10);
        Client early = new Client(ahead, "skew", "g");
        Client late = new Client(behind, "skew", "g");
        early.pull(1, 0);

        for (Client client : List.of(early, late)) {
            long beganMs = rig.redisNowMs();
            Sent sent = client.send("x", 400);
            assertThat(sent.dueMs()).isBetween(beganMs + 300, rig.redisNowMs() + 500);
            Delivery delivery = late.pullOne(5_000);
            assertThat(rig.redisNowMs()).isGreaterThanOrEqualTo(sent.dueMs()).isLessThan(sent.dueMs() + 3_000);
            late.acknowledge(delivery);
        }
    }

    /** Redis keeps the time. Until it does, MySQL's is nearer to it than that of a node whose clock is wrong. */
    @Test
    void isNeverEarlyThoughRedisWasAwayWhenANodeStartedWhoseClockIsBehind() {
        rig.killRedis();
        DelayQueue behind;
        Sent sent;
        long beganMs = rig.number("SELECT CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED)");
        try {
            behind = rig.open(skewed(-3_600_000), Steps.NONE);
            sent = new Client(behind, "away", "g").send("in half an hour", 1_800_000);
        } finally {
            rig.stores.startRedis();
        }

        assertThat(sent.dueMs()).isBetween(beganMs + 1_800_000, beganMs + 1_860_000);
        Rig.await(() -> leases(behind) == 20);
        Client client = new Client(behind, "away", "g");
        assertThat(client.pull(1, 1_500)).isEmpty();
        assertThat(client.state(sent.id())).isEqualTo(MessageState.SCHEDULED);
    }

    private static Ticker skewed(long ms) {
        return new Ticker() {
            @Override
            public long nowMs() {
                return Ticker.system().nowMs() + ms;
            }

            @Override
            public long nanoTime() {
                return Ticker.system().nanoTime();
            }
        };
    }

    private static NewMessage named(String key, long delayMs) {
        return new NewMessage(new When.After(delayMs), "", key, "", "", 0, 4, null, Map.of(), new byte[] {1});
    }

    @Test
    void makesDaysAheadAndDropsThoseThatAreOver() {
        rig.open();
        Database database = new Database(
                rig.config().mysql(), new Properties(), new StoreTimes(StoreFailure.Store.MYSQL, Ticker.system()));
        int today = MessageId.dayOf(rig.redisNowMs());
        try {
            Rig.await(() ->
                    rig.number("SELECT COUNT(*) FROM information_schema.PARTITIONS WHERE TABLE_SCHEMA = DATABASE()"
                                    + " AND TABLE_NAME = 'dq_message'")
                            > 16);
            Client client = new Client(rig.open(), "days", "g");
            client.pull(1, 0);
            client.send("soon gone", 0);
            client.send("stays", 3_600_000L * 24 * 60);
            String moved = client.sendAll(List.of(named("goes", 600_000), named("moved", 600_000)))
                    .getLast()
                    .id();
            assertThat(client.reschedule(moved, 3_600_000L * 24 * 70).outcome())
                    .isEqualTo(Rescheduled.Outcome.RESCHEDULED);

            Partitions.keep(database, today + 30, 8);
            Partitions.purge(database, today + 30, rig.redisNowMs());

            assertThat(rig.number("SELECT COUNT(*) FROM dq_message")).isEqualTo(2);
            assertThat(client.list("moved", null)).extracting(Stored::id).containsExactly(moved);
            assertThat(rig.number("SELECT COUNT(*) FROM dq_named")).isEqualTo(1);
        } finally {
            database.close();
        }
    }
}
