package io.carillon.broker.consume;

import org.jspecify.annotations.Nullable;

/** What waits in a {@link DeadlineWheel}: its place there, guarded by the wheel. */
abstract class Timed {
    // The slot's list.
    @Nullable
    Timed slotNext;

    @Nullable
    Timed slotPrevious;

    long tick;
    boolean isInSlot;
}
