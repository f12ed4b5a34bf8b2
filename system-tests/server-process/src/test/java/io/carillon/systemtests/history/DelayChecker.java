package io.carillon.systemtests.history;

import io.carillon.systemtests.history.DelayHistory.Delivery;
import io.carillon.systemtests.history.DelayHistory.Fate;
import io.carillon.systemtests.history.Event.Key;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Judges a finished {@link DelayHistory}.
 *
 * <table>
 * <caption>The rules</caption>
 * <tr><td>early</td><td>nothing is stored in its queue before it is due</td></tr>
 * <tr><td>lost</td><td>what was acknowledged and not recalled is delivered</td></tr>
 * <tr><td>copies</td><td>nothing is delivered twice</td></tr>
 * <tr><td>undead</td><td>what was recalled with success is never delivered</td></tr>
 * <tr><td>told wrong</td><td>what a recall said was delivered, was</td></tr>
 * <tr><td>disorder</td><td>in a queue, what was acknowledged before it was due stands in the order of due times</td></tr>
 * <tr><td>invented, damaged</td><td>what is delivered was sent, and its checksum holds</td></tr>
 * </table>
 */
final class DelayChecker {
    private final List<String> violations = new ArrayList<>();

    /** What is wrong with the history; empty when it is sound. For one use. */
    List<String> violations(DelayHistory history) {
        history.foreign().forEach(key -> violations.add("invented: " + key + " was never sent"));
        Map<Key, Fate> fates = history.fates();
        fates.forEach(this::check);
        checkOrder(fates);
        return violations;
    }

    private void check(Key key, Fate fate) {
        int count = fate.deliveries.size();
        if (count > 1) {
            violations.add("copies: " + key + " was delivered " + count + " times: " + fate.deliveries);
        }
        if (count == 0 && fate.ackedMs > 0 && !fate.isRecalled) {
            violations.add("lost: " + key + " was acknowledged, due at " + fate.dueMs + ", and never delivered");
        }
        if (count > 0 && fate.isCancelled) {
            violations.add("undead: " + key + " was recalled with success and delivered " + fate.deliveries);
        }
        if (count == 0 && fate.isToldDelivered) {
            violations.add("told wrong: " + key + " was said to be delivered, and is not");
        }
        for (Delivery delivery : fate.deliveries) {
            if (delivery.storedMs() < fate.dueMs) {
                violations.add(
                        "early: " + key + " by " + (fate.dueMs - delivery.storedMs()) + " ms at " + delivery.place());
            }
            if (!delivery.intact()) {
                violations.add("damaged: " + key + " at " + delivery.place());
            }
        }
    }

    private void checkOrder(Map<Key, Fate> fates) {
        Map<Integer, TreeMap<Long, Key>> queues = new TreeMap<>();
        fates.forEach((key, fate) -> fate.deliveries.forEach(
                delivery -> queues.computeIfAbsent(delivery.place().queue(), q -> new TreeMap<>())
                        .put(delivery.place().offset(), key)));
        queues.values().forEach(queue -> {
            long dueMsMax = 0;
            for (Key key : queue.values()) {
                Fate fate = fates.get(key);
                if (fate.ackedMs == 0 || fate.ackedMs >= fate.dueMs) {
                    continue; // maybe it came when it was due already, and then it does not wait behind others
                }
                if (fate.dueMs < dueMsMax) {
                    violations.add("disorder: " + key + " is due at " + fate.dueMs
                            + " and stands behind one that is due at " + dueMsMax);
                }
                dueMsMax = Math.max(dueMsMax, fate.dueMs);
            }
        });
    }
}
