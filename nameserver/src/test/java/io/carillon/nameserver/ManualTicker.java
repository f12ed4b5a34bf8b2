package io.carillon.nameserver;

import io.carillon.base.Ticker;
import java.time.Duration;

/** A clock that a test moves. */
final class ManualTicker implements Ticker {
    private long nowNs = 1_000;

    void advance(Duration by) {
        nowNs += by.toNanos();
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
