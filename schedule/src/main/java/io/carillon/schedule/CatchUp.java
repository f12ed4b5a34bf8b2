package io.carillon.schedule;

import io.carillon.base.Ticker;

/** Lets a backlog leave at a bounded rate, so that it does not flood consumers. One thread. */
final class CatchUp {
    /** Messages that are later than this are a backlog. */
    private static final long LATE_MS = 1000;

    private static final long SPAN_NS = 10_000_000;

    private final Ticker ticker;
    private volatile int perSpan;
    private long spanFromNs;
    private int left;

    /** @param rate messages a second */
    CatchUp(Ticker ticker, int rate) {
        this.ticker = ticker;
        rate(rate);
        spanFromNs = ticker.nanoTime() - SPAN_NS;
    }

    /** @param rate messages a second, from now on; any thread */
    final void rate(int rate) {
        perSpan = Math.max(1, (int) (rate * SPAN_NS / 1_000_000_000L));
    }

    /** Whether a message that is so late may leave now; if so, it counts. */
    boolean mayLeave(long lateMs) {
        if (lateMs < LATE_MS) {
            return true;
        }
        long nowNs = ticker.nanoTime();
        if (nowNs - spanFromNs >= SPAN_NS) {
            spanFromNs = nowNs;
            left = perSpan;
        }
        return left-- > 0;
    }
}
