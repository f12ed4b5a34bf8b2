package io.carillon.base.delayqueue;

import java.util.List;

/**
 * How much is in a topic; a count that the engine does not know is -1.
 *
 * @param scheduled how many messages wait until they are due
 * @param nextDueMs when the first of them is due; 0 when there is none
 */
public record Statistics(String topic, long scheduled, long nextDueMs, List<OfGroup> groups) {
    public Statistics {
        groups = List.copyOf(groups);
    }

    /**
     * @param ready how many are due and in nobody's hands
     * @param inFlight how many are in somebody's hands
     * @param dead how many dead letters there are
     * @param waiting how many pulls wait, at this node
     */
    public record OfGroup(String group, long ready, long inFlight, long dead, long waiting) {}
}
