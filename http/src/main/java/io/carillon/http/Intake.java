package io.carillon.http;

import com.linecorp.armeria.common.ContentTooLargeException;
import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.RequestHeaders;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/** How much of what is asked may be in memory at once. Any thread. */
final class Intake {
    /** What a request is taken for that does not say how long it is. */
    private static final long UNKNOWN_BYTES = 64 << 10;

    private final HttpConfig config;
    private final long waitMaxMs;
    private final AtomicLong bytes = new AtomicLong();

    Intake(HttpConfig config, long waitMaxMs) {
        this.config = config;
        this.waitMaxMs = waitMaxMs;
    }

    int requestBytesMax() {
        return config.requestSizeMax().intBytes();
    }

    /** How long a request may take in all. */
    long timeoutMs() {
        return config.requestTimeout().toMillis() + waitMaxMs;
    }

    /** How much is in memory now. */
    long bytes() {
        return bytes.get();
    }

    /** What a request takes up, until it leaves. */
    final class Ticket {
        private final long size;
        private final AtomicBoolean hasLeft = new AtomicBoolean();

        private Ticket(long size) {
            this.size = size;
        }

        void leave() {
            if (hasLeft.compareAndSet(false, true)) {
                bytes.addAndGet(-size);
            }
        }
    }

    Ticket enter(RequestHeaders headers) {
        long said = headers.getLong(HttpHeaderNames.CONTENT_LENGTH, -1);
        long size = said < 0 ? headers.method().name().equals("GET") ? 0 : UNKNOWN_BYTES : said;
        if (size > requestBytesMax()) {
            throw new Rejected(Problem.tooLarge(requestBytesMax()));
        }
        long max = config.requestsSizeMax().bytes();
        if (bytes.addAndGet(size) > max) {
            bytes.addAndGet(-size);
            throw new Rejected(new Problem(
                    429,
                    "busy",
                    "all requests together are at most " + max
                            + " bytes, and that many are being served: try again soon",
                    "requests_bytes_max",
                    max,
                    1_000));
        }
        return new Ticket(size);
    }

    boolean isTooLarge(Throwable fault) {
        return fault instanceof ContentTooLargeException || fault.getCause() instanceof ContentTooLargeException;
    }
}
