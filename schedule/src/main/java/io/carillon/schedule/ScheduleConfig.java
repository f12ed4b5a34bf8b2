package io.carillon.schedule;

import java.time.Duration;

/**
 * How messages that are due later are treated.
 *
 * @param delayMax the longest delay that is taken
 * @param catchUpRate how many messages a second may leave that are late by more than a second, as after a stop
 * @param keysMax how many messages may wait that have a key or recur: each takes some 300 bytes of memory
 * @param loadedMax how many messages of one hour are in memory at once to be due soon, 8 bytes each; a single second may
 *     have more
 */
public record ScheduleConfig(Duration delayMax, int catchUpRate, int keysMax, int loadedMax) {
    public static final ScheduleConfig DEFAULT =
            new ScheduleConfig(Duration.ofDays(3653), 200_000, 1_000_000, 2_000_000);

    public ScheduleConfig {
        if (delayMax.isNegative() || delayMax.compareTo(Duration.ofDays(36_525)) > 0) {
            throw new IllegalArgumentException("delayMax must be from 0 to 100 years, not " + delayMax);
        }
        requirePositive("catchUpRate", catchUpRate);
        requirePositive("keysMax", keysMax);
        requirePositive("loadedMax", loadedMax);
    }

    private static void requirePositive(String name, int value) {
        if (value < 1) {
            throw new IllegalArgumentException(name + " must be at least 1, not " + value);
        }
    }
}
