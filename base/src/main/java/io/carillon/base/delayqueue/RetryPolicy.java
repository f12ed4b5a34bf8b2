package io.carillon.base.delayqueue;

/**
 * How a message is tried again.
 *
 * @param attemptsMax how often it is handed out to a group before it becomes a dead letter of the group, the first time
 *     included
 * @param backoffMs how long it waits after it was released without a delay of its own, the first time
 * @param backoffMultiplier by how much that grows from try to try; 1 for a fixed wait
 * @param backoffMaxMs what it grows to at most
 */
public record RetryPolicy(int attemptsMax, long backoffMs, double backoffMultiplier, long backoffMaxMs) {
    public static final RetryPolicy DEFAULT = new RetryPolicy(17, 1_000, 2, 600_000);

    public RetryPolicy {
        if (attemptsMax < 1) {
            throw new IllegalArgumentException("max_attempts must be at least 1, not " + attemptsMax);
        }
        if (backoffMs < 0 || backoffMaxMs < 0) {
            throw new IllegalArgumentException("a backoff must not be negative");
        }
        if (!(backoffMultiplier >= 1 && backoffMultiplier <= 100)) {
            throw new IllegalArgumentException("backoff_multiplier must be from 1 to 100, not " + backoffMultiplier);
        }
    }

    /** How long the message waits after this many tries, the first one being 1. */
    public long backoffMs(int attempt) {
        double wanted = (double) backoffMs * Math.pow(backoffMultiplier, Math.max(0, attempt - 1));
        return (long) Math.min(wanted, (double) backoffMaxMs);
    }
}
