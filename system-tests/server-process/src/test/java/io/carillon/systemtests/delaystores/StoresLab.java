package io.carillon.systemtests.delaystores;

import io.carillon.systemtests.harness.CarillonServer;
import io.carillon.testkit.stores.MysqlServer;
import io.carillon.testkit.stores.RedisServer;
import io.carillon.testkit.stores.Stores;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Three nodes of a delay queue, the packed server as users run it, with a Redis and a MariaDB of their own. The clock of the
 * second is an hour ahead, that of the third ten minutes behind.
 */
final class StoresLab implements AutoCloseable {
    private static final List<Long> SKEWS_MS = List.of(0L, 3_600_000L, -600_000L);
    /** So long nobody hears of what stands still: longer than leases, and than anybody waits for MariaDB's answers. */
    private static final long FREEZE_NS = TimeUnit.MILLISECONDS.toNanos(5_000);

    private final RedisServer redis = RedisServer.persistent(Stores.folder("faults-redis"));
    private final MysqlServer mysql = MysqlServer.start(Stores.folder("faults-mysql"));
    private final List<CarillonServer> nodes = new ArrayList<>();

    StoresLab() {
        String address = "mysql://127.0.0.1:" + mysql.port() + "/" + mysql.freshDatabase() + "?sslMode=disable";
        for (int i = 0; i < SKEWS_MS.size(); i++) {
            nodes.add(start(i, address));
        }
    }

    private CarillonServer start(int number, String address) {
        long skewMs = SKEWS_MS.get(number);
        Map<String, String> environment =
                skewMs == 0 ? Map.of() : Map.of("JAVA_TOOL_OPTIONS", SkewedClock.javaOption(skewMs));
        return CarillonServer.startRole(
                environment,
                "delayqueue",
                "delay-faults-" + number,
                "--http-port",
                "0",
                "--mysql",
                address,
                "--redis",
                redis.url(),
                "--set",
                "mysql.user=root",
                "--set",
                "mysql.answer-timeout=2s",
                "--set",
                "delayqueue.node=n" + number,
                "--set",
                "delay-timer.lease=2s",
                "--set",
                "delay-timer.reconcile-every=2s",
                "--set",
                "delay-timer.horizon=5s");
    }

    List<CarillonServer> nodes() {
        return nodes;
    }

    int redisPort() {
        return redis.port();
    }

    /** Does it, and returns when everything runs again; notes when it was. */
    void strike(StoreFault fault, Random random, QueueHistory history) {
        long beginMs = System.currentTimeMillis();
        CarillonServer node = nodes.get(random.nextInt(nodes.size()));
        switch (fault) {
            case KILL_NODE -> {
                node.kill();
                node.restart();
            }
            case FREEZE_NODE -> freeze(node.brokerProcess()::pause, node.brokerProcess()::resume);
            case FLUSH_REDIS -> redis.ask("FLUSHALL\r\n");
            case RESTART_REDIS -> {
                redis.kill();
                redis.start();
            }
            case EMPTY_REDIS -> {
                redis.kill();
                redis.forget();
                redis.start();
            }
            case FREEZE_REDIS -> freeze(redis::pause, redis::resume);
            case RESTART_MYSQL -> {
                mysql.kill();
                mysql.start();
            }
            case FREEZE_MYSQL -> freeze(mysql::pause, mysql::resume);
        }
        history.struck(new QueueHistory.Fault(fault.name(), beginMs, System.currentTimeMillis(), fault.losesOrder()));
    }

    private static void freeze(Runnable pause, Runnable resume) {
        pause.run();
        try {
            long endNs = System.nanoTime() + FREEZE_NS;
            while (System.nanoTime() - endNs < 0) {
                LockSupport.parkNanos(endNs - System.nanoTime());
            }
        } finally {
            resume.run();
        }
    }

    /** What the nodes said at last, for a failure's message. */
    String tails() {
        StringBuilder all = new StringBuilder();
        nodes.forEach(node -> all.append(node.brokerProcess().tail()).append("\n\n"));
        return all.toString();
    }

    @Override
    public void close() {
        nodes.forEach(CarillonServer::close);
        redis.close();
        mysql.close();
    }
}
