package io.carillon.remoting;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Writes frames straight into a connection's output buffer, field by field, in either header encoding. One thread: the
 * connection's I/O thread. On a connection that is gone, frames are put together and dropped.
 *
 * <pre>{@code
 * writer.begin(replyTo, code, remark);
 * writer.ext("queueOffset", 17);
 * ByteBuffer body = writer.body(1024);   // optional; at most that much
 * body.put(...);
 * writer.end();
 * }</pre>
 */
public final class FrameWriter {
    /** Apache RocketMQ 5.5.0: clients derive from it what a broker can do. */
    static final int VERSION = 513;

    static final int FLAG_REQUEST = 0;
    static final int FLAG_RESPONSE = 1;
    static final int FLAG_ONE_WAY = 2;

    private static final byte LANGUAGE_JAVA = 0;
    private static final int PREFIX_BYTES = 8;
    private static final byte[] CODE = ascii("{\"code\":");
    private static final byte[] FIELDS = ascii(",\"extFields\":{");
    private static final byte[] FLAG = ascii("},\"flag\":");
    private static final byte[] OPAQUE = ascii(",\"language\":\"JAVA\",\"opaque\":");
    private static final byte[] REMARK = ascii(",\"remark\":\"");
    private static final byte[] TAIL = ascii(",\"serializeTypeCurrentRPC\":\"JSON\",\"version\":" + VERSION + "}");
    private static final byte[] VALUE = ascii("\":\"");
    private static final ByteBuffer NO_BODY = ByteBuffer.allocate(0);

    private final HeaderBytes header = new HeaderBytes();
    private final Connection connection;
    private final Outbox outbox;
    private final int frameBytesMax;

    private boolean isBegun;
    private boolean isBinary;
    private int opaque;
    private int flag;
    private @Nullable String remark;
    private @Nullable ReplyTo to;
    private boolean hasField;
    private int fieldsLengthAt;

    private @Nullable ByteBuf out;
    private ByteBuffer body = NO_BODY;

    FrameWriter(Connection connection, Outbox outbox, int frameBytesMax) {
        this.connection = connection;
        this.outbox = outbox;
        this.frameBytesMax = frameBytesMax;
    }

    /**
     * Starts an answer. The answer to a one-way request is put together and dropped.
     *
     * @throws IllegalStateException when the request was answered before
     */
    public void begin(ReplyTo to, int code, @Nullable String remark) {
        if (!to.claim()) {
            throw new IllegalStateException("request " + to.opaque() + " is answered twice");
        }
        begin(to.opaque(), to.isBinary(), code, remark);
        this.to = to;
    }

    /** Starts an answer to the request of this opaque number and header encoding, which must not be one-way. */
    public void begin(int opaque, boolean isBinary, int code, @Nullable String remark) {
        begin(opaque, isBinary, FLAG_RESPONSE, code, remark);
    }

    void begin(int opaque, boolean isBinary, int flag, int code, @Nullable String remark) {
        if (isBegun) {
            throw new IllegalStateException("the frame before was not ended");
        }
        isBegun = true;
        this.opaque = opaque;
        this.isBinary = isBinary;
        this.flag = flag;
        this.remark = remark;
        to = null;
        out = null;
        hasField = false;
        body = NO_BODY;
        header.clear();
        if (isBinary) {
            beginBinary(code);
        } else {
            header.put(CODE);
            header.putDecimal(code);
            header.put(FIELDS);
        }
    }

    private void beginBinary(int code) {
        header.putShort(code);
        header.put((char) LANGUAGE_JAVA);
        header.putShort(VERSION);
        header.putInt(opaque);
        header.putInt(flag);
        byte[] text = remark == null ? new byte[0] : remark.getBytes(UTF_8);
        header.putInt(text.length);
        header.put(text);
        fieldsLengthAt = header.length();
        header.putInt(0);
    }

    /** @param name plain ASCII without characters that JSON must escape */
    public void ext(String name, long value) {
        int lengthAt = beginField(name);
        header.putDecimal(value);
        endField(lengthAt);
    }

    /** @param name plain ASCII without characters that JSON must escape */
    public void ext(String name, String value) {
        int lengthAt = beginField(name);
        if (isBinary) {
            header.putUtf8(value);
        } else {
            header.putJson(value);
        }
        endField(lengthAt);
    }

    /**
     * @param name plain ASCII without characters that JSON must escape
     * @param value likewise, as bytes
     */
    public void extAscii(String name, byte[] value, int length) {
        int lengthAt = beginField(name);
        header.put(value, length);
        endField(lengthAt);
    }

