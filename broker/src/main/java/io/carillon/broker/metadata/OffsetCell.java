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
    /** Whether {@link #current} still has to be written; the cell is then in the dirty queue exactly once. */
    private boolean dirty;

    private int inFlight;
    private boolean removed;

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

    /** @return whether the caller must put the cell into the dirty queue */
    synchronized boolean commit(long offset) {
        current = offset;
        boolean first = !dirty;
        dirty = true;
        return first;
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

    /** @return whether the caller must put the cell into the dirty queue, since the log refused what was taken */
    synchronized boolean settle(boolean isRefused) {
        inFlight--;
        if (!isRefused || dirty || removed) {
            return false;
        }
        dirty = true;
        return true;
    }

    /** The log holds this value now. A newer one of ours that is on its way stays the current one. */
    synchronized void apply(long offset) {
        applied = offset;
        if (!dirty && inFlight == 0) {
            current = offset;
        }
    }

    synchronized void remove() {
        removed = true;
    }
}
