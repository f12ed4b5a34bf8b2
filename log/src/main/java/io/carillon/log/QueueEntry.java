package io.carillon.log;

/** One entry of a consume queue: where a message stands and what its tag is. Reused; one thread. */
public final class QueueEntry {
    public long logOffset;
    public int size;
    public long tagsCode;
}
