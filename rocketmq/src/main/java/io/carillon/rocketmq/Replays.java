package io.carillon.rocketmq;

import io.carillon.base.Ticker;
import io.carillon.remoting.Connection;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Remembers the signatures of orders for some minutes. The protocol's signatures hold no time and no number, so whoever
 * reads one off the wire could send it again for ever; here the same one is not taken from another connection.
 *
 * <p>But tools send some orders to each member of a group of replicas, and all of them pass on to the one that leads: so an
 * order is taken once more by each way, from the host that it came from first. Any thread.
 */
final class Replays {
    private static final long WINDOW_NS = TimeUnit.MINUTES.toNanos(5);
    private static final int SEEN_MAX = 50_000;

    private final Ticker ticker;
    private final Map<String, Seen> bySignature = new LinkedHashMap<>();

    private static final int WAYS_MAX = 16;
    private static final String DIRECT = "direct";

    /** @param connections the first of each way */
    private record Seen(InetAddress from, long atNs, Map<String, Integer> connections) {
        boolean isFirst(String way, int connection) {
            Integer first = connections.size() < WAYS_MAX
                    ? connections.computeIfAbsent(way, _ -> connection)
                    : connections.get(way);
            return first != null && first == connection;
        }
    }

    Replays(Ticker ticker) {
        this.ticker = ticker;
    }

    /**
     * Whether the order came on another connection within the window; otherwise it is remembered for this one.
     *
     * @param from the host of whoever sent it
     */
    boolean isReplay(byte[] signature, Connection connection, InetAddress from) {
        return isReplay(
                new String(signature, StandardCharsets.ISO_8859_1),
                System.identityHashCode(connection),
                wayOf(connection),
                from);
    }

    synchronized boolean isReplay(String signature, int connection, String way, InetAddress from) {
        long nowNs = ticker.nanoTime();
        forget(nowNs);
        Seen seen = bySignature.computeIfAbsent(signature, _ -> new Seen(from, nowNs, new HashMap<>(2)));
        return !seen.from.equals(from) || !seen.isFirst(way, connection);
    }

    /** By which member of the group it came. */
    private static String wayOf(Connection connection) {
        return connection.isRelayed() ? connection.localAddress().toString() : DIRECT;
    }

    private void forget(long nowNs) {
        Iterator<Seen> oldest = bySignature.values().iterator();
        while (oldest.hasNext()) {
            Seen seen = oldest.next();
            if (nowNs - seen.atNs < WINDOW_NS && bySignature.size() < SEEN_MAX) {
                return;
            }
            oldest.remove();
        }
    }
}
