package io.carillon.broker.retry;

import io.carillon.message.DelayLevels;

/**
 * How long a message waits for its next try.
 *
 * @param level the classic level that says so; 0 when it is a policy of the group's own
 */
record Pause(int level, long ms) {
    /** With this level retries begin, as official clients have it. */
    private static final int FIRST_LEVEL = 3;

    /**
     * @param wantedLevel the level that the consumer asked for, or 0
     * @param tries how often the message was tried again so far
     */
    static Pause of(RetryPolicy policy, int wantedLevel, int tries) {
        if (wantedLevel > 0) {
            return ofLevel(wantedLevel);
        }
        return switch (policy) {
            case RetryPolicy.Levels _ -> ofLevel(FIRST_LEVEL + (long) Math.max(0, tries));
            case RetryPolicy.Intervals intervals -> new Pause(0, intervals.delayMs(tries));
            case RetryPolicy.Exponential exponential -> new Pause(0, exponential.delayMs(tries));
        };
    }

    private static Pause ofLevel(long level) {
        int known = (int) Math.min(level, DelayLevels.COUNT);
        return new Pause(known, DelayLevels.delayMs(known));
    }
}
