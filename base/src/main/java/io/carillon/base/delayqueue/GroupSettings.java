package io.carillon.base.delayqueue;

import org.jspecify.annotations.Nullable;

/**
 * How a group consumes.
 *
 * @param visibilityMs for how long a receiver has a message, where a pull does not say; 0 for the engine's default
 * @param retry for messages without a policy of their own; null for the engine's default
 */
public record GroupSettings(long visibilityMs, @Nullable RetryPolicy retry) {
    public static final GroupSettings DEFAULT = new GroupSettings(0, null);
}
