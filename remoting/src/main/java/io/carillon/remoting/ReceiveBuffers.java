package io.carillon.remoting;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.DefaultMaxMessagesRecvByteBufAllocator;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.util.concurrent.FastThreadLocal;

/**
 * One receive buffer per I/O thread, used for every read on it: what is received is served, or copied if it is cut,
 * before the next read, so idle connections hold no memory and a busy one reads into the cache's own lines. Should
 * somebody keep a buffer, its thread gets another.
 */
final class ReceiveBuffers extends DefaultMaxMessagesRecvByteBufAllocator {
    private static final int BYTES = 128 << 10;
    /** Bounds a read batch, and so how long the first answer of it waits. */
    private static final int READS_PER_BATCH = 4;

    private final FastThreadLocal<ByteBuf> buffers = new FastThreadLocal<>() {
        @Override
        protected void onRemoval(ByteBuf buffer) {
            buffer.release();
        }
    };

    ReceiveBuffers() {
        super(READS_PER_BATCH);
    }

    @Override
    @SuppressWarnings("deprecation") // the type that this method must answer is itself marked so
    public RecvByteBufAllocator.Handle newHandle() {
        return new Reads();
    }

    private ByteBuf buffer(ByteBufAllocator allocator) {
        ByteBuf buffer = buffers.getIfExists();
        if (buffer != null && buffer.refCnt() == 1) {
            return buffer.clear();
        }
        if (buffer != null) {
            buffer.release();
        }
        ByteBuf fresh = allocator.directBuffer(BYTES, BYTES);
        buffers.set(fresh);
        return fresh;
    }

    private final class Reads extends MaxMessageHandle {
        @Override
        public ByteBuf allocate(ByteBufAllocator allocator) {
            return buffer(allocator).retain();
        }

        @Override
        public int guess() {
            return BYTES;
        }
    }
}
