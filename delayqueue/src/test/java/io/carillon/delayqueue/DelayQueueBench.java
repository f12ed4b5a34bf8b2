package io.carillon.delayqueue;

import io.carillon.base.Ticker;
import io.carillon.base.delayqueue.Delivery;
import io.carillon.base.delayqueue.NewMessage;
import io.carillon.base.delayqueue.When;
import io.carillon.testkit.stores.Stores;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.RedisClient;

/**
 * Figures, with both stores and the load on this machine; not run by the build. One test is one figure:
 *
 * <pre>mvn -pl delayqueue -am test -Dtest='DelayQueue*Bench' -Dsurefire.failIfNoSpecifiedTests=false -Dbench.seconds=60
 * -Dstores.pool=2G -Dstores.log=2G -Dstores.durable=true</pre>
 */
class DelayQueueBench {
    static final long SECONDS = Long.getLong("bench.seconds", 10);

    private static final int CLIENTS = 8;
    private static final int AHEAD_MAX = 20_000;
    private static final byte[] BODY = body();
    private static final List<String> STATUS =
            List.of("QUESTIONS", "INNODB_OS_LOG_WRITTEN", "INNODB_DATA_WRITTEN", "INNODB_DATA_FSYNCS");

    private Rig rig;

    private static byte[] body() {
        byte[] body = new byte[1_024];
        new Random(1).nextBytes(body);
        return body;
    }

    @BeforeEach
    void open() {
        rig = Rig.fresh();
        rig.audits = false;
        rig.timing = timing(DelayTimer.Style.NOTIFY);
    }

    static DelayTimer timing(DelayTimer.Style style) {
        DelayTimer usual = DelayTimer.DEFAULT;
        return new DelayTimer(
                style, usual.tick(), usual.spread(), usual.lease(), usual.horizon(), usual.reconcileEvery());
    }

    @AfterEach
    void close() {
        rig.close();
    }

    static DelayQueue ready(Rig rig) {
        DelayQueue queue = rig.open();
        Rig.await(() -> queue.node().leases().held().size() == 20);
        Rig.await(() -> queue.node().figures().rebuilds.sum() == 20);
        new Client(queue, "bench", "g").pull(1, 0);
        return queue;
    }

