package io.carillon.broker.retry;

import io.carillon.broker.metadata.TopicState;
import io.carillon.log.AppendBatch;
import java.lang.foreign.MemorySegment;

/** Copies of messages that were popped and not settled, on their way back into the log together. Filled by one thread. */
public final class PopCopy {
    private final RetryCopy copy;

    /** @param stored told once */
    public PopCopy(AppendBatch.Completion stored) {
        copy = new RetryCopy(stored);
    }

    public AppendBatch batch() {
        return copy.batch();
    }

    public void clear() {
        copy.clear();
    }

    /**
     * Adds a copy for this topic, tried once more.
     *
     * @param origin the topic that it came from at first, empty when that is the record's own
     * @param poppedMs when it was popped, unless it says so itself
     * @throws IllegalArgumentException when it is larger than a record can be
     */
    public void add(MemorySegment record, TopicState topic, String origin, byte[] storeHost, long poppedMs) {
        copy.addPopped(record, topic, origin, storeHost, poppedMs);
    }

    /**
     * Adds a copy for this topic of what nobody got to see, tried as often as before.
     *
     * @throws IllegalArgumentException when it is larger than a record can be
     */
    public void addUntried(MemorySegment record, TopicState topic, byte[] storeHost) {
        copy.addUntried(record, topic, storeHost);
    }
}
