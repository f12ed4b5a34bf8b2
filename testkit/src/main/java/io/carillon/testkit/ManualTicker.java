package io.carillon.testkit;

import io.carillon.base.Ticker;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A clock that stands still until a test moves it. The wall clock can also be stepped alone, as an administrator or a
 * time server would. Any thread may call.
 */
public final class ManualTicker implements Ticker {
    private final AtomicLong wallMs;
    private final AtomicLong steadyNs = new AtomicLong(1_000_000_000L);

    /** Starts at a moment in 2025 that stands for nothing. */
    public ManualTicker() {
        this(1_750_000_000_000L);
    }

    public ManualTicker(long nowMs) {
        this.wallMs = new AtomicLong(nowMs - steadyNs.get() / 1_000_000L);
    }

    @Override
    public long nowMs() {
        return wallMs.get() + steadyNs.get() / 1_000_000L;
    }

    @Override
    public long nanoTime() {
        return steadyNs.get();
    }

    /** Lets time pass: both clocks go on together. */
    public void advance(Duration time) {
        advanceNs(time.toNanos());
    }

    /** Lets time pass: both clocks go on together. */
    public void advanceMs(long ms) {
        advanceNs(Math.multiplyExact(ms, 1_000_000L));
    }

    /** Lets time pass: both clocks go on together, the wall clock in whole milliseconds. */
    public void advanceNs(long ns) {
        if (ns < 0) {
            throw new IllegalArgumentException("time does not run backwards; step the wall clock instead: " + ns);
        }
        steadyNs.addAndGet(ns);
    }

    /** Steps the wall clock alone, forwards or backwards. */
    public void stepWallMs(long ms) {
        wallMs.addAndGet(ms);
    }
}
