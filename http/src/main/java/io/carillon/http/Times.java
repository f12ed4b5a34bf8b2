package io.carillon.http;

import com.google.protobuf.Duration;
import com.google.protobuf.Timestamp;

/** Times of the API as ms, and back. */
final class Times {
    private static final long SECOND_MS = 1_000;
    private static final int MS_NS = 1_000_000;
    /** Beyond this, ms do not fit in a long. */
    private static final long SECONDS_MAX = Long.MAX_VALUE / SECOND_MS - 1;

    private Times() {}

    static Duration duration(long ms) {
        return Duration.newBuilder()
                .setSeconds(ms / SECOND_MS)
                .setNanos((int) (ms % SECOND_MS) * MS_NS)
                .build();
    }

    static Timestamp timestamp(long epochMs) {
        return Timestamp.newBuilder()
                .setSeconds(Math.floorDiv(epochMs, SECOND_MS))
                .setNanos((int) Math.floorMod(epochMs, SECOND_MS) * MS_NS)
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
