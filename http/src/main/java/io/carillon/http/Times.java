package io.carillon.http;

import com.google.protobuf.Duration;
import com.google.protobuf.Timestamp;

/** Times of the API as ms, and back. */
final class Times {
    private static final long SECOND_MS = 1_000;
    private static final int MS_NS = 1_000_000;
    /** Beyond this, ms do not fit in a long. */
    private static final long SECONDS_MAX = Long.MAX_VALUE / SECOND_MS - 1;

    private static final long TIME_MIN_MS = -62_135_596_800_000L;
    private static final long TIME_MAX_MS = 253_402_300_799_999L;
    private static final long DURATION_MAX_MS = 315_576_000_000_000L;

    private Times() {}

    /** The longest that there is a form for, where it is longer: clients of other protocols say what they like. */
    static Duration duration(long ms) {
        long shown = Math.clamp(ms, 0, DURATION_MAX_MS);
        return Duration.newBuilder()
                .setSeconds(shown / SECOND_MS)
                .setNanos((int) (shown % SECOND_MS) * MS_NS)
                .build();
    }

    /** The first or last that there is a form for, where it is beyond that: from the year 1 to the year 9999. */
    static Timestamp timestamp(long epochMs) {
        long shown = Math.clamp(epochMs, TIME_MIN_MS, TIME_MAX_MS);
        return Timestamp.newBuilder()
                .setSeconds(Math.floorDiv(shown, SECOND_MS))
                .setNanos((int) Math.floorMod(shown, SECOND_MS) * MS_NS)
                .build();
    }

    /** In whole ms, what is left over counts as one more: a message is never early. */
    static long ms(Duration duration, String field) {
        return ms(duration.getSeconds(), duration.getNanos(), field);
    }

    static long ms(Timestamp timestamp, String field) {
        return ms(timestamp.getSeconds(), timestamp.getNanos(), field);
    }

    private static long ms(long seconds, int nanos, String field) {
        if (seconds < 0 || nanos < 0) {
            throw new Rejected(Problem.invalid(field, field + " must not be negative"));
        }
        return Math.min(seconds, SECONDS_MAX) * SECOND_MS + Math.ceilDiv(nanos, MS_NS);
    }
}
