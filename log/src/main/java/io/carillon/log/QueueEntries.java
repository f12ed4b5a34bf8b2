package io.carillon.log;

/** Many entries of a consume queue, in the order of the queue. Reused; one thread. */
public final class QueueEntries {
    public final long[] logOffsets;
    public final int[] sizes;
    public final long[] tagsCodes;

    public QueueEntries(int capacity) {
        logOffsets = new long[capacity];
        sizes = new int[capacity];
        tagsCodes = new long[capacity];
    }

    public int capacity() {
        return logOffsets.length;
    }
}
