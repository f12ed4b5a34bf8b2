package io.carillon.log;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Lets committed entries take effect on a replica: puts them into the indexes, makes them readable and applies what they
 * change. Indexes have only what is committed, so that a tail can be cut off without touching them.
 */
final class Applier {
    private final Indexes indexes;
    private final Publisher publisher;
    private final EntryIndexer indexer;
    private final long memoryMax;
    private final ReentrantLock storing = new ReentrantLock();
    private final Condition stored = storing.newCondition();

    private @Nullable ConsumeQueue runQueue;
    private long runFrom;
    private long runTo;

    private volatile LogEnd applied;
    /** The last entry that the restored state had already; the index may be behind it. */
    private final long stateIndex;

    private volatile long unstoredBytes;
    private volatile boolean isWaiting;
    private volatile boolean isClosed;

    Applier(Indexes indexes, Publisher publisher, LogConfig config, LogEnd applied, long stateIndex) {
        this.indexes = indexes;
        this.publisher = publisher;
        this.indexer = new EntryIndexer(indexes);
        this.memoryMax = 2 * config.indexMemory().bytes();
        this.applied = applied;
        this.stateIndex = stateIndex;
    }

    long appliedIndex() {
        return applied.nextIndex() - 1;
    }

    /** The place in the log after the last entry that took effect. */
    LogEnd applied() {
        return applied;
    }

    long unstoredBytes() {
        return unstoredBytes;
    }

    boolean isWaiting() {
        return isWaiting;
    }

    /**
     * Applies the entry that stands here. One thread at a time; waits while too much is not stored yet.
     *
     * @param onFault run when it took effect in part, before anybody could make a checkpoint of that
     */
    void apply(Segment segment, long at, Runnable onFault) {
        awaitStored();
        publisher.exclusively(() -> {
            try {
                applyNow(segment, at);
                unstoredBytes = indexes.unstoredBytes();
            } catch (RuntimeException | Error fault) {
                onFault.run();
                throw fault;
            }
        });
    }

    private void applyNow(Segment segment, long at) {
        MemorySegment bytes = segment.bytes();
        byte type = Entry.type(bytes, at);
        long length = Entry.length(bytes, at);
        long index = Entry.index(bytes, at);
        long end = Entry.padded(segment.base() + at + length);
        long commandAt = at + Entry.HEADER_BYTES;
        publisher.readableTo(end);
        if (type != Entry.MARK && type != Entry.CONFIGURATION) {
            commandAt = indexer.index(segment, at, true, true, this::indexed);
            endRun();
            if (commandAt < at + length) {
                ByteBuffer command = bytes.asSlice(commandAt, at + length - commandAt)
                        .asByteBuffer()
                        .asReadOnlyBuffer();
                publisher.apply(index, command, index > stateIndex);
            }
        }
        applied = new LogEnd(end, index + 1, Entry.term(bytes, at), Entry.timestampMs(bytes, at));
    }

    /** Records of one queue side by side are published with one call. */
    private void indexed(ConsumeQueue queue, long queueOffset) {
        if (queue != runQueue || queueOffset != runTo) {
            endRun();
            runQueue = queue;
            runFrom = queueOffset;
        }
        runTo = queueOffset + 1;
    }

    private void endRun() {
        ConsumeQueue queue = runQueue;
        if (queue != null) {
            runQueue = null;
            publisher.publish(queue, runFrom, runTo);
        }
    }

    private void awaitStored() {
        if (unstoredBytes < memoryMax) {
            return;
        }
        storing.lock();
        try {
            isWaiting = true;
            while (unstoredBytes >= memoryMax && !isClosed) {
                stored.awaitUninterruptibly();
            }
        } finally {
            isWaiting = false;
            storing.unlock();
        }
    }

    /** A checkpoint was stored. Any thread. */
    void checkpointStored() {
        publisher.exclusively(() -> unstoredBytes = indexes.unstoredBytes());
        wake();
    }

    /** Waits for no checkpoint any more: none will come. Any thread. */
    void close() {
        isClosed = true;
        wake();
    }

    private void wake() {
        storing.lock();
        try {
            stored.signalAll();
        } finally {
            storing.unlock();
        }
    }
}
