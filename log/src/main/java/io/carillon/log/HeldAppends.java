package io.carillon.log;

import java.util.ArrayDeque;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * What the writer does not take yet, in the order in which it came: too many index entries wait for a checkpoint. Whoever
 * sent it waits for an answer meanwhile, and is not read from when that gets too much. The writer's, but for what
 * any thread may ask.
 */
final class HeldAppends {
    private final Indexes indexes;
    private final long bytesMax;
    private final Queue<Append> held = new ArrayDeque<>();
    private volatile boolean isAny;
    private volatile long unstoredBytes;

    HeldAppends(Indexes indexes, LogConfig config) {
        this.indexes = indexes;
        bytesMax = 2 * config.indexMemory().bytes();
        // What a recovery put in waits for a checkpoint, too.
        noteWritten();
    }

    /** Holds this part back if it must; then false. */
    boolean letPass(Append part) {
        if (held.isEmpty() && !isFull()) {
            return true;
        }
        held.add(part);
        isAny = true;
        return false;
    }

    /**
     * The next part that is held back and may go, or null.
     *
     * @param isAll whether all may go: not to be written, but to be refused
     */
    @Nullable
    Append poll(boolean isAll) {
        Append next = isAll || !isFull() ? held.poll() : null;
        isAny = !held.isEmpty();
        return next;
    }

    private boolean isFull() {
        return indexes.unstoredBytes() >= bytesMax;
    }

    /** More was written or stored: tells the checkpoint how much there is. */
    void noteWritten() {
        unstoredBytes = indexes.unstoredBytes();
    }

    /** Whether anything is held back. Any thread. */
    boolean isAny() {
        return isAny;
    }

    /** About how much memory index entries take that are not stored yet. Any thread; as of the last write or checkpoint. */
    long unstoredBytes() {
        return unstoredBytes;
    }
}
