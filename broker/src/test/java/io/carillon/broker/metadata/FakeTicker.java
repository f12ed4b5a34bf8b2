package io.carillon.broker.metadata;

import io.carillon.base.Ticker;
import java.util.concurrent.TimeUnit;

/** A clock that the test moves. */
final class FakeTicker implements Ticker {
    private long nowNs = TimeUnit.DAYS.toNanos(20_000);

    void passMs(long ms) {
        nowNs += TimeUnit.MILLISECONDS.toNanos(ms);
    }

    @Override
    public long nowMs() {
        return TimeUnit.NANOSECONDS.toMillis(nowNs);
    }

    @Override
    public long nanoTime() {
        return nowNs;
    }
}
