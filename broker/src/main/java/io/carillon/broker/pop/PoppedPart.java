package io.carillon.broker.pop;

import java.util.Arrays;

/** Messages of one queue that a consumer was handed. */
public final class PoppedPart {
    private final LiveQueue queue;
    private final long start;
    private long[] offsets = new long[8];
    private long[] logOffsets = new long[8];
    private int[] sizes = new int[8];
    private int[] tries = new int[8];
    private int count;
    private int bytes;
    private long end;

    PoppedPart(LiveQueue queue, long start) {
        this.queue = queue;
        this.start = start;
        end = start;
    }

    /** The offset after the last message that was looked at. */
    long end() {
        return end;
    }

    void end(long offset) {
        end = offset;
    }

    /** Whether anything was looked at, so that the group has moved on. */
    boolean isMoved() {
        return end > start;
    }

    LiveQueue live() {
        return queue;
    }

    /** Whether the queue is of the topic itself, or of which kind of topic for retries. */
    public RetryKind kind() {
        return queue.kind();
    }

    public int queue() {
        return queue.key().queue();
    }

    /** Where the group stood in the queue before: it belongs to the receipt. */
    public long start() {
        return start;
    }

    public int count() {
        return count;
    }

    /** How many bytes they have together, as they are stored. */
    public int bytes() {
        return bytes;
    }

    public long offset(int i) {
        return offsets[i];
    }

    /** How often the message was handed out before, when it was handed out in order. */
    public int tries(int i) {
        return tries[i];
    }

    void tries(int i, int value) {
        tries[i] = value;
    }

    long logOffset(int i) {
        return logOffsets[i];
    }

    public int size(int i) {
        return sizes[i];
    }

    void add(long offset, long logOffset, int size, int itsTries) {
        if (count == offsets.length) {
            offsets = Arrays.copyOf(offsets, 2 * count);
            logOffsets = Arrays.copyOf(logOffsets, 2 * count);
            sizes = Arrays.copyOf(sizes, 2 * count);
            tries = Arrays.copyOf(tries, 2 * count);
        }
        offsets[count] = offset;
        logOffsets[count] = logOffset;
        sizes[count] = size;
        tries[count++] = itsTries;
        bytes += size;
    }

    /** Takes out a message that is not there any more. */
    void removeAt(int i) {
        bytes -= sizes[i];
        int after = count - i - 1;
        System.arraycopy(offsets, i + 1, offsets, i, after);
        System.arraycopy(logOffsets, i + 1, logOffsets, i, after);
        System.arraycopy(sizes, i + 1, sizes, i, after);
        System.arraycopy(tries, i + 1, tries, i, after);
        count--;
    }
}
