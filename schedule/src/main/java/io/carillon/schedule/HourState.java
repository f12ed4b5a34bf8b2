package io.carillon.schedule;

import java.util.Arrays;
import java.util.BitSet;

/**
 * Which messages of one hour have left it, by their place in the hour's queue. Those that left in the order in which
 * they came cost nothing; the others a bit each, from the first one on that waits.
 */
final class HourState {
    /** How many arrays {@link #parts} has. */
    static final int PARTS = 5;

    private static final int BITS_KEPT = 4096;
    private static final int WORD_MASK = 63;

    /** All before this place have left. */
    private int doneBelow;

    /** The place of the first bit: the start of a word, and not after {@code doneBelow}. */
    private int base;
    /** Those that left from {@code doneBelow} on; before that, bits mean nothing. */
    private BitSet done = new BitSet();

    private final BitSet cancelled = new BitSet();
    private final BitSet moved = new BitSet();
    private final BitSet expired = new BitSet();

    HourState() {
        this(0);
    }

    /** @param doneBelow all before this place have left */
    HourState(int doneBelow) {
        this.doneBelow = doneBelow;
        base = doneBelow & ~WORD_MASK;
    }

    /** Whether something was cancelled or moved, or has expired. */
    boolean hasMarks() {
        return !cancelled.isEmpty() || !moved.isEmpty() || !expired.isEmpty();
    }

    /** Whether something left before all that came before it had. */
    boolean hasGaps() {
        return base + done.length() > doneBelow;
    }

    boolean isDone(int place) {
        return place < doneBelow || done.get(place - base);
    }

    boolean isCancelled(int place) {
        return cancelled.get(place);
    }

    /** The places of all that were cancelled, in their order. */
    int[] cancelled() {
        return cancelled.stream().toArray();
    }

    /** The places of all that left without being delivered, for it was too late; in their order. */
    int[] expired() {
        return expired.stream().toArray();
    }

    boolean isExpired(int place) {
        return expired.get(place);
    }

    boolean isMoved(int place) {
        return moved.get(place);
    }

    /** The first place that has not left. */
    int doneBelow() {
        return doneBelow;
    }

    /** How many before this place have not left. */
    int pendingCount(int below) {
        if (below <= doneBelow) {
            return 0;
        }
        return below - doneBelow - done.get(doneBelow - base, below - base).cardinality();
    }

    void setDone(int place) {
        if (place > doneBelow) {
            done.set(place - base);
        } else if (place == doneBelow) {
            doneBelow = base + done.nextClearBit(place + 1 - base);
            moveBase();
        }
    }

    /** Bits of what left in order are given up, so that each message costs the same however many came before. */
    private void moveBase() {
        int from = doneBelow & ~WORD_MASK;
        if (base + done.length() <= doneBelow) {
            if (done.size() > BITS_KEPT) {
                done = new BitSet();
            } else {
                done.clear();
            }
            base = from;
        } else if (from - base > Math.max(BITS_KEPT, done.length() / 2)) {
            done = done.get(from - base, done.length());
            base = from;
        }
    }

    void setCancelled(int place) {
        cancelled.set(place);
        setDone(place);
    }

    void setMoved(int place) {
        moved.set(place);
        setDone(place);
    }

    void setExpired(int place) {
        expired.set(place);
        setDone(place);
    }

    /** What {@link #restore} takes. */
    long[][] parts() {
        return new long[][] {
            {doneBelow, base}, done.toLongArray(), cancelled.toLongArray(), moved.toLongArray(), expired.toLongArray()
        };
    }

    /**
     * The opposite of {@link #parts}.
     *
     * @throws IllegalArgumentException when no state has such parts
     */
    static HourState restore(long[][] parts) {
        long[] places = parts[0];
        if (places.length != 2
                || places[0] > Integer.MAX_VALUE
                || places[1] < 0
                || places[1] > places[0]
                || (places[1] & WORD_MASK) != 0) {
            throw new IllegalArgumentException("not two places: " + Arrays.toString(places));
        }
        HourState state = new HourState();
        state.doneBelow = Math.toIntExact(places[0]);
        state.base = Math.toIntExact(places[1]);
        state.done.or(BitSet.valueOf(parts[1]));
        state.cancelled.or(BitSet.valueOf(parts[2]));
        state.moved.or(BitSet.valueOf(parts[3]));
        state.expired.or(BitSet.valueOf(parts[4]));
        return state;
    }
}
