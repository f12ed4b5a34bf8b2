package io.carillon.delayqueue;

import io.carillon.base.Ticker;
import io.carillon.base.delayqueue.Delivery;
import io.carillon.base.delayqueue.NewMessage;
import io.carillon.base.delayqueue.When;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.params.ZRangeParams;

/**
 * Figures, with both stores and the load on this machine; not run by the build:
 *
 * <pre>mvn -pl delayqueue -am test -Dtest=DelayQueueBench -Dsurefire.failIfNoSpecifiedTests=false -Dbench.seconds=20 -Dstores.pool=512M -Dstores.durable=true</pre>
 */
class DelayQueueBench {
    private static final long SECONDS = Long.getLong("bench.seconds", 10);
    private static final byte[] BODY = new byte[1_024];

    private Rig rig;

    @BeforeEach
    void open() {
        rig = Rig.fresh();
        timing(DelayTimer.Style.NOTIFY);
    }

    private void timing(DelayTimer.Style style) {
        DelayTimer usual = DelayTimer.DEFAULT;
        rig.timing = new DelayTimer(
                style, usual.tick(), usual.spread(), usual.lease(), usual.horizon(), usual.reconcileEvery());
    }

    @AfterEach
    void close() {
        rig.close();
    }

    private DelayQueue ready() {
        DelayQueue queue = rig.open();
        Rig.await(() -> queue.node().leases().held().size() == 20);
        Rig.await(() -> queue.node().figures().rebuilds.sum() == 20);
        new Client(queue, "bench", "g").pull(1, 0);
        return queue;
    }

