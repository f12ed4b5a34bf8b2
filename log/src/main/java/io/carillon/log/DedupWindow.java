package io.carillon.log;

import java.util.Arrays;

/**
 * Remembers, for the newest messages, where the one with a given unique id stands. One thread: the log's writer.
 *
 * <p>A ring of the newest entries in the order of the log, and an open-addressing table over it; the oldest entry leaves
 * the table by shifting back what comes after it, so that there are no tombstones. An entry takes 28 bytes at most; the
 * memory grows with use up to the capacity. A hash may stand for two ids: the caller looks at the message.
 */
final class DedupWindow {
    private static final int COUNT_START = 1024;
    private static final long SPREAD = 0x9E3779B97F4A7C15L;

    private final int capacity;
    private final long windowMs;

    private long[] hashes = new long[0];
    private long[] logOffsets = new long[0];
    private int[] seconds = new int[0];
    private int oldest;
    private int count;

    /** Places in the ring plus one; 0 is free. */
    private int[] table = new int[0];

    private int shift;

    /**
     * @param capacity how many messages are remembered at most; 0 remembers nothing
     * @param windowMs how long a message is remembered at most, to the second
     */
    DedupWindow(int capacity, long windowMs) {
        this.capacity = capacity;
        this.windowMs = windowMs;
    }

    /** Where the newest message with this hash stands; -1 when none is remembered. */
    long find(long hash) {
        if (count == 0) {
            return -1;
        }
        int mask = table.length - 1;
        for (int slot = home(hash); table[slot] != 0; slot = (slot + 1) & mask) {
            int place = table[slot] - 1;
            if (hashes[place] == hash) {
                return logOffsets[place];
            }
        }
        return -1;
    }

    /** Remembers a message, and forgets those that are too old by then or too many. */
    void add(long hash, long logOffset, long timestampMs) {
        forgetBefore(timestampMs - windowMs);
        if (capacity == 0) {
            return;
        }
        if (count == hashes.length) {
            makeRoom();
        }
        int place = oldest + count < hashes.length ? oldest + count : oldest + count - hashes.length;
        hashes[place] = hash;
        logOffsets[place] = logOffset;
        seconds[place] = (int) (timestampMs / 1000);
        count++;
        insert(hash, place);
    }

    /** Forgets what is older; adding does so too. */
    void forgetBefore(long timestampMs) {
        int second = (int) (timestampMs / 1000);
        while (count > 0 && seconds[oldest] < second) {
            forgetOldest();
        }
    }

    int size() {
        return count;
    }

    private void makeRoom() {
        if (count < capacity) {
            grow(Math.min(capacity, Math.max(COUNT_START, count * 2)));
        } else {
            forgetOldest();
        }
    }

    private void grow(int size) {
        hashes = unrolled(hashes, size);
        logOffsets = unrolled(logOffsets, size);
        int[] grown = new int[size];
        System.arraycopy(seconds, oldest, grown, 0, seconds.length - oldest);
        System.arraycopy(seconds, 0, grown, seconds.length - oldest, oldest);
        seconds = grown;
        oldest = 0;
        int bits = 33 - Integer.numberOfLeadingZeros(Math.max(2, size) - 1);
        table = new int[1 << bits];
        shift = 64 - bits;
        for (int place = 0; place < count; place++) {
            insert(hashes[place], place);
        }
    }

    private long[] unrolled(long[] ring, int size) {
        long[] grown = Arrays.copyOfRange(ring, oldest, oldest + size);
        System.arraycopy(ring, 0, grown, ring.length - oldest, oldest);
        return grown;
    }

    private int home(long hash) {
        return (int) ((hash * SPREAD) >>> shift);
    }

    /** A later message with the same hash takes the place of the earlier one. */
    private void insert(long hash, int place) {
        int mask = table.length - 1;
        int slot = home(hash);
        while (table[slot] != 0 && hashes[table[slot] - 1] != hash) {
            slot = (slot + 1) & mask;
        }
        table[slot] = place + 1;
    }

    private void forgetOldest() {
        int mask = table.length - 1;
        int slot = home(hashes[oldest]);
        while (table[slot] != 0 && table[slot] != oldest + 1) {
            slot = (slot + 1) & mask;
        }
        // Not in the table when a later message with the same hash took its place.
        if (table[slot] != 0) {
            close(slot, mask);
        }
        oldest = oldest + 1 == hashes.length ? 0 : oldest + 1;
        count--;
    }

    /** Frees a slot and moves up those that stand behind it only because it was taken. */
    private void close(int gap, int mask) {
        int free = gap;
        for (int slot = (free + 1) & mask; table[slot] != 0; slot = (slot + 1) & mask) {
            int home = home(hashes[table[slot] - 1]);
            if (((slot - home) & mask) >= ((slot - free) & mask)) {
                table[free] = table[slot];
                free = slot;
            }
        }
        table[free] = 0;
    }
}