    private static List<NewMessage> batch(int count, long delayMs) {
        List<NewMessage> all = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            all.add(NewMessage.of(BODY, new When.After(delayMs)));
        }
        return all;
    }

    @Test
    void sendDuePullAcknowledgeInBatchesOfFifty() {
        Client client = new Client(ready(rig), "bench", "g");
        // What is compiled in the first seconds would be counted to the first messages.
        wholeWay(client, Math.min(10, SECONDS));
        List<Long> before = STATUS.stream().map(name -> rig.status(name, name)).toList();
        Measured measured = Measured.begin();
        long settled = wholeWay(client, SECONDS);
        measured.end("send, due, pull, acknowledge in batches of 50", settled, "20,000 a second");
        StringBuilder each = new StringBuilder();
        for (int i = 0; i < STATUS.size(); i++) {
            double count = rig.status(STATUS.get(i), STATUS.get(i)) - before.get(i);
            each.append(", %s %.3f".formatted(STATUS.get(i), count / settled));
        }
        System.out.println("BENCH   MariaDB, for each" + each);
    }

    private static long wholeWay(Client client, long seconds) {
        AtomicLong sent = new AtomicLong();
        AtomicLong settled = new AtomicLong();
        long endNs = System.nanoTime() + seconds * 1_000_000_000;
        try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < CLIENTS; i++) {
                clients.submit(() -> {
                    while (System.nanoTime() < endNs) {
                        // No more ahead than consumers follow: it is the whole way that is measured.
                        if (sent.get() - settled.get() < AHEAD_MAX) {
                            sent.addAndGet(client.sendAll(batch(50, 100)).size());
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
        return settled.get();
    }

    @Test
    void latenessAtAThousandASecondPolling() {
        lateness(DelayTimer.Style.POLL, "p99 100 ms");
    }

    @Test
    void latenessAtAThousandASecondNotified() {
        lateness(DelayTimer.Style.NOTIFY, "p99 30 ms");
    }

    private void lateness(DelayTimer.Style style, String wanted) {
        rig.timing = timing(style);
        Client client = new Client(ready(rig), "bench", "g");
        late(client, 5_000);
        late(client, SECONDS * 1_000).print("lateness at the receiver, " + style + ", 1,000 a second", 1, wanted);
    }

    /** Sends so many, a thousand a second in tens, and notes how late they come. */
    private static Measured.Times late(Client client, long count) {
        Measured.Times late = new Measured.Times((int) count);
        try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
            clients.submit(() -> {
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
                clients.submit(() -> receive(client, late, () -> late.count() < count));
            }
        }
        return late;
    }

    private static void receive(Client client, Measured.Times late, java.util.function.BooleanSupplier goesOn) {
        while (goesOn.getAsBoolean()) {
            List<Delivery> got = client.pull(50, 500);
            long nowMs = Ticker.system().nowMs();
            got.forEach(delivery -> late.add(nowMs - delivery.message().dueMs()));
            if (!got.isEmpty()) {
                client.acknowledgeAll(got);
            }
        }
    }

    /** Three nodes, one of which dies: how late comes what is due meanwhile. */
    @Test
    void lossOfOneOfThreeNodes() {
        DelayQueue first = rig.open();
        DelayQueue second = rig.open();
        DelayQueue third = rig.open();
        Rig.awaitLong(
                () -> List.of(first, second, third).stream()
                        .allMatch(node -> node.node().leases().held().size() >= 6
                                && node.node().leases().held().size() <= 7),
                60_000);
        Client client = new Client(first, "bench", "g");
        client.pull(1, 0);
        // Two of each ten milliseconds, spread over all buckets, from before the loss until long after it.
        int count = 4_000;
        for (int i = 0; i < count; i += 20) {
            List<NewMessage> some = new ArrayList<>();
            for (int j = 0; j < 20; j++) {
                some.add(NewMessage.of(BODY, new When.After(3_000 + (i + j) * 5L - i)));
            }
            client.sendAll(some);
        }
        Measured measured = Measured.begin();
        Measured.Times late = new Measured.Times(count);
        AtomicBoolean isOver = new AtomicBoolean();
        try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
            clients.submit(() -> receive(client, late, () -> !isOver.get()));
            Rig.awaitLong(() -> late.count() > 200, 60_000);
            second.node().kill();
            Rig.awaitLong(() -> late.count() == count, 60_000);
            isOver.set(true);
        }
        measured.end("messages around the loss of one of three nodes", count, "");
        late.print("  lateness", 1, "most 8,000 ms");
    }

    /** The horizon of half an hour at a thousand a second, and as much again that is due later. */
    @Test
    void rebuildAndMemoryOfTheHorizon() throws Exception {
        int count = Integer.getInteger("bench.rebuild", 1_800_000);
        DelayQueue queue = ready(rig);
        long memoryBefore = redisBytes();
        fill(queue, count, 600_000, 1_000_000);
        fill(queue, count / 9, 2 * 3_600_000, 6 * 86_400_000);
        Measured measured = Measured.begin();
        rig.flush();
        Rig.awaitLong(() -> queue.node().figures().rebuilds.sum() == 40, 300_000);
        measured.end("rebuild of the order after Redis was emptied", count, "1,800,000 in 60 s");
        long bytes = redisBytes() - memoryBefore;
        System.out.printf(
                "BENCH memory of Redis: %,d MB for %,d within the horizon, and %,d beyond it; %.0f bytes each%s%n",
                bytes >> 20, count, count / 9, (double) bytes / count, Measured.wanted("512 MB"));
    }

    private int serial;

    private void fill(DelayQueue queue, int count, long fromMs, int withinMs) throws Exception {
        int topic = queue.node().topics().topic("bench").orElseThrow().id();
        long nowMs = rig.redisNowMs();
        try (Connection connection = DriverManager.getConnection(rig.mysqlUrl)) {
            for (int at = 0; at < count; at += 2_000) {
                List<MessageTable.Row> rows = new ArrayList<>();
                for (int i = at; i < Math.min(count, at + 2_000); i++) {
                    long due = nowMs + fromMs + i % withinMs;
                    int day = MessageId.dayOf(due + 7 * MessageId.DAY_MS);
                    Member member = new Member(MessageId.of(day, i % 20, (1L << 40) + serial++), topic, 4, 0, 0);
                    rows.add(new MessageTable.Row(member, due, nowMs, Long.MAX_VALUE, new byte[30], new byte[32]));
                }
                MessageTable.insert(connection, rows);
            }
        }
    }

    private long redisBytes() {
        try (RedisClient redis = rig.newClient()) {
            String info = redis.info("memory");
            int at = info.indexOf("used_memory:") + 12;
            return Long.parseLong(info.substring(at, info.indexOf('\n', at)).strip());
        }
    }

    @Test
    void theClassicDesignForComparison() {
        Measured measured = Measured.begin();
        long count = new ClassicDesign(rig, BODY).run(System.nanoTime() + SECONDS * 1_000_000_000);
        measured.end("the classic design, the same way one by one", count, "");
    }

    /** Needs its program, see {@link Beanstalkd#program}. */
    @Test
    void beanstalkdForComparison() throws Exception {
        Optional<Path> program = Beanstalkd.program();
        Assumptions.assumeTrue(program.isPresent(), "there is no beanstalkd: name it with -Dbench.beanstalkd");
        boolean isDurable = Boolean.getBoolean("stores.durable");
        Path folder = Stores.folder("beanstalkd");
        try (Beanstalkd peer = Beanstalkd.start(program.orElseThrow(), folder, isDurable)) {
            peer.run(BODY, System.nanoTime() + Math.min(10, SECONDS) * 1_000_000_000);
            Measured measured = Measured.begin();
            long count = peer.run(BODY, System.nanoTime() + SECONDS * 1_000_000_000);
            measured.end("beanstalkd, put, reserve, delete in batches of 50, durable " + isDurable, count, "");
        }
    }
}
