package io.carillon.rocketmq;

import io.carillon.base.Ticker;
import java.net.InetAddress;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Counts failed tries to show who one is, by address and user: after so many within a short time, connections from there
 * that have not succeeded as that user yet are not listened to for a while, so that secrets cannot be guessed by trying.
 * Who errs keeps nobody else out: not the same user elsewhere, nor others on the same machine. Any thread.
 */
final class FailedTries {
    private static final int TRIES_MAX = 20;
    private static final long ONE_BACK_NS = TimeUnit.SECONDS.toNanos(1);
    private static final int WHO_MAX = 10_000;

    private final Ticker ticker;

    /** @param user the claimed user's name; empty for one that there is not */
    private record Who(InetAddress from, String user) {}

    /** The oldest go when there are too many. */
    private final Map<Who, Tries> byWho = new LinkedHashMap<>(64, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Who, Tries> eldest) {
            return size() > WHO_MAX;
        }
    };

    private volatile boolean isAnybody;

    FailedTries(Ticker ticker) {
        this.ticker = ticker;
    }

    /** Whether there were too many tries from this address to be this user lately. */
    boolean areTooMany(InetAddress from, String user) {
        return isAnybody && hasTooMany(new Who(from, user));
    }

    private synchronized boolean hasTooMany(Who who) {
        Tries tries = byWho.get(who);
        if (tries == null) {
            return false;
        }
        tries.giveBack(ticker.nanoTime());
        if (tries.count == 0) {
            byWho.remove(who);
            isAnybody = !byWho.isEmpty();
        }
        return tries.count >= TRIES_MAX;
    }

    synchronized void failed(InetAddress from, String user) {
        long nowNs = ticker.nanoTime();
        Tries tries = byWho.computeIfAbsent(new Who(from, user), _ -> new Tries(nowNs));
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
