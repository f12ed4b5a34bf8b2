package io.carillon.remoting;

import io.carillon.base.Ticker;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Lines about peers that misbehave: at most one a second of each kind, so that nobody can fill the log from outside.
 * Any thread.
 */
final class Complaints {
    private static final System.Logger LOG = System.getLogger(Complaints.class.getName());
    private static final long PAUSE_NS = 1_000_000_000;

    private final Map<String, Kind> kinds = new ConcurrentHashMap<>();
    private final Ticker ticker;

    Complaints(Ticker ticker) {
        this.ticker = ticker;
    }

    /** @param kind one of a few fixed words */
    void warn(String kind, String line) {
        Kind of = kinds.computeIfAbsent(kind, _ -> new Kind());
        long suppressed = of.claim(ticker.nanoTime());
        if (suppressed == 0) {
            LOG.log(System.Logger.Level.WARNING, line);
        } else if (suppressed > 0) {
            LOG.log(System.Logger.Level.WARNING, line + " suppressed=" + suppressed);
        }
    }

    private static final class Kind {
        private boolean hasSpoken;
        private long spokeAtNs;
        private long suppressed;

        /** How many lines were kept back before this one, or -1 when this one must be, too. */
        synchronized long claim(long nowNs) {
            if (hasSpoken && nowNs - spokeAtNs < PAUSE_NS) {
                suppressed++;
                return -1;
            }
            long before = suppressed;
            hasSpoken = true;
            spokeAtNs = nowNs;
            suppressed = 0;
            return before;
        }
    }
}
