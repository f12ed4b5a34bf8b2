package io.carillon.message;

/** The 18 classic delay levels, counted from 1. */
public final class DelayLevels {
    private static final int[] SECONDS = {
        1, 5, 10, 30, 60, 120, 180, 240, 300, 360, 420, 480, 540, 600, 1200, 1800, 3600, 7200
    };

    public static final int COUNT = SECONDS.length;

    private DelayLevels() {}

    /** How long a level delays, in ms. */
    public static long delayMs(int level) {
        return SECONDS[level - 1] * 1000L;
    }
}
