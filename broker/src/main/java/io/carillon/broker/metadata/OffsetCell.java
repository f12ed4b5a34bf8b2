package io.carillon.broker.metadata;

import org.jspecify.annotations.Nullable;

/**
 * How far one group has consumed one queue: what was committed here last, and what of it the log holds. Any thread may
 * call; only the agent takes and settles.
 */
final class OffsetCell {
    static final long NONE = -1;

    private final String group;
    private final String topic;
    private final int queue;

    private volatile long current = NONE;
    private long applied = NONE;
    /** Up to where consumers were given messages; it may lie behind what they committed. */
    private volatile long handedOut = NONE;
    /** Whether {@link #current} still has to be written; the cell is then in the dirty queue exactly once. */
    private boolean dirty;

    private int inFlight;
    /** Whether what is on its way counts only if the log comes to hold it. */
    private boolean isForgetting;

    private boolean removed;
    /** What an administrator wants this group to go on from, as far as the log says so. */
    private @Nullable OffsetReset reset;

    OffsetCell(String group, String topic, int queue) {
        this.group = group;
        this.topic = topic;
        this.queue = queue;
    }

    int queue() {
        return queue;
    }

    /** Committed last, durable or not. */
    long current() {
        return current;
    }

    /** Committed last of what the log holds. */
    synchronized long applied() {
        return applied;
    }

    /** Whether what was committed last may not be durable yet. */
    synchronized boolean isPending() {
        return dirty || inFlight > 0;
    }

    void handedOut(long next) {
        handedOut = next;
    }

    long handedOut() {
        return handedOut;
    }

    String group() {
        return group;
    }

    String topic() {
        return topic;
    }

    /** What became of a commit. */
    enum Committed {
        /** Counts, and the caller must put the cell into the dirty queue. */
        FIRST,
        /** Counts; the cell waits to be written already. */
        AGAIN,
        /** Is nothing: an administrator's reset stands. */
        IGNORED
    }

    synchronized Committed commit(long offset) {
        if (ignores(offset)) {
            return Committed.IGNORED;
        }
        current = offset;
        boolean first = !dirty;
        dirty = true;
        return first ? Committed.FIRST : Committed.AGAIN;
    }

    /** Whether a commit of this offset would be nothing, since an administrator's reset stands. */
    synchronized boolean ignores(long offset) {
        return reset != null && !reset.isTaken() && offset != reset.offset;
    }

    /** The value to write now; null when the cell was removed meanwhile. It is in flight until {@link #settle}. */
    synchronized Command.@Nullable Commit take() {
        dirty = false;
        if (removed) {
            return null;
        }
        inFlight++;
        return new Command.Commit(group, topic, queue, current);
    }

    /**
     * What was taken last came to its end.
     *
     * @param isToBeWritten whether it must be written again, since the log refused it
     * @return whether the caller must put the cell into the dirty queue
     */
    synchronized boolean settle(boolean isToBeWritten) {
        inFlight--;
        if (!isToBeWritten || dirty || removed) {
            if (isForgetting && inFlight == 0) {
                isForgetting = false;
                current = dirty ? current : applied;
            }
            return false;
        }
        dirty = true;
        return true;
    }

    /**
     * The log holds this value now. A newer one of ours that is on its way stays the current one.
     *
     * @return whether it counts
     */
    synchronized boolean apply(long offset) {
        if (reset != null && offset != reset.offset) {
            return false; // on its way before the reset
        }
        applied = offset;
        if (!dirty && inFlight == 0) {
            current = offset;
        }
        return true;
    }

    /**
     * The log holds a reset now. What was committed before and waits to be written is nothing any more.
     *
     * @return whether it is the only one of this queue
     */
    synchronized boolean apply(OffsetReset asked) {
        boolean isFirst = reset == null;
        reset = asked;
        applied = asked.offset;
        current = asked.offset;
        handedOut = NONE;
        return isFirst;
    }

    /** The log says that a consumer has taken a reset; false when that one does not stand any more. */
    synchronized boolean settleReset(long id) {
        if (reset == null || reset.id != id) {
            return false;
        }
        reset = null;
        return true;
    }

    /** The reset that stands, as far as the log says so. */
    synchronized @Nullable OffsetReset reset() {
        return reset;
    }

    /**
     * What a reader at this offset is to be told.
     *
     * @return the reset when it is this asker's turn to hear of it; null when there is none to be told
     */
    synchronized @Nullable OffsetReset resetToTell(long offset, Object asker) {
        return reset != null && !reset.isTaken() && offset != reset.offset && reset.tell(asker) ? reset : null;
    }

    /** The reset that stands and that nobody has taken yet. */
    synchronized @Nullable OffsetReset resetToTake() {
        return reset != null && !reset.isTaken() ? reset : null;
    }

    synchronized void resetTaken(OffsetReset which, boolean isTaken) {
        which.taken(isTaken);
    }

    /** What the log does not hold was never committed. Nothing is in the dirty queue any more. */
    synchronized void forgetUnwritten() {
        dirty = false;
        isForgetting = inFlight > 0;
        current = applied;
        handedOut = NONE;
        if (reset != null) {
            reset.taken(false);
        }
    }

    /** @return whether a reset stood */
    synchronized boolean remove() {
        removed = true;
        boolean hadReset = reset != null;
        reset = null;
        return hadReset;
    }
}
