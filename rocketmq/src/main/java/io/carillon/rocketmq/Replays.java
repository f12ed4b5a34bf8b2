package io.carillon.rocketmq;

import io.carillon.base.Ticker;
import io.carillon.remoting.Connection;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Remembers the signatures of orders for some minutes. The protocol's signatures hold no time and no number, so whoever
 * reads one off the wire could send it again for ever; here the same one is not taken from another connection. Any
 * thread.
 */
final class Replays {
    private static final long WINDOW_NS = TimeUnit.MINUTES.toNanos(5);
    private static final int SEEN_MAX = 50_000;

    private final Ticker ticker;
    private final Map<String, Seen> bySignature = new LinkedHashMap<>();

    private record Seen(int connection, long atNs) {}

    Replays(Ticker ticker) {
        this.ticker = ticker;
    }

    /** Whether the order came on another connection within the window; otherwise it is remembered for this one. */
    synchronized boolean isReplay(byte[] signature, Connection connection) {
        long nowNs = ticker.nanoTime();
        forget(nowNs);
        String text = new String(signature, StandardCharsets.ISO_8859_1);
        Seen seen = bySignature.get(text);
        int from = System.identityHashCode(connection);
        if (seen == null) {
            bySignature.put(text, new Seen(from, nowNs));
        }
        return seen != null && seen.connection != from;
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
