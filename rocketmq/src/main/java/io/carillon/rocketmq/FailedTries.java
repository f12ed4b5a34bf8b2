package io.carillon.rocketmq;

import io.carillon.base.Ticker;
import java.net.InetAddress;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Counts failed tries to show who one is, by address: after so many within a short time, connections from there that
 * have not succeeded yet are not listened to for a while, so that secrets cannot be guessed by trying. Any thread.
 */
final class FailedTries {
    private static final int TRIES_MAX = 20;
    private static final long ONE_BACK_NS = TimeUnit.SECONDS.toNanos(1);
    private static final int ADDRESSES_MAX = 10_000;

    private final Ticker ticker;

    /** The oldest addresses go when there are too many. */
    private final Map<InetAddress, Tries> byAddress = new LinkedHashMap<>(64, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<InetAddress, Tries> eldest) {
            return size() > ADDRESSES_MAX;
        }
    };

    private volatile boolean isAnybody;

    FailedTries(Ticker ticker) {
        this.ticker = ticker;
    }

    /** Whether there were too many tries from this address lately. */
    boolean areTooMany(InetAddress from) {
        return isAnybody && hasTooMany(from);
    }

    private synchronized boolean hasTooMany(InetAddress from) {
        Tries tries = byAddress.get(from);
        if (tries == null) {
            return false;
        }
        tries.giveBack(ticker.nanoTime());
        if (tries.count == 0) {
            byAddress.remove(from);
            isAnybody = !byAddress.isEmpty();
        }
        return tries.count >= TRIES_MAX;
    }

    synchronized void failed(InetAddress from) {
        long nowNs = ticker.nanoTime();
        Tries tries = byAddress.computeIfAbsent(from, _ -> new Tries(nowNs));
        tries.giveBack(nowNs);
        tries.count = Math.min(TRIES_MAX, tries.count + 1);
        isAnybody = true;
    }

    /** Failed tries, of which one is forgotten each second. */
    private static final class Tries {
        private int count;
        private long countedNs;

        Tries(long nowNs) {
            countedNs = nowNs;
        }

        void giveBack(long nowNs) {
            long back = (nowNs - countedNs) / ONE_BACK_NS;
            count = (int) Math.max(0, count - back);
            countedNs += back * ONE_BACK_NS;
        }
    }
}
