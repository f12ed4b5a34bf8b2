package io.carillon.broker.pop;

import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;

/**
 * Which queues have messages that become visible again, and when to look at them. It knows queues, not messages: a
 * queue is looked at when its earliest message may be due, and then as a whole. So handing out and settling cost it
 * nothing, as long as the new messages become visible after the old ones.
 */
final class Deadlines {
    private record Deadline(long dueMs, LiveQueue queue) implements Comparable<Deadline> {
        @Override
        public int compareTo(Deadline other) {
            return Long.compare(dueMs, other.dueMs);
        }
    }

    private final PriorityQueue<Deadline> all = new PriorityQueue<>();

    /** @return whether it is the earliest now */
    synchronized boolean add(long dueMs, LiveQueue queue) {
        all.add(new Deadline(dueMs, queue));
        return all.element().queue() == queue && all.element().dueMs() == dueMs;
    }

    /** Takes out the queues to look at now. */
    synchronized List<LiveQueue> takeDue(long nowMs) {
        List<LiveQueue> due = new ArrayList<>();
        while (!all.isEmpty() && all.element().dueMs() <= nowMs) {
            due.add(all.remove().queue());
        }
        return due;
    }

    /** When to look next, in epoch ms; {@link LiveQueue#NEVER} when there is nothing to wait for. */
    synchronized long nextMs() {
        return all.isEmpty() ? LiveQueue.NEVER : all.element().dueMs();
    }
}
