package io.carillon.log;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Makes what is durable visible, in log order: messages become readable, metadata is applied, whoever waits is told.
 * One thread at a time: the writer with async flush, the flusher with sync flush.
 */
final class Publisher {
    private static final Logger LOG = System.getLogger(Publisher.class.getName());

    private final QueueIndex queues;
    private final LogListener listener;
    private final LightQueues lightQueues;
    /** Keeps a snapshot from being taken in the middle of an entry. */
    private final ReentrantLock applying = new ReentrantLock();

    private long appliedIndex;
    private volatile long readableOffset;

    Publisher(QueueIndex queues, LogListener listener) {
        this.queues = queues;
        this.listener = listener;
        this.lightQueues = new LightQueues(queues, listener);
    }

    /** Starts at this place: everything before it was recovered. */
    void startAt(long offset, long metadataIndex) {
        readableOffset = offset;
        appliedIndex = metadataIndex;
    }

    /** The log offset after the last readable entry. Any thread. */
    long readableOffset() {
        return readableOffset;
    }

    void publish(WriteGroup group) {
        applying.lock();
        try {
            readableOffset = Math.max(readableOffset, group.end());
            for (Append part : group.parts()) {
                if (part instanceof MetadataAppend metadata) {
                    apply(metadata.index(), metadata.entry());
                } else if (part instanceof AppendBatch batch) {
                    publish(batch);
                    byte[] command = batch.command();
                    if (command != null && batch.isCommandStored()) {
                        apply(batch.commandIndex(), command);
                    }
                }
            }
        } finally {
            applying.unlock();
        }
        tell(group, null);
    }

    private void apply(long index, byte[] change) {
        apply(index, ByteBuffer.wrap(change).asReadOnlyBuffer(), true);
    }

    /**
     * Applies a change; what the state knows already only to the queues. Only within {@link #exclusively}, as are the two
     * methods below.
     */
    void apply(long index, ByteBuffer change, boolean isNewToState) {
        if (isNewToState) {
            listener.onMetadata(index, change.duplicate());
            appliedIndex = index;
        }
        queues.forget(listener.deletedTopic(change));
    }

    /** Makes these messages of a queue readable; they are indexed. */
    void publish(ConsumeQueue queue, long from, long to) {
        queues.publish(queue, to);
        listener.onReadable(queue, from, to);
    }

    void readableTo(long logOffset) {
        readableOffset = logOffset;
    }

    /** Runs between two entries: while no other one takes effect, and no snapshot is taken. */
    void exclusively(Runnable work) {
        applying.lock();
        try {
            work.run();
        } finally {
            applying.unlock();
        }
    }

    /** Publishes each run of records of one queue with one call. */
    private void publish(AppendBatch batch) {
        int i = 0;
        while (i < batch.count()) {
            if (!batch.isStored(i)) {
                i++;
                continue;
            }
            int last = i;
            ConsumeQueue queue = batch.queue(i);
            while (last + 1 < batch.count() && batch.queue(last + 1) == queue && batch.isStored(last + 1)) {
                last++;
            }
            long to = batch.queueOffset(last) + 1;
            publish(queue, batch.queueOffset(i), to);
            publishLight(batch, i, last);
            i = last + 1;
        }
    }

    private void publishLight(AppendBatch batch, int first, int last) {
        for (int i = first; i <= last; i++) {
            if (batch.isLight(i)) {
                lightQueues.publish(batch, i);
            }
        }
    }

    /** Tells everybody in the group; what one of them throws does not keep the others from hearing. */
    void tell(WriteGroup group, @Nullable Refusal refusal) {
        for (Append part : group.parts()) {
            try {
                part.complete(refusal);
            } catch (RuntimeException e) {
                LOG.log(Level.ERROR, "a completion failed; its sender gets no answer", e);
            }
        }
    }

    /**
     * The state at this moment with the index of the last entry in it. Any thread.
     *
     * @param also run at the same moment: between two entries
     */
    Snapshot snapshot(Runnable also) {
        applying.lock();
        try {
            also.run();
            return new Snapshot(appliedIndex, readableOffset, listener.snapshot());
        } finally {
            applying.unlock();
        }
    }

    /**
     * @param index the last entry that the state contains
     * @param readableOffset the log offset before which that entry stands
     */
    record Snapshot(long index, long readableOffset, ByteBuffer state) {}
}
