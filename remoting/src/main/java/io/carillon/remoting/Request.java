package io.carillon.remoting;

import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;
import java.util.Objects;
import javax.crypto.Mac;
import org.jspecify.annotations.Nullable;

/**
 * A request as it stands in the receive buffer: header fields are found and decoded on demand, nothing is copied.
 * Reused for the next frame, so valid only during {@link Handler#handle}.
 */
public final class Request {
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0).asReadOnlyBuffer();

    private final Header header = new Header();
    private @Nullable Connection connection;
    private ByteBuffer frames = NOTHING;
    private int bodyAt;
    private int bodyBytes;
    private int frameBytes;
    private int headerBytes;
    private boolean isAnswered;
    private @Nullable ReplyTo replyTo;

    Request() {}

    /**
     * Takes the frame whose header word stands at {@code at}.
     *
     * @throws MalformedFrame when it is none
     */
    void take(Connection from, ByteBuffer bytes, int at, int length, int headerBytesMax) {
        connection = from;
        replyTo = null;
        isAnswered = false;
        int word = bytes.getInt(at);
        int headerLength = word & 0xFF_FFFF;
        if (headerLength > length - 4 || headerLength > headerBytesMax) {
            throw new MalformedFrame("header of " + headerLength + " bytes in a frame of " + length + " where at most "
                    + headerBytesMax + " are taken");
        }
        frames = bytes;
        bodyAt = at + 4 + headerLength;
        bodyBytes = length - 4 - headerLength;
        frameBytes = length + 4;
        headerBytes = headerLength;
        header.parse(bytes, at + 4, word >>> 24, headerLength);
    }

    /** Forgets the frame, so that what is kept of it fails at once and not now and then. */
    void drop() {
        frames = NOTHING;
        connection = null;
        replyTo = null;
    }

    /** Appends the frame as it came, its length included; there must be room. */
    void copyFrame(ByteBuf to) {
        to.writeBytes(frames.slice(bodyAt + bodyBytes - frameBytes, frameBytes));
    }

    boolean isResponse() {
        return header.isResponse();
    }

    Response toResponse() {
        return new Response(header.code, header.remark(), header.toMap(), copyBody());
    }

    /** The request code; POP codes that a binary header cut to 16 bits are already restored. */
    public int code() {
        return header.code;
    }

    public int opaque() {
        return header.opaque;
    }

    /** Whether the header has the binary encoding, in which the answer must then be. */
    public boolean isBinary() {
        return header.isBinary();
    }

    /** The ordinal of the sender's version. */
    public int version() {
        return header.version;
    }

    /** The sender's language by its protocol name, such as {@code JAVA}; {@code OTHER} when it is unknown. */
    public String language() {
        return header.language();
    }

    /** Whether no answer may be sent. */
    public boolean isOneWay() {
        return header.isOneWay();
    }

    public @Nullable String remark() {
        return header.remark();
    }

    /** A header field's value, decoded; null when it is absent. */
    public @Nullable String ext(String name) {
        int field = header.find(name);
        return field < 0 ? null : header.value(field);
    }

    /**
     * A header field that must be there.
     *
     * @throws BadRequest when it is absent; the dispatcher answers with code 1 and says which field
     */
    public String required(String name) {
        return header.value(present(name));
    }

    /** @throws BadRequest when it is absent or no whole number */
    public int requiredInt(String name) {
        return intOf(name, present(name));
    }

    /** @throws BadRequest when it is absent or no whole number */
    public long requiredLong(String name) {
        return longOf(name, present(name));
    }

    /** @throws BadRequest when it is there and no whole number */
    public int intOr(String name, int otherwise) {
        int field = header.find(name);
        return field < 0 ? otherwise : intOf(name, field);
    }

    /** @throws BadRequest when it is there and no whole number */
    public long longOr(String name, long otherwise) {
        int field = header.find(name);
        return field < 0 ? otherwise : longOf(name, field);
    }

    /** True for {@code true} in any case, false for any other value. */
    public boolean booleanOr(String name, boolean otherwise) {
        int field = header.find(name);
        return field < 0 ? otherwise : header.isTrue(field);
    }

    private int present(String name) {
        int field = header.find(name);
        if (field < 0) {
            throw new BadRequest("header field " + name + " is missing");
        }
        return field;
    }

    private long longOf(String name, int field) {
        long number = header.number(field);
        if (number == WholeNumber.NONE) {
            throw new BadRequest("header field " + name + " is no whole number");
        }
        return number;
    }

    private int intOf(String name, int field) {
        long number = longOf(name, field);
        if (number != (int) number) {
            throw new BadRequest("header field " + name + " is too large");
        }
        return (int) number;
    }

    /**
     * Copies a field's value as UTF-8, with JSON escapes resolved, without making a string.
     *
     * @return how many bytes it has, -1 when it is absent, or a number greater than {@code into.length} (nothing
     *     usable is then in {@code into}) when it does not fit
     */
    public int copyExt(String name, byte[] into) {
        return copyExt(name, into, 0);
    }

    /** Like {@link #copyExt(String, byte[])}, to {@code at} in the array; it must have as much room behind that. */
    public int copyExt(String name, byte[] into, int at) {
        int field = header.find(name);
        if (field < 0) {
            return -1;
        }
        int length = header.valueLength(field);
        if (length <= into.length - at) {
            header.copyValue(field, into, at);
        }
        return length;
    }

    /** How many header fields there are, doubles included. */
    public int extCount() {
        return header.count();
    }

    /**
     * Feeds what signing clients sign to a MAC, without making a string: the values of all header fields, as they were
     * received and in the order of their names, and the body.
     *
     * @param except a field that is left out
     * @param alsoExcept another one, or null
     */
    public void feed(Mac mac, String except, @Nullable String alsoExcept) {
        header.feed(mac, except, alsoExcept);
        if (bodyBytes > 0) {
            mac.update(frames.slice(bodyAt, bodyBytes));
        }
    }

    /** How many bytes the body has; 0 when there is none. */
    public int bodyBytes() {
        return bodyBytes;
    }

    int headerBytes() {
        return headerBytes;
    }

    /** How many bytes the whole request took on the wire: what {@link Connection#deferred} counts. */
    public int frameBytes() {
        return frameBytes;
    }

    /** A read-only view of the body, empty when there is none. */
    public ByteBuffer body() {
        return bodyBytes == 0 ? NOTHING : frames.slice(bodyAt, bodyBytes);
    }

    /** A copy of the body as its own array. */
    public byte[] copyBody() {
        byte[] copy = new byte[bodyBytes];
        frames.get(bodyAt, copy);
        return copy;
    }

    /** The connection that it came by. */
    public Connection connection() {
        return Objects.requireNonNull(connection, "a request was used after its handler returned");
    }

    /** Where to answer; may be kept after the call. Answering a one-way request does nothing. */
    public ReplyTo replyTo() {
        ReplyTo to = replyTo;
        if (to == null) {
            int deferredBytes = isOneWay() ? 0 : frameBytes;
            to = new ReplyTo(connection(), opaque(), isBinary(), isOneWay(), deferredBytes);
            connection().deferred(deferredBytes);
            if (isAnswered) {
                to.claim();
            }
            replyTo = to;
        }
        return to;
    }

    /** Answers at once: the same as {@code replyTo().send(reply)}. */
    public void reply(Reply reply) {
        if (replyTo != null || connection().writer().isBegun()) {
            replyTo().send(reply);
        } else if (!isAnswered && !isOneWay()) {
            isAnswered = true;
            connection().writer().answer(opaque(), isBinary(), reply);
        }
    }

    /** Answers unless it was answered; drops what the handler may have left half written. */
    void refuse(int code, @Nullable String remark) {
        connection().abandonFrame();
        reply(Reply.of(code, remark));
    }
}
