package io.carillon.remoting;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Writes frames straight into a connection's output buffer, field by field, in either header encoding. One thread.
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
    FrameWriter() {}

    /** Starts an answer. */
    public void begin(ReplyTo to, int code, @Nullable String remark) {
        begin(to.opaque(), to.isBinary(), code, remark);
    }

    /** Starts an answer to the request of this opaque number and header encoding. */
    public void begin(int opaque, boolean isBinary, int code, @Nullable String remark) {
        throw new IllegalStateException("skeleton");
    }

    /** @param name plain ASCII without characters that JSON must escape */
    public void ext(String name, long value) {
        throw new IllegalStateException("skeleton");
    }

    /** @param name plain ASCII without characters that JSON must escape */
    public void ext(String name, String value) {
        throw new IllegalStateException("skeleton");
    }

    /**
     * @param name plain ASCII without characters that JSON must escape
     * @param value likewise, as bytes
     */
    public void extAscii(String name, byte[] value, int length) {
        throw new IllegalStateException("skeleton");
    }

    /**
     * Ends the header and makes room for a body. How much of it was filled is the returned buffer's position at {@link
     * #end}.
     */
    public ByteBuffer body(int bytesMax) {
        throw new IllegalStateException("skeleton");
    }

    /** Ends the frame and fills in its lengths. */
    public void end() {
        throw new IllegalStateException("skeleton");
    }

    /** Drops the frame that was begun and not ended. */
    public void abandon() {
        throw new IllegalStateException("skeleton");
    }
}
