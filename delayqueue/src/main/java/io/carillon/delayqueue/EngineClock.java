package io.carillon.delayqueue;

import io.carillon.base.Ticker;

/**
 * The time that due times are meant in: Redis's clock, as far as this node has heard of it. So a message that is due "in
 * ten seconds" is so whichever node takes it, however wrong that node's own clock is. Any thread may call.
 */
final class EngineClock {
    private final Ticker ticker;
    private volatile long aheadMs;

    EngineClock(Ticker ticker) {
        this.ticker = ticker;
    }

    long nowMs() {
        return ticker.nowMs() + aheadMs;
    }

    /** Redis said this time between two readings of this node's clock. */
    void heard(long redisMs, long beforeMs, long afterMs) {
        aheadMs = redisMs - (beforeMs + afterMs) / 2;
    }

    /** By how much Redis is ahead of this node. */
    long aheadMs() {
        return aheadMs;
    }
}
