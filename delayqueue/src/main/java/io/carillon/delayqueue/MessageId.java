package io.carillon.delayqueue;

import java.util.OptionalLong;

/**
 * The number of a message, which says where everything about it lies: {@code day:14 | bucket:5 | serial:44}. The day,
 * counted since 2025, is when its partition is dropped; the bucket is where its order is kept; the serial is given once.
 */
final class MessageId {
    static final int BUCKETS = 20;
    static final long DAY_MS = 86_400_000L;

    private static final long EPOCH_DAY = 20_089; // 2025-01-01
    private static final int BUCKET_SHIFT = 44;
    private static final int DAY_SHIFT = 49;

    private MessageId() {}

    static long of(int day, int bucket, long serial) {
        if (serial < 0 || serial >= 1L << BUCKET_SHIFT || day < 0 || day >= 1 << 14) {
            throw new IllegalArgumentException("no such message id: day " + day + ", serial " + serial);
        }
        return (long) day << DAY_SHIFT | (long) bucket << BUCKET_SHIFT | serial;
    }

    static int day(long id) {
        return (int) (id >>> DAY_SHIFT);
    }

    static int bucket(long id) {
        return (int) (id >>> BUCKET_SHIFT) & 31;
    }

    /** The day that this time lies in. */
    static int dayOf(long epochMs) {
        return (int) (Math.floorDiv(epochMs, DAY_MS) - EPOCH_DAY);
    }

    static String text(long id) {
        return Long.toUnsignedString(id, 36);
    }

    /** The id that a user gave, if it can be one. */
    static OptionalLong parse(String text) {
        try {
            long id = Long.parseUnsignedLong(text, 36);
            return id > 0 && bucket(id) < BUCKETS ? OptionalLong.of(id) : OptionalLong.empty();
        } catch (NumberFormatException _) {
            return OptionalLong.empty();
        }
    }
}
