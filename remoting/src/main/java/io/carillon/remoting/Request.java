package io.carillon.remoting;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A request as it stands in the receive buffer: header fields are found and decoded on demand, nothing is copied.
 * Reused for the next frame, so valid only during {@link Handler#handle}.
 */
public final class Request {
    Request() {}

    /** The request code; POP codes that a binary header cut to 16 bits are already restored. */
    public int code() {
        throw new IllegalStateException("skeleton");
    }

    public int opaque() {
        throw new IllegalStateException("skeleton");
    }

    /** The ordinal of the sender's version. */
    public int version() {
        throw new IllegalStateException("skeleton");
    }

    /** The sender's language by its protocol name, such as {@code JAVA}; {@code OTHER} when it is unknown. */
    public String language() {
        throw new IllegalStateException("skeleton");
    }

    /** Whether no answer may be sent. */
    public boolean isOneWay() {
        throw new IllegalStateException("skeleton");
    }

    /** A header field's value, decoded; null when it is absent. */
    public @Nullable String ext(String name) {
        throw new IllegalStateException("skeleton");
    }

    /**
     * A header field that must be there.
     *
     * @throws BadRequest when it is absent; the dispatcher answers with code 1 and says which field
     */
    public String required(String name) {
        throw new IllegalStateException("skeleton");
    }

    /** @throws BadRequest when it is absent or no whole number */
    public int requiredInt(String name) {
        throw new IllegalStateException("skeleton");
    }

    /** @throws BadRequest when it is absent or no whole number */
    public long requiredLong(String name) {
        throw new IllegalStateException("skeleton");
    }

    /** @throws BadRequest when it is there and no whole number */
    public int intOr(String name, int otherwise) {
        throw new IllegalStateException("skeleton");
    }

    /** @throws BadRequest when it is there and no whole number */
    public long longOr(String name, long otherwise) {
        throw new IllegalStateException("skeleton");
    }

    public boolean booleanOr(String name, boolean otherwise) {
        throw new IllegalStateException("skeleton");
    }

    /**
     * Copies a field's value as UTF-8, with JSON escapes resolved, without making a string.
     *
     * @return how many bytes it has, -1 when it is absent, or a number greater than {@code into.length} (nothing
     *     usable is then in {@code into}) when it does not fit
     */
    public int copyExt(String name, byte[] into) {
        throw new IllegalStateException("skeleton");
    }

    /** How many bytes the body has; 0 when there is none. */
    public int bodyBytes() {
        throw new IllegalStateException("skeleton");
    }

    /** A read-only view of the body, empty when there is none. */
    public ByteBuffer body() {
        throw new IllegalStateException("skeleton");
    }

    /** A copy of the body as its own array. */
    public byte[] copyBody() {
        throw new IllegalStateException("skeleton");
    }

    /** The connection that it came by. */
    public Connection connection() {
        throw new IllegalStateException("skeleton");
    }

    /** Where to answer; may be kept after the call. Answering a one-way request does nothing. */
    public ReplyTo replyTo() {
        throw new IllegalStateException("skeleton");
    }

    /** Answers at once: the same as {@code replyTo().send(reply)}. */
    public void reply(Reply reply) {
        throw new IllegalStateException("skeleton");
    }
}
