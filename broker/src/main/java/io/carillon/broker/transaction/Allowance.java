package io.carillon.broker.transaction;

import io.carillon.base.Ticker;

/** So many of something a second, and no more; what was not used is not kept for long. One thread, but where it says otherwise. */
final class Allowance {
    private static final long SPAN_NS = 10_000_000;

    private final Ticker ticker;
    private volatile long nsEach;
    private long nextNs;

    Allowance(Ticker ticker, int perSecond) {
        this.ticker = ticker;
        rate(perSecond);
        nextNs = ticker.nanoTime();
    }

    /** So many a second from the next one on. Any thread. */
    final void rate(int perSecond) {
        nsEach = Math.max(1, 1_000_000_000L / perSecond);
    }

    /** Whether one more may be taken now; if so, it is. */
    boolean take() {
        long nowNs = ticker.nanoTime();
        if (nowNs - nextNs < 0) {
            return false;
        }
        nextNs = Math.max(nextNs, nowNs - SPAN_NS) + nsEach;
        return true;
    }

    /** How long until one more may be taken. */
    long restNs() {
        return Math.max(1, nextNs - ticker.nanoTime());
    }
}
