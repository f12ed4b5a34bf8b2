package io.carillon.delayqueue;

import io.carillon.base.delayqueue.RetryPolicy;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Retry policies as bytes: {@code attempts:4 backoff:8 multiplier:8 longest:8}; nothing stands for none. */
final class Retries {
    /** A member has one byte for the attempts. */
    static final int ATTEMPTS_MAX = 255;

    private static final int LENGTH = 28;

    private Retries() {}

    static void put(ByteBuffer to, RetryPolicy retry) {
        to.putInt(retry.attemptsMax())
                .putLong(retry.backoffMs())
                .putDouble(retry.backoffMultiplier())
                .putLong(retry.backoffMaxMs());
    }

    static RetryPolicy get(ByteBuffer from) {
        return new RetryPolicy(from.getInt(), from.getLong(), from.getDouble(), from.getLong());
    }

    static byte[] encode(@Nullable RetryPolicy retry) {
        if (retry == null) {
            return new byte[0];
        }
        ByteBuffer to = ByteBuffer.allocate(LENGTH);
        put(to, retry);
        return to.array();
    }

    static @Nullable RetryPolicy decode(byte[] bytes) {
        return bytes.length == 0 ? null : get(ByteBuffer.wrap(bytes));
    }
}
