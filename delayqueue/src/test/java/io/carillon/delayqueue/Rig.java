package io.carillon.delayqueue;

import io.carillon.base.Secret;
import io.carillon.base.Ticker;
import io.carillon.base.delayqueue.Answer;
import io.carillon.base.delayqueue.Refusal;
import io.carillon.base.delayqueue.Sink;
import io.carillon.testkit.stores.Stores;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.opentest4j.AssertionFailedError;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.RedisClusterClient;
import redis.clients.jedis.UnifiedJedis;

/** Nodes on fresh stores, with short times. */
final class Rig implements AutoCloseable {
    static final long PATIENCE_MS = 20_000;
    static final Duration LEASE = Duration.ofMillis(900);
    static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(20);
    private static final int WAITING_MAX = 20_000;

    private static final AtomicInteger DATABASES = new AtomicInteger();

    final Stores stores = Stores.shared();
    final String mysqlUrl;
    private final String redisUrl;
    private final RedisClient redis;
    private final boolean isOnCluster;
    private final Moves moves = new Moves(this::noted);
    private final List<DelayQueue> nodes = new ArrayList<>();
    Duration answerTimeout = ANSWER_TIMEOUT;
    int waitingMax = WAITING_MAX;
    DelayTimer timing = timing(DelayTimer.Style.NOTIFY);
    /** Whether every move is noted in Redis, so that a test can see that each was made once. */
    boolean audits = true;

    private Rig(boolean isOnCluster) {
        this.isOnCluster = isOnCluster;
        mysqlUrl = stores.freshMysql();
        String single = stores.redisUrl() + "/" + DATABASES.incrementAndGet() % Stores.REDIS_DATABASES;
        redisUrl = isOnCluster ? stores.cluster().url() : single;
        redis = RedisClient.create(single);
        empty();
    }

    /** Empties this rig's database of Redis, after a look at what was noted there. */
    void flush() {
        moves.gather();
        empty();
        moves.forgotten();
    }

    /** Kills it, after a look at what was noted there: everything in it is gone. */
    void killRedis() {
        moves.gather();
        stores.killRedis();
        moves.forgotten();
    }

    private void empty() {
        redis.flushDB();
        if (isOnCluster) {
            stores.cluster().masters().forEach(master -> master.ask("FLUSHALL\r\n"));
        }
    }

    /** With {@code -Dstores.cluster=true} that of a cluster. */
    static Rig fresh() {
        return new Rig(Boolean.getBoolean("stores.cluster"));
    }

    /** One that has the cluster for itself: of these there is one at a time. */
    static Rig onCluster() {
        return new Rig(true);
    }

    static DelayTimer timing(DelayTimer.Style style) {
        return new DelayTimer(
                style,
                Duration.ofMillis(20),
                DelayTimer.Spread.ALL_NODES,
                LEASE,
                Duration.ofSeconds(5),
                Duration.ofMillis(400));
    }

    String redisUrl() {
        return redisUrl;
    }

    DelayQueueConfig config() {
        return config(mysqlUrl, redisUrl, timing, answerTimeout, waitingMax);
    }

    static DelayQueueConfig config(String mysqlUrl, String redisUrl, DelayTimer timing) {
        return config(mysqlUrl, redisUrl, timing, ANSWER_TIMEOUT, WAITING_MAX);
    }

    private static DelayQueueConfig config(
            String mysqlUrl, String redisUrl, DelayTimer timing, Duration answerTimeout, int waitingMax) {
        return new DelayQueueConfig(
                "test",
                new MysqlConfig(
                        mysqlUrl, "", Secret.NONE, 10, Duration.ofSeconds(2), answerTimeout, Path.of(""), Path.of("")),
                new RedisConfig(
                        redisUrl, "", Secret.NONE, 16, Duration.ofSeconds(2), Path.of(""), Path.of(""), Path.of("")),
                timing,
                DelayKeep.DEFAULT,
                true,
                waitingMax,
                DelayQueueConfig.DeliverTo.PULLS);
    }

    DelayQueue open() {
        return open(Ticker.system(), Steps.NONE);
    }

    DelayQueue open(Ticker ticker, Steps steps) {
        return open(ticker, steps, null);
    }

