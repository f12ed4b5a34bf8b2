package io.carillon.systemtests.delaystores;

import io.carillon.systemtests.delaystores.QueueHistory.Delivery;
import io.carillon.systemtests.delaystores.QueueHistory.Fate;
import io.carillon.systemtests.delaystores.QueueHistory.Fault;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Judges a finished {@link QueueHistory}, of one group whose receivers pull all the time.
 *
 * <table>
 * <caption>The rules</caption>
 * <tr><td>lost</td><td>what was accepted is delivered and can be acknowledged; one of which no
 * acknowledgement was answered may be gone by that</td></tr>
 * <tr><td>undead</td><td>what was acknowledged is never handed out after that answer</td></tr>
 * <tr><td>early</td><td>nothing is handed out before it is due</td></tr>
 * <tr><td>shared</td><td>nobody gets what another has, before its deadline, unless Redis forgot that in between</td></tr>
 * <tr><td>late</td><td>what is due, or was not settled by its deadline, is handed out at most one scan later; where something
 * was done to a node or a store meanwhile, at most so long after that is over</td></tr>
 * <tr><td>invented</td><td>what is delivered was sent</td></tr>
 * </table>
 */
final class QueueChecker {
    private final long scanMs;
    private final long recoveryMs;
    private final List<String> violations = new ArrayList<>();
    private long quietMaxMs;

    /**
     * @param scanMs between two looks of a node, and of a receiver at a node that has no news for it
     * @param recoveryMs after a fault
     */
    QueueChecker(long scanMs, long recoveryMs) {
        this.scanMs = scanMs;
        this.recoveryMs = recoveryMs;
    }

    /** What is wrong with the history; empty when it is sound. For one use. */
    List<String> violations(QueueHistory history) {
        history.foreign().forEach(key -> violations.add("invented: " + key + " was never sent"));
        List<Fault> faults = history.faults().stream()
                .sorted(Comparator.comparingLong(Fault::beginMs))
                .toList();
        history.fates().forEach((key, fate) -> check(key, fate, faults));
        return violations;
    }

    /** How long it took at most until something was handed out that was due, or not settled, where no fault was near. */
    long quietMaxMs() {
        return quietMaxMs;
    }

    private void check(String key, Fate fate, List<Fault> faults) {
        if (fate.acceptedMs > 0 && fate.acknowledgedMs == 0 && fate.unanswered == 0) {
            violations.add("lost: " + key + " was accepted, due at " + fate.dueMs
                    + ", and nobody could acknowledge it; delivered " + fate.deliveries);
        }
        List<Delivery> deliveries = fate.deliveries.stream()
                .sorted(Comparator.comparingLong(Delivery::claimedMs))
                .toList();
        long readyMs = Math.max(fate.dueMs, fate.acceptedMs);
        Delivery before = null;
        for (Delivery delivery : deliveries) {
            if (delivery.claimedMs() < fate.dueMs) {
                violations.add("early: " + key + ", due at " + fate.dueMs + ", was " + delivery);
            }
            if (fate.acknowledgedMs > 0 && delivery.claimedMs() > fate.acknowledgedMs) {
                violations.add(
                        "undead: " + key + " was acknowledged at " + fate.acknowledgedMs + ", and then " + delivery);
            }
            if (before != null && delivery.claimedMs() < before.untilMs() && !isForgotten(before, delivery, faults)) {
                violations.add("shared: " + key + " was " + before + " and at the same time " + delivery);
            }
            long atMostMs = atMostMs(readyMs, faults);
            if (fate.acceptedMs > 0 && atMostMs == readyMs + scanMs) {
                quietMaxMs = Math.max(quietMaxMs, delivery.claimedMs() - readyMs);
            }
            if (fate.acceptedMs > 0 && delivery.claimedMs() > atMostMs) {
                violations.add("late: " + key + ", to be handed out at " + readyMs + ", by " + atMostMs
                        + " at most, was " + delivery);
            }
            before = delivery;
            readyMs = delivery.untilMs();
        }
    }

    private static boolean isForgotten(Delivery before, Delivery next, List<Fault> faults) {
        return faults.stream()
                .anyMatch(fault -> fault.losesOrder()
                        && fault.endMs() >= before.claimedMs()
                        && fault.beginMs() <= next.claimedMs());
    }

    /** Until when it must be handed out at last; each fault that begins before that puts it off. */
    private long atMostMs(long readyMs, List<Fault> faults) {
        long atMostMs = readyMs + scanMs;
        for (Fault fault : faults) {
            if (fault.beginMs() <= atMostMs && fault.endMs() + recoveryMs > readyMs) {
                atMostMs = Math.max(atMostMs, fault.endMs() + recoveryMs);
            }
        }
        return atMostMs;
    }
}
