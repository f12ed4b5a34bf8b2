package io.carillon.log;

import io.carillon.testkit.LossyStorage;
import java.util.List;
import java.util.Set;

/**
 * What was acknowledged when the storage was in one state.
 *
 * @param waiting what was scheduled
 * @param left the ids of those that have left
 * @param gone bodies whose topic's deletion was acknowledged
 * @param isOld whether messages may have been dropped because of their age
 */
record AckedMoment(
        LossyStorage disk,
        List<LogDriver.Acked> acked,
        long ackedState,
        List<LogDriver.Waiting> waiting,
        Set<String> left,
        List<String> gone,
        boolean isOld) {
    AckedMoment(LossyStorage disk, List<LogDriver.Acked> acked, long ackedState) {
        this(disk, acked, ackedState, List.of(), Set.of(), List.of(), false);
    }

    /** Nothing was acknowledged. */
    AckedMoment(LossyStorage disk, boolean isOld) {
        this(disk, List.of(), 0, List.of(), Set.of(), List.of(), isOld);
    }
}
