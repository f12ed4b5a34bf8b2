package io.carillon.broker.pop;

import io.carillon.broker.metadata.InFlight;
import io.carillon.broker.metadata.PopChange;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The messages that one queue has in flight at this moment, and which of them the log does not know so yet. Each change
 * is noted here where it is made, so that none is forgotten when {@link #write} says what changed. Guarded by its
 * {@link LiveQueue}.
 */
final class LiveFlight {
    /** Stands for the time at which a message becomes visible whose copy is on its way into the log. */
    static final long LEAVING = Long.MAX_VALUE;

    static final long NEVER = Long.MAX_VALUE;

    private static final int KEPT = 1024;

    private final InFlight inFlight = new InFlight();
    /** How many messages of all queues are in flight. */
    private final AtomicInteger total;

    private int counted;
    private long[] dirty = new long[8];
    private int dirtyCount;

    LiveFlight(AtomicInteger total) {
        this.total = total;
    }

    /** Takes over what the log says: nothing of it has to be written. */
    void load(InFlight stored) {
        for (int i = 0; i < stored.count(); i++) {
            inFlight.put(stored.offset(i), stored.poppedMs(i), stored.visibleMs(i), stored.tries(i), stored.isAcked(i));
        }
        recount();
    }

    /** To be called after a change, when all of it is made: the count of all queues follows. */
    void recount() {
        total.addAndGet(inFlight.count() - counted);
        counted = inFlight.count();
    }

    // ---- what is in flight

    int count() {
        return inFlight.count();
    }

    boolean isEmpty() {
        return inFlight.isEmpty();
    }

    /** The lowest offset in flight, if there is any. */
    long first() {
        return inFlight.offset(0);
    }

    /** How often the message was handed out before in order; -1 when it is not in flight. */
    int tries(long offset) {
        int i = inFlight.indexOf(offset);
        return i < 0 ? -1 : inFlight.tries(i);
    }

    /** When it was handed out; -1 when it is not in flight. */
    long poppedMs(long offset) {
        int i = inFlight.indexOf(offset);
        return i < 0 ? -1 : inFlight.poppedMs(i);
    }

    /** Those from this offset on, the lowest first; not more than so many. */
    long[] offsets(long from, int max) {
        int found = inFlight.indexOf(from);
        int first = found < 0 ? -1 - found : found;
        long[] offsets = new long[Math.min(max, inFlight.count() - first)];
        for (int i = 0; i < offsets.length; i++) {
            offsets[i] = inFlight.offset(first + i);
        }
        return offsets;
    }

    /** Where the message is that was handed out by this receipt; -1 when it is not in flight by it any more. */
    int held(long offset, long poppedMs) {
        int i = inFlight.indexOf(offset);
        boolean isHeld =
                i >= 0 && inFlight.poppedMs(i) == poppedMs && inFlight.visibleMs(i) != LEAVING && !inFlight.isAcked(i);
        return isHeld ? i : -1;
    }

    /** Whether somebody holds a message that is neither acknowledged nor visible by now. */
    boolean isAnyHeld(long nowMs) {
        for (int i = 0; i < inFlight.count(); i++) {
            if (!inFlight.isAcked(i) && nowMs < inFlight.visibleMs(i)) {
                return true;
            }
        }
        return false;
    }

    /** When the next message becomes visible, of those that are not acknowledged; {@link #NEVER} when none does. */
    long earliest() {
        return earliestAfter(Long.MIN_VALUE);
    }

    /** Likewise, without those that are visible by now. */
    long earliestAfter(long nowMs) {
        long earliest = NEVER;
        for (int i = 0; i < inFlight.count(); i++) {
            long visibleMs = inFlight.visibleMs(i);
            if (visibleMs > nowMs && !inFlight.isAcked(i)) {
                earliest = Math.min(earliest, visibleMs);
            }
        }
        return earliest;
    }

    // ---- changes

    void put(long offset, long poppedMs, long visibleMs, int tries) {
        inFlight.put(offset, poppedMs, visibleMs, tries, false);
        dirty(offset);
    }

    /** @param i where it is, see {@link #held} */
    void change(int i, long poppedMs, long visibleMs) {
        inFlight.poppedMs(i, poppedMs);
        inFlight.visibleMs(i, visibleMs);
        dirty(inFlight.offset(i));
    }

    void removeAt(int i) {
        dirty(inFlight.offset(i));
        inFlight.removeAt(i);
    }

    /** Takes a message out, unless it is not there or its copy is on its way. */
    void removeUnlessLeaving(long offset) {
        int i = inFlight.indexOf(offset);
        if (i >= 0 && inFlight.visibleMs(i) != LEAVING) {
            removeAt(i);
        }
    }

    /** @return whether it was there */
    boolean remove(long offset) {
        int i = inFlight.indexOf(offset);
        if (i >= 0) {
            removeAt(i);
        }
        return i >= 0;
    }

    void removeAll() {
        for (int i = 0; i < inFlight.count(); i++) {
            dirty(inFlight.offset(i));
        }
        inFlight.clear();
    }

    /** Acknowledges a message in order: it goes when all before it are acknowledged, too. */
    void ackInOrder(int i) {
        dirty(inFlight.offset(i));
        inFlight.ack(i);
        while (!inFlight.isEmpty() && inFlight.isAcked(0)) {
            removeAt(0);
        }
    }

    /** What was acknowledged while others before it were not goes now. */
    void removeAcked() {
        for (int i = inFlight.count() - 1; i >= 0; i--) {
            if (inFlight.isAcked(i)) {
                removeAt(i);
            }
        }
    }

    // ---- leaving

    /** What is visible by now begins to leave; not more than {@code max}. */
    long[] leave(long nowMs, int max) {
        long[] offsets = new long[8];
        int count = 0;
        for (int i = 0; i < inFlight.count() && count < max; i++) {
            if (inFlight.visibleMs(i) <= nowMs) {
                inFlight.visibleMs(i, LEAVING);
                offsets = count == offsets.length ? Arrays.copyOf(offsets, 2 * count) : offsets;
                offsets[count++] = inFlight.offset(i);
            }
        }
        forget(offsets, count);
        return Arrays.copyOf(offsets, count);
    }

    /** What of these is held by this receipt begins to leave. */
    long[] leave(long[] offsets, long poppedMs) {
        long[] leaving = new long[offsets.length];
        int count = 0;
        for (long offset : offsets) {
            int i = held(offset, poppedMs);
            if (i >= 0) {
                inFlight.visibleMs(i, LEAVING);
                leaving[count++] = offset;
            }
        }
        Arrays.sort(leaving, 0, count);
        forget(leaving, count);
        return Arrays.copyOf(leaving, count);
    }

    /** What leaves is not written as being in flight any more. */
    private void forget(long[] offsets, int count) {
        if (count == 0 || dirtyCount == 0) {
            return;
        }
        int kept = 0;
        for (int i = 0; i < dirtyCount; i++) {
            if (Arrays.binarySearch(offsets, 0, count, dirty[i]) < 0) {
                dirty[kept++] = dirty[i];
            }
        }
        dirtyCount = kept;
    }

    /** These have left; the log says so already. */
    void left(long[] offsets) {
        for (long offset : offsets) {
            int i = inFlight.indexOf(offset);
            if (i >= 0 && inFlight.visibleMs(i) == LEAVING) {
                inFlight.removeAt(i);
            }
        }
    }

    /** These could not leave, and are visible at another time. */
    void stay(long[] offsets, long visibleMs) {
        for (long offset : offsets) {
            int i = inFlight.indexOf(offset);
            if (i >= 0 && inFlight.visibleMs(i) == LEAVING) {
                inFlight.visibleMs(i, visibleMs);
                dirty(offset);
            }
        }
    }

    // ---- the log

    /** What changed was not written after all, or is to be written again. */
    void dirty(long offset) {
        if (dirtyCount == dirty.length) {
            dirty = Arrays.copyOf(dirty, 2 * dirtyCount);
        }
        dirty[dirtyCount++] = offset;
    }

    /** Says what changed, and goes on saying it until {@link #clean}; returns the offsets that it spoke of, sorted. */
    long[] write(PopChange to) {
        long[] changed = Arrays.copyOf(dirty, dirtyCount);
        Arrays.sort(changed);
        for (int i = 0; i < changed.length; i++) {
            if (i == 0 || changed[i] != changed[i - 1]) {
                write(changed[i], to);
            }
        }
        return changed;
    }

    /** Forgets what changed: it was said. */
    void clean() {
        dirtyCount = 0;
        dirty = dirty.length > KEPT ? new long[8] : dirty;
    }

    private void write(long offset, PopChange to) {
        int i = inFlight.indexOf(offset);
        if (i < 0) {
            to.gone(offset);
        } else if (inFlight.visibleMs(i) != LEAVING) {
            to.there(inFlight, i);
        }
    }

    /** Nothing is in flight, and nothing of that has to be written: somebody else has said so. */
    void forgetAll() {
        inFlight.clear();
        dirtyCount = 0;
    }
}
