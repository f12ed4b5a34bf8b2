package io.carillon.broker.tally;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** A time up to now that something is counted over, and how far apart the samples are that its beginning is found by. */
public enum Span {
    MINUTE(TimeUnit.SECONDS.toNanos(10), 6),
    HOUR(TimeUnit.MINUTES.toNanos(10), 6),
    DAY(TimeUnit.HOURS.toNanos(1), 24);

    final long spacingNs;
    final int steps;

    Span(long spacingNs, int steps) {
        this.spacingNs = spacingNs;
        this.steps = steps;
    }

    public Duration length() {
        return Duration.ofNanos(lengthNs());
    }

    long lengthNs() {
        return spacingNs * steps;
    }
}
