package io.carillon.broker.pop;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/**
 * Which queues have messages that become visible again, and when to look at them. It knows queues, not messages: a
 * queue is looked at when its earliest message may be due, and then as a whole. So handing out and settling cost it
 * nothing, as long as the new messages become visible after the old ones. Each queue stands here once, for the earliest
 * time that was said of it: however short the times are that consumers want, nothing gathers.
 */
final class Deadlines {
    /** @param number tells apart what is due at the same time */
    private record Deadline(long dueMs, long number, LiveQueue queue) {}

    private final TreeSet<Deadline> all =
            new TreeSet<>(Comparator.comparingLong(Deadline::dueMs).thenComparingLong(Deadline::number));
    private final Map<LiveQueue, Deadline> ofQueue = new HashMap<>();
    private long added;

    /** @return whether it is the earliest now */
    synchronized boolean add(long dueMs, LiveQueue queue) {
        Deadline known = ofQueue.get(queue);
        if (known != null && known.dueMs() <= dueMs) {
            return false;
        }
        if (known != null) {
            all.remove(known);
        }
        Deadline next = new Deadline(dueMs, added++, queue);
        all.add(next);
        ofQueue.put(queue, next);
        return all.first().number() == next.number();
    }

    /** Takes out the queues to look at now. */
    synchronized List<LiveQueue> takeDue(long nowMs) {
        List<LiveQueue> due = new ArrayList<>();
        while (!all.isEmpty() && all.first().dueMs() <= nowMs) {
            LiveQueue queue = all.removeFirst().queue();
            ofQueue.remove(queue);
            due.add(queue);
        }
        return due;
    }

    /** When to look next, in epoch ms; {@link LiveQueue#NEVER} when there is nothing to wait for. */
    synchronized long nextMs() {
        return all.isEmpty() ? LiveQueue.NEVER : all.first().dueMs();
    }

    synchronized int count() {
        return all.size();
    }
}
