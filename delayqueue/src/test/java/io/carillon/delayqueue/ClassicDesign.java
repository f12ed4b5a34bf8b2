package io.carillon.delayqueue;

import io.carillon.base.Ticker;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.params.ZRangeParams;

/** The classic design, to compare with: a body table, 20 sorted sets, a ready list, an unacknowledged set, separate commands. */
final class ClassicDesign {
    private static final int CLIENTS = 8;

    private final Rig rig;
    private final byte[] body;
    private final AtomicLong ids = new AtomicLong();
    private final AtomicLong settled = new AtomicLong();

    ClassicDesign(Rig rig, byte[] body) {
        this.rig = rig;
        this.body = body;
    }

    /** How many messages went the whole way until this time. */
    long run(long endNs) {
        rig.execute("CREATE TABLE job (id BIGINT PRIMARY KEY, state TINYINT NOT NULL, body BLOB)");
        try (RedisClient redis = rig.newClient();
                ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < CLIENTS; i++) {
                clients.submit(() -> send(redis, endNs));
                clients.submit(() -> receive(redis, endNs));
            }
            clients.submit(() -> scan(redis, endNs));
        }
        return settled.get();
    }

    private Void send(RedisClient redis, long endNs) throws Exception {
        try (Connection connection = DriverManager.getConnection(rig.mysqlUrl);
                PreparedStatement insert = connection.prepareStatement("INSERT INTO job VALUES (?, 0, ?)")) {
            while (System.nanoTime() < endNs) {
                if (ids.get() - settled.get() > 20_000) {
                    LockSupport.parkNanos(1_000_000);
                    continue;
                }
                long id = ids.incrementAndGet();
                insert.setLong(1, id);
                insert.setBytes(2, body);
                insert.executeUpdate();
                redis.zadd("bucket:" + id % 20, (double) (Ticker.system().nowMs() + 100), Long.toString(id));
            }
        }
        return null;
    }

    private static Void scan(RedisClient redis, long endNs) {
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

    private Void receive(RedisClient redis, long endNs) throws Exception {
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
}
