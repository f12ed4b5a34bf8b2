package io.carillon.remoting;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Cuts a stream of bytes into frames. Whole frames are handed on where they stand in the received chunk; only a frame
 * that is cut by a chunk's end is copied, into memory that grows with what really came, so a large frame costs its
 * bytes once or twice and a promise of one costs nothing. One thread.
 *
 * <pre>
 * int32 length of the rest, int8 header encoding, int24 header length, header, body
 * </pre>
 */
final class FrameReader {
    private static final int LENGTH_BYTES = 4;
    private static final int HELD_BYTES_MIN = 4 << 10;

    /** Takes frames as they are found. */
    interface Sink {
        /**
         * @param bytes read-only, valid only during the call
         * @param at where the frame's header word stands
         * @param length how many bytes the frame has from there on
         * @return whether the next frame is wanted now; otherwise it is held until {@link FrameReader#readHeld}
         */
        boolean frame(ByteBuffer bytes, int at, int length);

        /** Asked when the length of a frame is known, and within the reader's limit: whether this peer may send it. */
        default boolean admits(int length) {
            return true;
        }
    }

    private final ByteBufAllocator allocator;
    private final int frameBytesMax;
    private final Sink sink;
    private @Nullable ByteBuf held;
    private boolean isWanted = true;
    private boolean hasReadAny;

    FrameReader(ByteBufAllocator allocator, int frameBytesMax, Sink sink) {
        this.allocator = allocator;
        this.frameBytesMax = frameBytesMax;
        this.sink = sink;
    }

    /**
     * Takes a chunk as it came; the caller keeps and releases it.
     *
     * @throws MalformedFrame when a length is out of range; nothing may be read after it
     */
    void read(ByteBuf chunk) {
        while (held != null && isWanted && chunk.isReadable()) {
            fill(held, chunk);
            readHeld();
        }
        if (held == null && isWanted) {
            dispatch(chunk);
        }
        if (chunk.isReadable()) {
            hold(chunk);
        }
    }

    /** Goes on with the frames that were held because they were not wanted. */
    void readHeld() {
        isWanted = true;
        if (held == null) {
            return;
        }
        dispatch(held);
        if (!held.isReadable()) {
            release();
        }
    }

    /** Whether a frame, or several that are not wanted yet, wait for more. */
    boolean holdsAny() {
        return held != null;
    }

    /** Whether whole frames may wait until they are wanted. */
    boolean isHolding() {
        return !isWanted;
    }

    /** Bytes of memory that unfinished or unwanted frames occupy. */
    int heldBytes() {
        return held == null ? 0 : held.capacity();
    }

    void release() {
        if (held != null) {
            held.release();
            held = null;
        }
    }

    private void dispatch(ByteBuf from) {
        int start = from.readerIndex();
        ByteBuffer bytes = from.nioBuffer(start, from.readableBytes()).asReadOnlyBuffer();
        int limit = bytes.limit();
        int at = 0;
        try {
            while (isWanted && limit - at >= LENGTH_BYTES) {
                int length = checked(bytes.getInt(at));
                if (length > limit - at - LENGTH_BYTES) {
                    break;
                }
                int frameAt = at + LENGTH_BYTES;
                at = frameAt + length;
                isWanted = sink.frame(bytes, frameAt, length);
            }
        } finally {
            from.readerIndex(start + at);
        }
    }

    private int checked(int length) {
        if (length < LENGTH_BYTES || length > frameBytesMax) {
            throw new MalformedFrame(hasReadAny ? outOfRange(length) : foreign(length));
        }
        if (!sink.admits(length)) {
            throw new MalformedFrame("frame length " + length + " from a peer that has not shown who it is");
        }
        hasReadAny = true;
        return length;
    }

    private String outOfRange(int length) {
        return "frame length " + Integer.toUnsignedString(length) + " is not from 4 to the limit of " + frameBytesMax;
    }

    /** What other protocols begin with would be a giant frame to us: name them, for whoever reads the log. */
    private String foreign(int first) {
        if (first >>> 24 == 0x16) {
            return "TLS is not spoken on this port";
        }
        if (first == 0x50524F58 || first == 0x0D0A0D0A) { // "PROX" of version 1, the signature of version 2
            return "a PROXY protocol header is not understood here: name the proxy's address in remoting.trusted-proxies";
        }
        return outOfRange(first);
    }

    /** Moves bytes over until the held frame is whole, or its length is known, or the chunk is used up. */
    private void fill(ByteBuf to, ByteBuf chunk) {
        int have = to.readableBytes();
        int wanted = LENGTH_BYTES - have;
        if (wanted <= 0) {
            wanted = LENGTH_BYTES + checked(to.getInt(to.readerIndex())) - have;
        }
        int count = Math.min(wanted, chunk.readableBytes());
        if (count > 0) {
            makeRoom(to, count, wanted);
            to.writeBytes(chunk, count);
        }
    }

    private void hold(ByteBuf chunk) {
        int count = chunk.readableBytes();
        if (held == null) {
            held = allocator.directBuffer(Math.max(HELD_BYTES_MIN, count), Integer.MAX_VALUE);
        }
        makeRoom(held, count, count);
        held.writeBytes(chunk, count);
    }

    /** At least doubles what it must enlarge, but never beyond what is known to come. */
    private static void makeRoom(ByteBuf in, int count, int expected) {
        if (in.writableBytes() >= count) {
            return;
        }
        in.discardReadBytes();
        if (in.writableBytes() < count) {
            int used = in.writerIndex();
            in.capacity(Math.max(used + count, Math.min(2 * in.capacity(), used + expected)));
        }
    }
}
