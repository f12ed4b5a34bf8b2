package io.carillon.remoting;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import org.jspecify.annotations.Nullable;

/**
 * The bytes on their way to one peer: frames gather in a chunk, full chunks are handed to the channel, and a flush
 * sends all of them with one system call. Only on the connection's I/O thread.
 */
final class Outbox {
    /** A chunk this full is handed over rather than filled further. */
    private static final int CHUNK_BYTES_MAX = 256 << 10;

    private static final int CHUNK_BYTES_MIN = 2 << 10;

    private final Channel channel;
    private final Traffic traffic;
    private final Runnable onTaken;
    private @Nullable ByteBuf chunk;
    private int chunkBytes = CHUNK_BYTES_MIN;
    private boolean hasUnflushed;
    private long unsentBytes;
    private boolean isFlushing;

    /** @param onTaken told when the peer took bytes later than during a flush */
    Outbox(Channel channel, Traffic traffic, Runnable onTaken) {
        this.channel = channel;
        this.traffic = traffic;
        this.onTaken = onTaken;
    }

    /** The chunk to write the next frame to, with room for this many bytes. */
    ByteBuf room(int bytes) {
        ByteBuf current = chunk;
        if (current != null && current.writableBytes() >= bytes) {
            return current;
        }
        if (current != null) {
            handOver(current);
            chunkBytes = Math.min(CHUNK_BYTES_MAX, 2 * chunkBytes);
        }
        current = channel.alloc().directBuffer(Math.max(chunkBytes, bytes));
        chunk = current;
        return current;
    }

    /** Bytes that were handed to the channel and that the peer has not taken. */
    long unsentBytes() {
        return unsentBytes;
    }

    /** To be called after each frame. */
    void frameEnded() {
        if (chunk != null && chunk.readableBytes() >= CHUNK_BYTES_MAX) {
            handOver(chunk);
        }
    }

    boolean isEmpty() {
        return chunk == null && !hasUnflushed && unsentBytes == 0;
    }

    boolean hasUnflushed() {
        return chunk != null || hasUnflushed;
    }

    void flush() {
        if (chunk != null) {
            shrinkIfBarelyUsed(chunk);
            handOver(chunk);
        }
        if (hasUnflushed) {
            hasUnflushed = false;
            traffic.flushes.increment();
            isFlushing = true;
            channel.flush();
            isFlushing = false;
        }
    }

    void release() {
        if (chunk != null) {
            chunk.release();
            chunk = null;
        }
    }

    private void shrinkIfBarelyUsed(ByteBuf last) {
        if (last.readableBytes() < chunkBytes / 8) {
            chunkBytes = Math.max(CHUNK_BYTES_MIN, chunkBytes / 2);
        }
    }

    private void handOver(ByteBuf full) {
        chunk = null;
        if (!full.isReadable()) {
            full.release();
            return;
        }
        int bytes = full.capacity();
        unsentBytes += bytes;
        hasUnflushed = true;
        traffic.bytesOut.add(full.readableBytes());
        channel.write(full).addListener(_ -> taken(bytes));
    }

    private void taken(int bytes) {
        unsentBytes -= bytes;
        if (!isFlushing) {
            onTaken.run();
        }
    }
}
