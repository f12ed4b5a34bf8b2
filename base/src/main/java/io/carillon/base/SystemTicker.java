package io.carillon.base;

/** The machine's clocks: the one place that reads them. */
enum SystemTicker implements Ticker {
    INSTANCE;

    @Override
    public long nowMs() {
        return System.currentTimeMillis();
    }

    @Override
    public long nanoTime() {
        return System.nanoTime();
    }
}
