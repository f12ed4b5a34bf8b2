package io.carillon.delayqueue;

import io.carillon.base.ByteSize;
import java.time.Duration;

/**
 * What is kept for how long.
 *
 * @param retention for how long after it is due a message is kept, consumed or not
 * @param idempotency for how long an idempotency key is remembered
 * @param delayMax the longest delay
 * @param visibility how long a receiver has a message, where nobody says otherwise
 * @param bodyMax the longest body
 */
public record DelayKeep(
        Duration retention, Duration idempotency, Duration delayMax, Duration visibility, ByteSize bodyMax) {
    public static final DelayKeep DEFAULT = new DelayKeep(
            Duration.ofDays(7), Duration.ofDays(1), Duration.ofDays(3660), Duration.ofMinutes(5), ByteSize.mib(4));

    public DelayKeep {
        check(retention.toHours() >= 1, "delay-keep.retention must be at least 1h");
        check(delayMax.toDays() <= 3660, "delay-keep.delay-max must be at most 3660 days");
        check(bodyMax.bytes() <= 4 << 20, "delay-keep.body-max must be at most 4MiB");
    }

    private static void check(boolean holds, String otherwise) {
        if (!holds) {
            throw new IllegalArgumentException(otherwise);
        }
    }
}
