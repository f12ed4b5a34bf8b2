package io.carillon.broker.consume;

import io.carillon.base.Ticker;
import io.carillon.message.QueueId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Which client of a group may consume a queue in order. A lock lasts until its owner gives it back or has not renewed
 * it for the time to live. Locks live in memory alone: clients ask again every 20 seconds. Any thread may call.
 */
public final class QueueLocks {
    /** Below so many locks nobody looks for those that expired without being asked for again. */
    private static final int SWEEP_MIN = 1024;

    private record Lock(String clientId, long renewedNs) {}

    private final Ticker ticker;
    private volatile long timeToLiveNs;
    private final Map<String, Map<QueueId, Lock>> groups = new HashMap<>();
    private int count;
    private int sweepAt = SWEEP_MIN;

    public QueueLocks(Ticker ticker, Duration timeToLive) {
        this.ticker = ticker;
        this.timeToLiveNs = timeToLive.toNanos();
    }

    /** From now on, also for the locks that there are. */
    public void timeToLive(Duration newTimeToLive) {
        timeToLiveNs = newTimeToLive.toNanos();
    }

    /** Locks or renews what is free or the client's own, and returns that. */
    public synchronized List<QueueId> lock(String group, String clientId, Collection<QueueId> queues) {
        sweepWhenLarge();
        Map<QueueId, Lock> locks = groups.computeIfAbsent(group, _ -> new HashMap<>());
        List<QueueId> locked = new ArrayList<>(queues.size());
        long nowNs = ticker.nanoTime();
        for (QueueId queue : queues) {
            Lock lock = locks.get(queue);
            if (lock == null || isExpired(lock, nowNs) || lock.clientId().equals(clientId)) {
                locks.put(queue, new Lock(clientId, nowNs));
                count += lock == null ? 1 : 0;
                locked.add(queue);
            }
        }
        return locked;
    }

    /** Gives back what the client holds of these queues; locks of others stay. */
    public synchronized void unlock(String group, String clientId, Collection<QueueId> queues) {
        Map<QueueId, Lock> locks = groups.get(group);
        if (locks == null) {
            return;
        }
        for (QueueId queue : queues) {
            Lock lock = locks.get(queue);
            if (lock != null && lock.clientId().equals(clientId)) {
                locks.remove(queue);
                count--;
            }
        }
        if (locks.isEmpty()) {
            groups.remove(group);
        }
    }

    /** Whether somebody consumes a queue in order for this group. */
    public synchronized boolean isHeld(String group) {
        long nowNs = ticker.nanoTime();
        Map<QueueId, Lock> locks = groups.getOrDefault(group, Map.of());
        return locks.values().stream().anyMatch(lock -> !isExpired(lock, nowNs));
    }

    /** How many locks there are, expired ones included. */
    synchronized int count() {
        return count;
    }

    private boolean isExpired(Lock lock, long nowNs) {
        return nowNs - lock.renewedNs() > timeToLiveNs;
    }

    /** The names come from clients, so what nobody renews must not pile up; the work is shared by many calls. */
    private void sweepWhenLarge() {
        if (count < sweepAt) {
            return;
        }
        long nowNs = ticker.nanoTime();
        groups.values().forEach(locks -> locks.values().removeIf(lock -> isExpired(lock, nowNs)));
        groups.values().removeIf(Map::isEmpty);
        count = groups.values().stream().mapToInt(Map::size).sum();
        sweepAt = Math.max(SWEEP_MIN, 2 * count);
    }
}
