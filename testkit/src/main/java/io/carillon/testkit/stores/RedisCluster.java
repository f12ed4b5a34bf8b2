package io.carillon.testkit.stores;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Three masters that share the slots of a cluster, without replicas. */
public final class RedisCluster implements AutoCloseable {
    private static final int MASTERS = 3;
    private static final int SLOTS = 16_384;
    private static final long PATIENCE_NS = TimeUnit.SECONDS.toNanos(30);

    private final List<RedisServer> masters;

    private RedisCluster(List<RedisServer> masters) {
        this.masters = masters;
    }

    /** Starts it; it serves all slots when this returns. */
    public static RedisCluster start(Path folder) {
        RedisCluster cluster = new RedisCluster(Stream.generate(() -> RedisServer.ofCluster(folder))
                .limit(MASTERS)
                .toList());
        cluster.join();
        return cluster;
    }

    private void join() {
        for (int i = 0; i < MASTERS; i++) {
            int from = SLOTS * i / MASTERS;
            int to = SLOTS * (i + 1) / MASTERS - 1;
            String slots =
                    IntStream.rangeClosed(from, to).mapToObj(Integer::toString).collect(Collectors.joining(" "));
            masters.get(i).ask("CLUSTER ADDSLOTS " + slots + "\r\n"); // which Redis before 7 knows, too
            masters.get(0)
                    .ask("CLUSTER MEET 127.0.0.1 " + masters.get(i).port() + " "
                            + masters.get(i).busPort() + "\r\n");
        }
        long end = System.nanoTime() + PATIENCE_NS;
        while (!masters.stream().allMatch(RedisCluster::knowsAll)) {
            if (System.nanoTime() - end > 0) {
                throw new IllegalStateException("no cluster: " + masters.get(0).ask("CLUSTER INFO\r\n"));
            }
            LockSupport.parkNanos(20_000_000);
        }
    }

    private static boolean knowsAll(RedisServer server) {
        String info = server.ask("CLUSTER INFO\r\n");
        return info.contains("cluster_state:ok")
                && info.contains("cluster_slots_ok:" + SLOTS)
                && info.contains("cluster_known_nodes:" + MASTERS);
    }

    /** Where all of them are. */
    public String url() {
        return "redis+cluster://"
                + masters.stream().map(one -> "127.0.0.1:" + one.port()).collect(Collectors.joining(","));
    }

    public List<RedisServer> masters() {
        return masters;
    }

    @Override
    public void close() {
        masters.forEach(RedisServer::close);
    }
}
