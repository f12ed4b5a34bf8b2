package io.carillon.log;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * The newest entries of the key index, in the order of the log, with a hash table over them. The writer adds, any
 * thread may look: both take the monitor.
 */
final class KeyPart {
    static final int ENTRY_BYTES = 16;

    /** What an entry takes when the arrays are full. */
    static final int ENTRY_MEMORY = 24;

    private static final int COUNT_START = 256;

    private long[] hashes = new long[COUNT_START];
    private long[] logOffsets = new long[COUNT_START];
    /** The entry before in the same bucket, -1 at its end; and the newest entry of each bucket. */
    private int[] older = new int[COUNT_START];

    private int[] newest = emptied(COUNT_START);
    private int count;
    private long timeMin = Long.MAX_VALUE;
    private long timeMax = Long.MIN_VALUE;

    /** How many entries the journal holds, and where its next chunk goes: the checkpoint's. */
    int journaled;

    long journalEnd;

    private static int[] emptied(int size) {
        int[] buckets = new int[size];
        Arrays.fill(buckets, -1);
        return buckets;
    }

    synchronized void add(long hash, long logOffset, long storeTimeMs) {
        if (count == hashes.length) {
            grow();
        }
        hashes[count] = hash;
        logOffsets[count] = logOffset;
        link(count);
        count++;
        widen(storeTimeMs);
    }

    /** Takes it that a message of this time is in this part. */
    synchronized void widen(long storeTimeMs) {
        timeMin = Math.min(timeMin, storeTimeMs);
        timeMax = Math.max(timeMax, storeTimeMs);
    }

    private void grow() {
        hashes = Arrays.copyOf(hashes, count * 2);
        logOffsets = Arrays.copyOf(logOffsets, count * 2);
        older = Arrays.copyOf(older, count * 2);
        newest = emptied(count * 2);
        for (int i = 0; i < count; i++) {
            link(i);
        }
    }

    private void link(int entry) {
        int bucket = bucket(hashes[entry]);
        older[entry] = newest[bucket];
        newest[bucket] = entry;
    }

    private int bucket(long hash) {
        return (int) (hash >>> 20) & (newest.length - 1);
    }

    synchronized int count() {
        return count;
    }

    synchronized long logOffsetFirst() {
        return logOffsets[0];
    }

    /** The place of the last entry; -1 when there is none. */
    synchronized long logOffsetLast() {
        return count == 0 ? -1 : logOffsets[count - 1];
    }

    synchronized long timeMin() {
        return timeMin;
    }

    synchronized long timeMax() {
        return timeMax;
    }

    /** Appends what bears this hash to {@code found}, newest first, and returns how many there are now. */
    synchronized int find(long hash, long fromMs, long toMs, long[] found, int foundCount) {
        int n = foundCount;
        if (timeMax < fromMs || timeMin > toMs) {
            return n;
        }
        for (int i = newest[bucket(hash)]; i >= 0 && n < found.length; i = older[i]) {
            if (hashes[i] == hash) {
                found[n++] = logOffsets[i];
            }
        }
        return n;
    }

    synchronized void forEachUnique(long logOffsetMin, KeyIndex.Visitor visitor) {
        for (int i = 0; i < count; i++) {
            if (logOffsets[i] >= logOffsetMin && KeyHash.isUnique(hashes[i])) {
                visitor.entry(hashes[i], logOffsets[i]);
            }
        }
    }

    /** The entries {@code [from, to)} in the order of the log. */
    synchronized void copy(int from, int to, ByteBuffer into) {
        for (int i = from; i < to; i++) {
            into.putLong(hashes[i]).putLong(logOffsets[i]);
        }
    }

    /** All entries by hash, those of one hash in the order of the log. */
    synchronized void copySorted(ByteBuffer into) {
        for (int place : KeySort.order(hashes, count)) {
            into.putLong(hashes[place]).putLong(logOffsets[place]);
        }
    }
}
