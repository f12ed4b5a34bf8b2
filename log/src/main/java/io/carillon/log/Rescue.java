package io.carillon.log;

import org.jspecify.annotations.Nullable;

/** PORT: takes along what is still needed of messages that retention is going to drop. Called by its thread. */
public interface Rescue {
    /**
     * Whether messages before this log offset may be dropped now. One that has much to take along, or to append something
     * first, does a part of it and says no: retention asks again soon, and drops nothing meanwhile. What this looked at of
     * the state is forced before anything is dropped.
     */
    default boolean isReady(long logOffset) {
        return true;
    }

    /**
     * All messages before this log offset are going to be dropped: when this returns, what is still needed of them must
     * be durable elsewhere.
     *
     * @throws io.carillon.base.CarillonException.StorageFault when that failed: they are not dropped then
     */
    default void before(long logOffset) {}

    /**
     * The folder of the files that hold what was taken along, or null when there are none. They grow at their end alone, and
     * of one that was copied while it grew, what is not whole is needed no more than after a crash.
     */
    default @Nullable String folder() {
        return null;
    }

    /** Now and then: gives up what was taken along and is not needed any more. */
    default void tidy() {}
}
