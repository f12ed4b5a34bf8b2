package io.carillon.delayqueue;

import java.time.Duration;

/**
 * How due messages are found.
 *
 * @param style looking, or sleeping until it is time
 * @param tick how often to look
 * @param spread who looks
 * @param lease after how long without a sign of life a bucket goes to another node
 * @param horizon how far ahead the order is kept in Redis
 * @param reconcileEvery how often both stores are compared
 */
public record DelayTimer(
        Style style, Duration tick, Spread spread, Duration lease, Duration horizon, Duration reconcileEvery) {
    /** How a node learns that something is due. */
    public enum Style {
        /** It looks every so often. */
        POLL,
        /** It sleeps until the first due time, and is woken when that gets earlier. */
        NOTIFY
    }

    /** Over how many nodes the buckets are spread. */
    public enum Spread {
        /** Over all that live. */
        ALL_NODES,
        /** One node has them all, the others stand by. */
        ONE_LEADER
    }

    public static final DelayTimer DEFAULT = new DelayTimer(
            Style.NOTIFY,
            Duration.ofMillis(50),
            Spread.ALL_NODES,
            Duration.ofSeconds(6),
            Duration.ofMinutes(30),
            Duration.ofSeconds(60));

    public DelayTimer {
        check(tick.toMillis() > 0 && tick.toMillis() <= 10_000, "delay-timer.tick must be from 1ms to 10s");
        check(lease.toMillis() >= 300, "delay-timer.lease must be at least 300ms");
        check(horizon.toMillis() >= 1_000, "delay-timer.horizon must be at least 1s");
        check(reconcileEvery.toMillis() >= 100, "delay-timer.reconcile-every must be at least 100ms");
    }

    private static void check(boolean holds, String otherwise) {
        if (!holds) {
            throw new IllegalArgumentException(otherwise);
        }
    }
}
