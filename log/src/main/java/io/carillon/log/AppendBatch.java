package io.carillon.log;

import io.carillon.message.RecordScan;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Records on their way into the log. One thread fills it, {@link MessageLog#append} takes it whole, and its completion
 * tells when the outcome stands in it; then the same thread may {@link #clear} and fill it again.
 */
public final class AppendBatch {
    /** Told once per append, by whichever thread made the batch durable: it must only hand over. */
    @FunctionalInterface
    public interface Completion {
        void done(AppendBatch batch);
    }

    public AppendBatch(Completion completion) {}

    /** Makes room for one record at {@link #end} and returns the bytes to write it into. */
    public MemorySegment room(int bytes) {
        throw new IllegalStateException("skeleton");
    }

    /** Where the next record starts. */
    public int end() {
        throw new IllegalStateException("skeleton");
    }

    /**
     * Takes the record that was written at {@link #end}.
     *
     * @param scan the scan of that record's properties, still valid
     * @param isRetryable whether a record with the same unique id in the same topic is this one again (promise P3)
     */
    public void add(ConsumeQueue queue, int size, RecordScan scan, boolean isRetryable) {
        throw new IllegalStateException("skeleton");
    }

    public int count() {
        throw new IllegalStateException("skeleton");
    }

    public void clear() {
        throw new IllegalStateException("skeleton");
    }

    /** After completion: why nothing was stored, or null when all of it is. */
    public @Nullable Refusal refusal() {
        throw new IllegalStateException("skeleton");
    }

    /** After completion: where record {@code i} stands; for one that was stored before, where it stood then. */
    public long logOffset(int i) {
        throw new IllegalStateException("skeleton");
    }

    public long queueOffset(int i) {
        throw new IllegalStateException("skeleton");
    }

    /** After completion: the queue number; it differs from the asked one when the record was stored before. */
    public int queueNumber(int i) {
        throw new IllegalStateException("skeleton");
    }
}
