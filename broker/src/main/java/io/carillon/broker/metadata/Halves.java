package io.carillon.broker.metadata;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Which halves of transactions have been decided: committed, rolled back, or moved elsewhere. A half is known by its
 * offset in the one queue that all of them wait in; those that this queue holds and that are not decided are undecided.
 *
 * <p>Kept as ranges of decided offsets, of which there are at most as many as undecided halves and one more, however
 * many were decided. Any thread may ask; a change takes effect where the log applies it.
 */
public final class Halves {
    /** From the first offset of each range to the one after its last; no two of them touch. */
    private final TreeMap<Long, Long> decided = new TreeMap<>();

    private volatile long decidedCount;

    /** How many halves have been decided since the beginning. */
    public long decidedCount() {
        return decidedCount;
    }

    public synchronized boolean isDecided(long half) {
        Map.Entry<Long, Long> range = decided.floorEntry(half);
        return range != null && half < range.getValue();
    }

    /** The first half from this offset on that is not decided; it may not be stored yet. */
    public synchronized long firstUndecided(long from) {
        Map.Entry<Long, Long> range = decided.floorEntry(from);
        return range == null ? from : Math.max(from, range.getValue());
    }

    synchronized void apply(Command.DecideHalves decide) {
        long count = decidedCount;
        for (long half : decide.halves()) {
            count += add(half) ? 1 : 0;
        }
        decidedCount = count;
    }

    private boolean add(long half) {
        Map.Entry<Long, Long> before = decided.floorEntry(half);
        if (before != null && half < before.getValue()) {
            return false;
        }
        Long end = decided.remove(half + 1);
        boolean isNext = before != null && before.getValue() == half;
        decided.put(isNext ? before.getKey() : half, end == null ? half + 1 : end);
        return true;
    }

    static long readOffset(ByteReader from) {
        long half = from.readVar();
        if (half < 0 || half == Long.MAX_VALUE) {
            throw from.fault("a half has the queue offset " + half);
        }
        return half;
    }

    /** How many ranges, then each: how far its start is from the end of the one before, and its length. */
    synchronized void snapshot(ByteWriter to) {
        to.putVar(decided.size());
        long at = 0;
        for (Map.Entry<Long, Long> range : decided.entrySet()) {
            to.putVar(range.getKey() - at);
            to.putVar(range.getValue() - range.getKey());
            at = range.getValue();
        }
    }

    synchronized void restore(ByteReader from) {
        decided.clear();
        long at = 0;
        long count = 0;
        for (int i = from.readCount(); i > 0; i--) {
            long gap = from.readVar();
            long length = from.readVar();
            boolean isFirst = decided.isEmpty();
            if (gap < (isFirst ? 0 : 1) || length < 1 || at + gap < 0 || at + gap + length < 0) {
                throw from.fault(
                        "a range of decided halves begins " + gap + " after " + at + " and is " + length + " long");
            }
            decided.put(at + gap, at + gap + length);
            at += gap + length;
            count += length;
        }
        decidedCount = count;
        from.end();
    }

    /** The ranges, for tests. */
    synchronized List<Map.Entry<Long, Long>> ranges() {
        return List.copyOf(decided.entrySet());
    }
}
