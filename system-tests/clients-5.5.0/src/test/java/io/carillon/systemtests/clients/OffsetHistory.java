package io.carillon.systemtests.clients;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * What those who store a group's offsets did and were told, and what is wrong with it. Each queue has one writer, who waits for
 * each answer: so the offset is always the last that was confirmed, or one that was tried since and not answered. Any thread
 * may write: before a request is sent, and after its answer is read.
 *
 * <table>
 * <caption>The rules</caption>
 * <tr><td>fallen</td><td>an offset is never told lower than it was confirmed or told before, except by a reset</td></tr>
 * <tr><td>undone</td><td>what a reset took back is not told again</td></tr>
 * <tr><td>invented</td><td>nothing is told that nobody tried to store</td></tr>
 * <tr><td>beyond</td><td>nothing is told beyond the end of the queue</td></tr>
 * </table>
 */
final class OffsetHistory {
    private static final class Queue {
        final TreeSet<Long> possible = new TreeSet<>(Set.of(0L));
        final Set<Long> tried = new HashSet<>(Set.of(0L));

        void settle(long offset) {
            possible.clear();
            possible.add(offset);
        }
    }

    private final Map<Integer, Queue> queues = new HashMap<>();
    private final List<String> violations = new ArrayList<>();
    private int confirmedCount;

    private Queue queue(int number) {
        return queues.computeIfAbsent(number, _ -> new Queue());
    }

    /** The writer is about to commit {@code offset}, or to reset to it. */
    synchronized void storing(int queue, long offset) {
        queue(queue).possible.add(offset);
        queue(queue).tried.add(offset);
    }

    /** The server answered that it took the offset. */
    synchronized void stored(int queue, long offset) {
        queue(queue).settle(offset);
        confirmedCount++;
    }

    /** The server told the group's offset, and after that the queue ended at {@code offsetMax}. */
    synchronized void told(int queue, long offset, long offsetMax) {
        Queue found = queue(queue);
        String what = "queue " + queue + " is told to be at " + offset;
        if (!found.possible.contains(offset)) {
            violations.add(rule(found, offset) + ": " + what + ", and can only be at " + found.possible);
        }
        if (offset > offsetMax) {
            violations.add("beyond: " + what + ", and ends at " + offsetMax);
        }
        found.settle(offset);
    }

    private static String rule(Queue queue, long offset) {
        if (!queue.tried.contains(offset)) {
            return "invented";
        }
        return offset < queue.possible.first() ? "fallen" : "undone";
    }

    synchronized int confirmedCount() {
        return confirmedCount;
    }

    /** What is wrong; empty when nothing is. */
    synchronized List<String> violations() {
        return List.copyOf(violations);
    }
}
