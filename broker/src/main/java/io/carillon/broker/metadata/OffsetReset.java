package io.carillon.broker.metadata;

import java.util.Collections;
import java.util.Set;
import java.util.WeakHashMap;

/**
 * An administrator's wish that a group goes on from another offset of one queue. It stands until a consumer has gone on
 * from there; what is committed meanwhile is nothing. Guarded by its {@link OffsetCell}, but for what is final.
 */
final class OffsetReset {
    /** When it was asked for, in epoch ms: tells it from earlier and later ones of the same queue. */
    final long id;

    final long offset;
    /** Who was told; only as long as they are connected. */
    private final Set<Object> told = Collections.newSetFromMap(new WeakHashMap<>());

    private boolean isTaken;

    OffsetReset(long id, long offset) {
        this.id = id;
        this.offset = offset;
    }

    /** @return whether this one was not told before */
    boolean tell(Object asker) {
        return told.add(asker);
    }

    /** Whether a consumer has taken it, and the entry that says so is on its way to the log. */
    boolean isTaken() {
        return isTaken;
    }

    void taken(boolean isTaken) {
        this.isTaken = isTaken;
    }
}
