package io.carillon.delayqueue;

import java.util.Locale;

/**
 * The places of {@link Steps}: {@code CrashTest} kills a node at each of these, so one that is added here is tried, and the
 * crash matrix of {@code docs/delayqueue-redis-mysql.md} names each.
 */
enum Step {
    SEND_COMMITTED,
    SEND_ADDED,
    MOVE_BEGIN,
    MOVE_DONE,
    PULL_CLAIMED,
    PULL_READ,
    PULL_PASSED_OVER,
    ACK_COMMITTED,
    ACK_FORGOTTEN,
    CANCEL_COMMITTED,
    RESCHEDULE_COMMITTED,
    RELEASE_DONE,
    DEAD_BURIED,
    REDRIVE_COMMITTED,
    LEASE_ROUND,
    LEASE_LET_GO,
    LEASE_TAKEN,
    HORIZON_PUBLISHED,
    HORIZON_ADDED,
    REBUILD_PUBLISHED,
    REBUILD_ADDED,
    REBUILD_MARKED,
    RECONCILE_FOUND,
    FILL_BEGIN,
    FILL_ADDED,
    LEFTOVERS_BEGIN,
    LEFTOVERS_SOME,
    SINK_DELIVERED;

    /** What is done, and which part of it is over: {@code lease:let-go}. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replaceFirst("_", ":").replace('_', '-');
    }
}