    private int beginField(String name) {
        if (isBinary) {
            header.putShort(name.length());
            header.putAscii(name);
            header.putInt(0);
            return header.length() - 4;
        }
        if (hasField) {
            header.put(',');
        }
        hasField = true;
        header.put('"');
        header.putAscii(name);
        header.put(VALUE);
        return 0;
    }

    private void endField(int lengthAt) {
        if (isBinary) {
            header.setInt(lengthAt, header.length() - lengthAt - 4);
        } else {
            header.put('"');
        }
    }

    /**
     * Ends the header and makes room for a body. How much of it was filled is the returned buffer's position at {@link
     * #end}. The room is memory that is really taken: ask for about as much as will be used.
     *
     * @throws IllegalStateException when the frame could become longer than peers accept; it can still be abandoned
     */
    public ByteBuffer body(int bytesMax) {
        endHeader();
        ByteBuf chunk = place(bytesMax);
        body = chunk.nioBuffer(chunk.writerIndex() + PREFIX_BYTES + header.length(), bytesMax);
        return body;
    }

    /** Ends the frame and fills in its lengths. */
    public void end() {
        if (!isBegun) {
            throw new IllegalStateException("no frame was begun");
        }
        ByteBuf chunk = out;
        if (chunk == null) {
            endHeader();
            chunk = place(0);
        }
        isBegun = false;
        int length = PREFIX_BYTES - 4 + header.length() + body.position();
        chunk.setInt(chunk.writerIndex(), length);
        if (connection.isOpen() && (to == null || !to.isOneWay())) {
            chunk.writerIndex(chunk.writerIndex() + 4 + length);
            connection.frameWritten();
        } else {
            connection.frameDropped();
        }
        body = NO_BODY;
        settle();
    }

    private void settle() {
        if (to != null) {
            to.settle();
            to = null;
        }
    }

    /** Drops the frame that was begun and not ended; its request can then be answered otherwise. */
    public void abandon() {
        if (to != null) {
            to.release();
            to = null;
        }
        body = NO_BODY;
        isBegun = false;
        connection.frameDropped();
    }

    boolean isBegun() {
        return isBegun;
    }

    /** A whole frame at once. */
    void write(int opaque, int flag, int code, Reply content) {
        begin(opaque, false, flag, code, content.remark());
        fill(content);
    }

    /** A whole answer at once; one that no frame can hold becomes an answer that says so. */
    void answer(int opaque, boolean isBinary, Reply content) {
        begin(opaque, isBinary, content.code(), content.remark());
        try {
            fill(content);
        } catch (FrameTooLong fault) {
            abandon();
            answer(opaque, isBinary, Reply.of(ResponseCode.SYSTEM_ERROR, fault.getMessage()));
        }
    }

    private void fill(Reply content) {
        for (Map.Entry<String, String> field : content.ext().entrySet()) {
            ext(field.getKey(), field.getValue());
        }
        int length = content.payload().length();
        if (length > 0) {
            content.payload().writeTo(body(length));
        }
        end();
    }

    private void endHeader() {
        if (isBinary) {
            header.setInt(fieldsLengthAt, header.length() - fieldsLengthAt - 4);
            return;
        }
        header.put(FLAG);
        header.putDecimal(flag);
        header.put(OPAQUE);
        header.putDecimal(opaque);
        if (remark != null) {
            header.put(REMARK);
            header.putJson(remark);
            header.put('"');
        }
        header.put(TAIL);
    }

    /** Puts the header where the frame will stand; the chunk's writer index moves only when the frame has ended. */
    private ByteBuf place(int bodyBytes) {
        int headerLength = header.length();
        long bytes = (long) PREFIX_BYTES + headerLength + bodyBytes;
        if (bytes - 4 > frameBytesMax) {
            throw new FrameTooLong(bytes, frameBytesMax);
        }
        ByteBuf chunk = outbox.room((int) bytes);
        int at = chunk.writerIndex();
        int type = isBinary ? Header.TYPE_BINARY : Header.TYPE_JSON;
        chunk.setInt(at + 4, type << 24 | headerLength);
        chunk.setBytes(at + PREFIX_BYTES, header.array(), 0, headerLength);
        out = chunk;
        return chunk;
    }

    private static byte[] ascii(String text) {
        return text.getBytes(US_ASCII);
    }

    /** What was to be sent is longer than any peer would read. */
    static final class FrameTooLong extends IllegalStateException {
        private static final long serialVersionUID = 1L;

        FrameTooLong(long bytes, int bytesMax) {
            super("the answer has " + bytes + " bytes and a frame at most " + bytesMax);
        }
    }
}
