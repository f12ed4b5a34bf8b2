package io.carillon.log;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * PORT: what the owner of the log is told. All methods but {@link #snapshot} are called in the order of the log, by one
 * thread at a time, and must be quick: they run on the log's own path.
 */
public interface LogListener {
    /**
     * Messages {@code [from, to)} of this queue became readable: durable as the flush mode says. The queue may be one of
     * the {@link DueQueues}. Not called during recovery.
     */
    void onReadable(ConsumeQueue queue, long from, long to);

    /**
     * A metadata entry became durable, or is replayed by recovery (each at least once after the restored snapshot, in
     * order). So is a change that went with messages ({@link AppendBatch#command}): these are readable by then. The
     * bytes are valid during the call.
     *
     * @param index the entry's place in the log
     */
    void onMetadata(long index, ByteBuffer entry);

    /**
     * The topic that this metadata entry deletes, or null when it deletes none: the log then forgets the topic's queues,
     * after {@link #onMetadata} and also where recovery replays the entry for the indexes alone. Depends on nothing but
     * the entry. Any thread: also asked before the entry is written.
     */
    default @Nullable String deletedTopic(ByteBuffer entry) {
        return null;
    }

    /**
     * Whether there is a topic of this name by what {@link #onMetadata} was told so far: a message goes to no light queue
     * whose topic is gone. Any thread.
     */
    default boolean hasTopic(String name) {
        return true;
    }

    /**
     * The place that comes next in an hour whose queue of the {@link DueQueues} is made: not 0 when the hour had one that
     * was forgotten. Any thread.
     */
    default long dueQueueStart(int hour) {
        return 0;
    }

    /** Start over from these bytes, which an earlier {@link #snapshot} returned. Called before anything else, at most once. */
    void restore(ByteBuffer snapshot);

    /** The state that all metadata entries up to now have made. Never runs at the same time as {@link #onMetadata}. */
    ByteBuffer snapshot();
}