    private static List<NewMessage> batch(long delayMs) {
        List<NewMessage> all = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            all.add(NewMessage.of(BODY, new When.After(delayMs)));
        }
        return all;
    }

    @Test
    void sendDuePullAcknowledgeInBatchesOfFifty() {
        DelayQueue queue = ready();
        Client client = new Client(queue, "bench", "g");
        AtomicLong sent = new AtomicLong();
        AtomicLong settled = new AtomicLong();
        long endNs = System.nanoTime() + SECONDS * 1_000_000_000;
        long beganNs = System.nanoTime();
        try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 8; i++) {
                clients.submit(() -> {
                    while (System.nanoTime() < endNs) {
                        // No more ahead than consumers follow: it is the whole way that is measured.
                        if (sent.get() - settled.get() < 20_000) {
                            sent.addAndGet(client.sendAll(batch(100)).size());
                        } else {
                            LockSupport.parkNanos(1_000_000);
                        }
                    }
                });
                clients.submit(() -> {
                    while (System.nanoTime() < endNs || settled.get() < sent.get()) {
                        List<Delivery> got = client.pull(50, 200);
                        if (!got.isEmpty()) {
                            client.acknowledgeAll(got);
                            settled.addAndGet(got.size());
                        }
                    }
                });
            }
        }
        report("send, due, pull, acknowledge in batches of 50", settled.get(), System.nanoTime() - beganNs);
    }

    @Test
    void singleSendsOfSixtyFourClients() {
        DelayQueue queue = ready();
        Client client = new Client(queue, "bench", "g");
        ConcurrentLinkedQueue<Long> times = new ConcurrentLinkedQueue<>();
        long beganNs = System.nanoTime();
        long endNs = beganNs + SECONDS * 1_000_000_000;
        try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 64; i++) {
                clients.submit(() -> {
                    while (System.nanoTime() < endNs) {
                        long atNs = System.nanoTime();
                        client.sendAll(List.of(NewMessage.of(BODY, new When.After(3_600_000))));
                        times.add(System.nanoTime() - atNs);
                    }
                });
            }
        }
        report("single sends of 64 clients", times.size(), System.nanoTime() - beganNs);
        percentiles("  time of a send", times, 1e6);
    }

    @Test
    void latenessAtAThousandASecondPolling() {
        lateness(DelayTimer.Style.POLL);
    }

    @Test
    void latenessAtAThousandASecondNotified() {
        lateness(DelayTimer.Style.NOTIFY);
    }

    private void lateness(DelayTimer.Style style) {
        timing(style);
        DelayQueue queue = ready();
        Client client = new Client(queue, "bench", "g");
        ConcurrentLinkedQueue<Long> late = new ConcurrentLinkedQueue<>();
        long count = SECONDS * 1_000;
        try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<?> sender = clients.submit(() -> {
                long nextNs = System.nanoTime();
                for (int i = 0; i < count / 10; i++) {
                    List<NewMessage> ten = new ArrayList<>();
                    for (int j = 0; j < 10; j++) {
                        ten.add(NewMessage.of(BODY, new When.After(1_000 + j)));
                    }
                    client.queue().send("bench", ten);
                    nextNs += 10_000_000;
                    LockSupport.parkNanos(nextNs - System.nanoTime());
                }
            });
            for (int i = 0; i < 4; i++) {
                clients.submit(() -> {
                    while (late.size() < count) {
                        List<Delivery> got = client.pull(50, 500);
                        long nowMs = Ticker.system().nowMs();
                        got.forEach(
                                delivery -> late.add(nowMs - delivery.message().dueMs()));
                        if (!got.isEmpty()) {
                            client.acknowledgeAll(got);
                        }
                    }
                });
            }
            Rig.get(CompletableFuture.completedFuture(sender));
        }
        percentiles("lateness at the receiver, " + style + ", 1,000 a second", late, 1);
    }

    @Test
    void rebuildOfTheHorizon() throws Exception {
        long count = Long.getLong("bench.rebuild", 1_800_000);
        DelayQueue queue = ready();
        int topic = queue.node().topics().topic("bench").orElseThrow().id();
        long nowMs = rig.redisNowMs();
        try (Connection connection = DriverManager.getConnection(rig.mysqlUrl)) {
            for (long at = 0; at < count; at += 2_000) {
                List<MessageTable.Row> rows = new ArrayList<>();
                for (long i = at; i < at + 2_000; i++) {
                    long due = nowMs + 600_000 + i % 1_000_000;
                    long id = MessageId.of(MessageId.dayOf(due + 7 * MessageId.DAY_MS), (int) (i % 20), (1L << 40) + i);
                    rows.add(new MessageTable.Row(
                            new Member(id, topic, 4, 0, 0), due, nowMs, Long.MAX_VALUE, new byte[30], new byte[32]));
                }
                MessageTable.insert(connection, rows);
            }
        }
        long beganNs = System.nanoTime();
        rig.flush();
        Rig.awaitLong(() -> queue.node().figures().rebuilds.sum() == 40, 300_000);
        report("rebuild of the order after Redis was emptied", count, System.nanoTime() - beganNs);
    }

    /** The classic design: a body table, 20 sorted sets, a ready list, an unacknowledged set, separate commands. */
    @Test
    void theClassicDesignForComparison() {
        rig.execute("CREATE TABLE job (id BIGINT PRIMARY KEY, state TINYINT NOT NULL, body BLOB)");
        AtomicLong ids = new AtomicLong();
        AtomicLong settled = new AtomicLong();
        long beganNs = System.nanoTime();
        long endNs = beganNs + SECONDS * 1_000_000_000;
        try (RedisClient redis = rig.newClient();
                ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 8; i++) {
                clients.submit(() -> classicSender(redis, ids, settled, endNs));
                clients.submit(() -> classicReceiver(redis, settled, endNs));
            }
            clients.submit(() -> classicScanner(redis, endNs));
        }
        report("the classic design, the same way one by one", settled.get(), System.nanoTime() - beganNs);
    }

    private Void classicSender(RedisClient redis, AtomicLong ids, AtomicLong settled, long endNs) throws Exception {
        try (Connection connection = DriverManager.getConnection(rig.mysqlUrl);
                PreparedStatement insert = connection.prepareStatement("INSERT INTO job VALUES (?, 0, ?)")) {
            while (System.nanoTime() < endNs) {
                if (ids.get() - settled.get() > 20_000) {
                    LockSupport.parkNanos(1_000_000);
                    continue;
                }
                long id = ids.incrementAndGet();
                insert.setLong(1, id);
                insert.setBytes(2, BODY);
                insert.executeUpdate();
                redis.zadd("bucket:" + id % 20, (double) (Ticker.system().nowMs() + 100), Long.toString(id));
            }
        }
        return null;
    }

    private static Void classicScanner(RedisClient redis, long endNs) {
        while (System.nanoTime() < endNs) {
            for (int bucket = 0; bucket < 20; bucket++) {
                for (String id : redis.zrange(
                        "bucket:" + bucket,
                        ZRangeParams.zrangeByScoreParams(
                                        0, (double) Ticker.system().nowMs())
                                .limit(0, 500))) {
                    redis.rpush("ready", id);
                    redis.zrem("bucket:" + bucket, id);
                }
            }
        }
        return null;
    }

    private Void classicReceiver(RedisClient redis, AtomicLong settled, long endNs) throws Exception {
        try (Connection connection = DriverManager.getConnection(rig.mysqlUrl);
                PreparedStatement select = connection.prepareStatement("SELECT body FROM job WHERE id = ?");
                PreparedStatement update = connection.prepareStatement("UPDATE job SET state = 2 WHERE id = ?")) {
            while (System.nanoTime() < endNs) {
                String id = redis.lpop("ready");
                if (id == null) {
                    LockSupport.parkNanos(1_000_000);
                    continue;
                }
                redis.zadd("unacked", (double) (Ticker.system().nowMs() + 300_000), id);
                select.setLong(1, Long.parseLong(id));
                try (ResultSet rows = select.executeQuery()) {
                    rows.next();
                    rows.getBytes(1);
                }
                update.setLong(1, Long.parseLong(id));
                update.executeUpdate();
                redis.zrem("unacked", id);
                settled.incrementAndGet();
            }
        }
        return null;
    }

    private static void report(String what, long count, long ns) {
        System.out.printf("BENCH %s: %,d in %.1f s, %,.0f a second%n", what, count, ns / 1e9, count * 1e9 / ns);
    }

    private static void percentiles(String what, Iterable<Long> values, double unit) {
        List<Long> all = new ArrayList<>();
        values.forEach(all::add);
        long[] sorted = all.stream().mapToLong(Long::longValue).sorted().toArray();
        if (sorted.length == 0) {
            return;
        }
        System.out.printf(
                "BENCH %s: p50 %.1f ms, p99 %.1f ms, most %.1f ms, least %.1f ms%n",
                what,
                sorted[sorted.length / 2] / unit,
                sorted[sorted.length * 99 / 100] / unit,
                Arrays.stream(sorted).max().orElse(0) / unit,
                sorted[0] / unit);
    }
}