    DelayQueue open(Ticker ticker, Steps steps, Sink sink) {
        DelayQueue node = DelayQueue.open(config(), new DelayQueue.Given(ticker, sink, StoreTls.NONE), steps, audits);
        nodes.add(node);
        return node;
    }

    long redisNowMs() {
        String[] lines = stores.ask("TIME\r\n").split("\r\n");
        return Long.parseLong(lines[2]) * 1_000 + Long.parseLong(lines[4]) / 1_000;
    }

    /** Whether something of this topic lies in a ready set that no group claims yet, or any. */
    boolean isReady(String topic) {
        long id = number("SELECT topic_id FROM dq_topic WHERE name = '" + topic + "'");
        return !redis.keys("{dq:*}:r:" + id + ":*").isEmpty();
    }

    /** What the scripts noted of their moves. */
    Moves moves() {
        return moves;
    }

    private List<byte[]> noted(int bucket) {
        // One of its own: connections that were open when Redis was killed are no good.
        try (UnifiedJedis fresh = isOnCluster
                ? RedisClusterClient.builder().nodes(config().redis().nodes()).build()
                : newClient()) {
            return fresh.lrange(Redis.bytes("{dq:" + bucket + "}:audit"), 0, -1);
        }
    }

    long rowsWritten() {
        return status("Handler\\_%", "Handler_(write|update|delete)");
    }

    /** How many entries of tables and indexes the server has read, whoever asked. */
    long entriesRead() {
        return status("Handler\\_%", "Handler_read_(key|next|prev|rnd|rnd_next|first|last)");
    }

    /** How many statements the server was given that look at tables or change them, whoever asked. */
    long statements() {
        return status("Com\\_%", "Com_(select|insert|insert_select|update|update_multi|delete|delete_multi)");
    }

    /**
     * The sum of the server's counters of these names, as both kinds of servers tell them. To ask is counted, too: MySQL writes rows
     * for it.
     */
    long status(String like, String names) {
        try (Connection connection = DriverManager.getConnection(mysqlUrl);
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SHOW GLOBAL STATUS LIKE '" + like + "'")) {
            long sum = 0;
            while (rows.next()) {
                sum += rows.getString(1).matches("(?i)" + names) ? rows.getLong(2) : 0;
            }
            return sum;
        } catch (SQLException failure) {
            throw new IllegalStateException(failure);
        }
    }

    long number(String sql) {
        try (Connection connection = DriverManager.getConnection(mysqlUrl);
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            return rows.next() ? rows.getLong(1) : -1;
        } catch (SQLException failure) {
            throw new IllegalStateException(failure);
        }
    }

    void execute(String sql) {
        try (Connection connection = DriverManager.getConnection(mysqlUrl)) {
            Migrations.execute(connection, sql);
        } catch (SQLException failure) {
            throw new IllegalStateException(failure);
        }
    }

    static <T> T get(CompletableFuture<T> future) {
        return future.orTimeout(PATIENCE_MS, TimeUnit.MILLISECONDS).join();
    }

    static <T> T done(CompletableFuture<Answer<T>> future) {
        return switch (get(future)) {
            case Answer.Done<T>(T value) -> value;
            case Answer.Refused<T>(Refusal why) -> throw new AssertionFailedError("refused: " + why);
        };
    }

    static <T> Refusal refused(CompletableFuture<Answer<T>> future) {
        return ((Answer.Refused<T>) get(future)).why();
    }

    /** Another connection to this rig's database of Redis. */
    RedisClient newClient() {
        return RedisClient.create(redisUrl);
    }

    static void await(BooleanSupplier condition) {
        awaitLong(condition, PATIENCE_MS);
    }

    static void awaitLong(BooleanSupplier condition, long patienceMs) {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(patienceMs);
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > end) {
                throw new AssertionFailedError("did not happen within " + patienceMs + " ms");
            }
            LockSupport.parkNanos(5_000_000);
        }
    }

    @Override
    public void close() {
        nodes.forEach(DelayQueue::close);
        redis.close();
        // Many tables of many partitions make the next start of MariaDB slow.
        execute("DROP DATABASE IF EXISTS " + mysqlUrl.substring(mysqlUrl.lastIndexOf('/') + 1, mysqlUrl.indexOf('?')));
    }
}
