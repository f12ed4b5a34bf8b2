package io.carillon.http;

import com.linecorp.armeria.common.ContentTooLargeException;
import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpObject;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.RequestHeaders;
import java.util.concurrent.atomic.AtomicLong;
import org.reactivestreams.Publisher;

/** How much of what is asked may be in memory at once. Any thread. */
final class Intake {
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
        private long size;
        private long came;
        private boolean hasLeft;

        private Ticket(long size) {
            this.size = size;
        }

        /** So much of the request has come. Throws {@link Rejected} when all requests together are too large by that. */
        synchronized void came(int more) {
            came += more;
            if (!hasLeft && came > size) {
                reserve(came - size);
                size = came;
            }
        }

        synchronized void leave() {
            if (!hasLeft) {
                hasLeft = true;
                bytes.addAndGet(-size);
            }
        }
    }

    /** The same request, which is counted while it comes in, where it did not say before how long it is. */
    HttpRequest counted(HttpRequest request, Ticket ticket) {
        if (request.headers().contains(HttpHeaderNames.CONTENT_LENGTH)) {
            return request;
        }
        HttpRequest counted = request.peekData(data -> ticket.came(data.length()));
        // As any other publisher: the library would gather what it knows itself as a whole, and only then count.
        @SuppressWarnings("UnnecessaryMethodReference")
        Publisher<HttpObject> passed = counted::subscribe;
        return HttpRequest.of(request.headers(), passed);
    }

    /** Of a request that says how long it is, all is counted at once; of another one, what has come. */
    Ticket enter(RequestHeaders headers) {
        long size = Math.max(0, headers.getLong(HttpHeaderNames.CONTENT_LENGTH, 0));
        if (size > requestBytesMax()) {
            throw new Rejected(Problem.tooLarge(requestBytesMax()));
        }
        reserve(size);
        return new Ticket(size);
    }

    private void reserve(long size) {
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
    }

    boolean isTooLarge(Throwable fault) {
        return fault instanceof ContentTooLargeException || fault.getCause() instanceof ContentTooLargeException;
    }
}
