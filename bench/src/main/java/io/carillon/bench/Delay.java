package io.carillon.bench;

import java.time.Duration;

/**
 * When a message may leave, as the official client tells it.
 *
 * @param property its name; empty for a message that leaves at once
 * @param ms a span, or a time since the epoch
 * @param spreadMs above 0, each message gets a time of its own, by chance, so much after {@code ms} at most
 */
record Delay(String property, long ms, long spreadMs) {
    static final Delay NONE = new Delay("", 0, 0);

    static Delay of(Duration span) {
        return new Delay("TIMER_DELAY_MS", span.toMillis(), 0);
    }

    static Delay until(long epochMs) {
        return new Delay("TIMER_DELIVER_MS", epochMs, 0);
    }

    /** At times spread evenly from {@code fromMs} on, which has 13 digits as all of our days have. */
    static Delay between(long fromMs, Duration spread) {
        return new Delay("TIMER_DELIVER_MS", fromMs, spread.toMillis());
    }

    boolean isNone() {
        return property.isEmpty();
    }

    /** As it stands among the properties of a message. */
    String properties() {
        return isNone() ? "" : property + "\u0001" + ms + "\u0002";
    }
}
