package io.carillon.log;

import io.carillon.base.Agent;
import io.carillon.base.Counters;
import io.carillon.base.Storage;
import io.carillon.base.Ticker;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * FACE: the log of a broker group. Everything that is stored goes through {@link #append} and {@link #appendMetadata};
 * everything that is read comes from {@link ConsumeQueue} and {@link #copy}. Any thread may call.
 */
public final class MessageLog implements AutoCloseable {
    private MessageLog() {}

    /**
     * Opens the log of a data folder and recovers it: cuts the torn tail at the last whole entry, rebuilds what the
     * checkpoint does not cover, and restores and replays the listener's state.
     *
     * @throws io.carillon.base.CarillonException.Corrupt when an entry before the end is damaged: names file and offset
     */
    public static MessageLog open(
            LogConfig config, Storage storage, Ticker ticker, LogListener listener, Counters counters) {
        throw new IllegalStateException("skeleton");
    }

    /** The agents that must run for as long as the log is open: the flusher first. */
    public List<Agent> agents() {
        throw new IllegalStateException("skeleton");
    }

    /**
     * Appends a batch; the calling thread may write to the disk, but never waits for a force. The batch's completion is
     * run when its records are durable as the flush mode says, maybe before this method returns.
     */
    public void append(AppendBatch batch) {
        throw new IllegalStateException("skeleton");
    }

    /** Told once: null when the entry is durable and {@link LogListener#onMetadata} has returned for it. */
    @FunctionalInterface
    public interface MetadataCompletion {
        void done(@Nullable Refusal refusal);
    }

    /** Appends a change to the replicated state. */
    public void appendMetadata(byte[] entry, MetadataCompletion completion) {
        throw new IllegalStateException("skeleton");
    }

    /** The queue of this topic and number; made empty when there is none. */
    public ConsumeQueue queue(String topic, int number) {
        throw new IllegalStateException("skeleton");
    }

    /** The queue of this topic and number, or null when nothing was ever stored in it or asked of it. */
    public @Nullable ConsumeQueue existingQueue(String topic, int number) {
        throw new IllegalStateException("skeleton");
    }

    /** Forgets all queues of a topic; called by the listener when it applies the topic's deletion. */
    public void dropTopic(String topic) {
        throw new IllegalStateException("skeleton");
    }

    /**
     * Copies the bytes of a stored record.
     *
     * @return false when they are gone, because retention removed them meanwhile
     */
    public boolean copy(long logOffset, int size, ByteBuffer into) {
        throw new IllegalStateException("skeleton");
    }

    /** A copy of the record that starts at this offset, or null when no record starts there (any offset is safe). */
    public @Nullable MemorySegment record(long logOffset) {
        throw new IllegalStateException("skeleton");
    }

    /** Whether reading here would surely or likely wait for the disk. */
    public boolean isCold(long logOffset) {
        throw new IllegalStateException("skeleton");
    }

    /** The smallest log offset that is still there. */
    public long offsetMin() {
        throw new IllegalStateException("skeleton");
    }

    /** The log offset after the last readable entry. */
    public long offsetMax() {
        throw new IllegalStateException("skeleton");
    }

    /** The log offset up to which the disk surely holds everything. */
    public long forcedOffset() {
        throw new IllegalStateException("skeleton");
    }

    /** Why sends are refused at this moment, or null. */
    public @Nullable Refusal state() {
        throw new IllegalStateException("skeleton");
    }

    /** When the message at this queue offset was stored, in epoch ms; -1 when there is none. */
    public long storeTimestamp(ConsumeQueue queue, long queueOffset) {
        throw new IllegalStateException("skeleton");
    }

    /** When the oldest message of the whole log was stored, in epoch ms; -1 when there is none. */
    public long storeTimestampMin() {
        throw new IllegalStateException("skeleton");
    }

    /** The first queue offset whose message was stored at or after this time; the queue's maximum when there is none. */
    public long offsetAtOrAfter(ConsumeQueue queue, long timestampMs) {
        throw new IllegalStateException("skeleton");
    }

    /** The last queue offset whose message was stored at or before this time; the queue's minimum when there is none. */
    public long offsetAtOrBefore(ConsumeQueue queue, long timestampMs) {
        throw new IllegalStateException("skeleton");
    }

    /**
     * Copies of the messages of a topic that bear this key, newest first.
     *
     * @param isUnique whether {@code key} is a client's unique id rather than one of the message's keys
     */
    public List<MemorySegment> findByKey(
            String topic, String key, boolean isUnique, long fromMs, long toMs, int countMax) {
        throw new IllegalStateException("skeleton");
    }

    /** Bytes that the log's files take on disk. */
    public long diskBytes() {
        throw new IllegalStateException("skeleton");
    }

    /** Forces everything, writes a checkpoint and closes. What is appended later is refused as closed. */
    @Override
    public void close() {
        throw new IllegalStateException("skeleton");
    }
}
