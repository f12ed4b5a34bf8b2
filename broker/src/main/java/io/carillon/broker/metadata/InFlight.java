package io.carillon.broker.metadata;

import java.util.Arrays;

/**
 * The messages of one queue that one group was handed and has not settled, in the order of their offsets. 29 bytes a
 * message. What happens at the ends costs nothing to speak of; in the middle the shorter side is moved. One thread at a
 * time.
 */
public final class InFlight {
    private static final int FIRST = 8;
    /** A table that is empty gives its memory back when it grew beyond this. */
    private static final int KEPT = 1024;

    private long[] offset = new long[FIRST];
    private long[] poppedMs = new long[FIRST];
    private long[] visibleMs = new long[FIRST];
    private int[] tries = new int[FIRST];
    private boolean[] acked = new boolean[FIRST];
    private int head;
    private int count;

    public int count() {
        return count;
    }

    public boolean isEmpty() {
        return count == 0;
    }

    /** Where the message of this offset stands, or a negative number when it is not there: where it would, as -1 - i. */
    public int indexOf(long wanted) {
        if (count == 0 || wanted > offset[head + count - 1]) {
            return -1 - count;
        }
        int found = Arrays.binarySearch(offset, head, head + count, wanted);
        return found >= 0 ? found - head : found + head;
    }

    /** @param i from 0, the message with the lowest offset, to {@link #count} - 1 */
    public long offset(int i) {
        return offset[head + i];
    }

    /** When it was handed out, in epoch ms: who acknowledges it must know. */
    public long poppedMs(int i) {
        return poppedMs[head + i];
    }

    /** When it becomes visible again, in epoch ms. */
    public long visibleMs(int i) {
        return visibleMs[head + i];
    }

    public void visibleMs(int i, long value) {
        visibleMs[head + i] = value;
    }

    public void poppedMs(int i, long value) {
        poppedMs[head + i] = value;
    }

    /** How often it was handed out before, from this queue. */
    public int tries(int i) {
        return tries[head + i];
    }

    /** Whether it was acknowledged, while one before it was not: only where messages are handed out in order. */
    public boolean isAcked(int i) {
        return acked[head + i];
    }

    public void ack(int i) {
        acked[head + i] = true;
    }

    /** Adds a message, or changes the one of this offset. */
    public void put(long itsOffset, long itsPoppedMs, long itsVisibleMs, int itsTries, boolean isAcked) {
        int i = indexOf(itsOffset);
        if (i < 0) {
            i = -1 - i;
            makeRoom(i);
        }
        int at = head + i;
        offset[at] = itsOffset;
        poppedMs[at] = itsPoppedMs;
        visibleMs[at] = itsVisibleMs;
        tries[at] = itsTries;
        acked[at] = isAcked;
    }

    public void removeAt(int i) {
        if (i < count / 2) {
            move(head, head + 1, i);
            head++;
        } else {
            move(head + i + 1, head + i, count - i - 1);
        }
        count--;
        if (count == 0) {
            clear();
        }
    }

    public void clear() {
        head = 0;
        count = 0;
        if (offset.length > KEPT) {
            resize(FIRST);
        }
    }

    private void makeRoom(int i) {
        if (head > 0 && i < count / 2) {
            move(head, head - 1, i);
            head--;
        } else {
            if (head + count == offset.length) {
                compactOrGrow();
            }
            move(head + i, head + i + 1, count - i);
        }
        count++;
    }

    private void compactOrGrow() {
        if (head > offset.length / 4) {
            move(head, 0, count);
            head = 0;
        } else {
            resize(2 * offset.length);
        }
    }

    private void resize(int length) {
        offset = Arrays.copyOf(offset, length);
        poppedMs = Arrays.copyOf(poppedMs, length);
        visibleMs = Arrays.copyOf(visibleMs, length);
        tries = Arrays.copyOf(tries, length);
        acked = Arrays.copyOf(acked, length);
    }

    private void move(int from, int to, int length) {
        System.arraycopy(offset, from, offset, to, length);
        System.arraycopy(poppedMs, from, poppedMs, to, length);
        System.arraycopy(visibleMs, from, visibleMs, to, length);
        System.arraycopy(tries, from, tries, to, length);
        System.arraycopy(acked, from, acked, to, length);
    }
}
