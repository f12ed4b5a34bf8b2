package io.carillon.rocketmq;

import io.carillon.base.Ticker;

/** A clock that a test moves. */
final class ManualTicker implements Ticker {
    private long nowNs = 5;

    void advanceMs(long ms) {
        nowNs += ms * 1_000_000;
    }

    @Override
    public long nowMs() {
        return nowNs / 1_000_000;
    }

    @Override
    public long nanoTime() {
        return nowNs;
    }
}
