package io.carillon.log;

/**
 * The index of one queue of one topic: for each queue offset the place, size and tag hash of a message. Any thread may
 * read; only the log's writer appends.
 */
public final class ConsumeQueue {
    private final String topic;
    private final int number;

    ConsumeQueue(String topic, int number) {
        this.topic = topic;
        this.number = number;
    }

    public String topic() {
        return topic;
    }

    public int number() {
        return number;
    }

    /** The offset of the oldest message that is still there; equal to {@link #offsetMax} when the queue is empty. */
    public long offsetMin() {
        throw new IllegalStateException("skeleton");
    }

    /** The offset after the last readable message: the offset that the next reader waits for. */
    public long offsetMax() {
        throw new IllegalStateException("skeleton");
    }

    /**
     * Reads the entry at an offset.
     *
     * @return false when {@code offset} is not in {@code [offsetMin, offsetMax)}; {@code into} is then undefined
     */
    public boolean read(long offset, QueueEntry into) {
        throw new IllegalStateException("skeleton");
    }
}
