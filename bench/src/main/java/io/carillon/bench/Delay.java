package io.carillon.bench;

import java.time.Duration;

/**
 * When a message may leave, as the official client tells it.
 *
 * @param property its name; empty for a message that leaves at once
 * @param ms a span, or a time since the epoch
 */
record Delay(String property, long ms) {
    static final Delay NONE = new Delay("", 0);

    static Delay of(Duration span) {
        return new Delay("TIMER_DELAY_MS", span.toMillis());
    }

    static Delay until(long epochMs) {
        return new Delay("TIMER_DELIVER_MS", epochMs);
    }

    boolean isNone() {
        return property.isEmpty();
    }

    /** As it stands among the properties of a message. */
    String properties() {
        return isNone() ? "" : property + "\u0001" + ms + "\u0002";
    }
}
