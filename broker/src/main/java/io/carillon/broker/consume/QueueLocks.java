package io.carillon.broker.consume;

import io.carillon.base.Ticker;
import io.carillon.broker.metadata.Change;
import io.carillon.log.Refusal;
import io.carillon.log.WorkLine;
import io.carillon.message.QueueId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which client of a group may consume a queue in order. A lock lasts until its owner gives it back or has not renewed
 * it for the time to live. Clients ask again every 20 seconds. Any thread may call.
 *
 * <p>Where the broker is a member of a group of replicas, a change of hands is in the log before the new owner hears of it,
 * so that the next leader knows of it, too, and gives the queue to nobody else before the time to live is over. Else locks
 * live in memory alone.
 */
public final class QueueLocks {
    /** Below so many locks nobody looks for those that expired without being asked for again. */
    private static final int SWEEP_MIN = 1024;

    /** PORT: keeps who holds a queue. */
    @FunctionalInterface
    public interface Keeper {
        /** Locks that are in memory alone. */
        Keeper NONE = (_, _, _, change) -> change.done(null);

        /** A client holds these queues from now on; an empty id: nobody does. */
        void put(String group, String clientId, Collection<QueueId> queues, Change change);
    }

    /** Told once, by any thread. */
    @FunctionalInterface
    public interface Locked {
        /** @param queues what the client holds; nothing counts when there is a refusal */
        void done(List<QueueId> queues, @Nullable Refusal refusal);
    }

    private record Lock(String clientId, long renewedNs, Mark mark) {}

    /** Whether it is kept who holds a queue; the same for as long as the owner is. */
    private static final class Mark {
        private volatile boolean isKept;

        Mark(boolean isKept) {
            this.isKept = isKept;
        }
    }

    private final Ticker ticker;
    private final Keeper keeper;
    private volatile long timeToLiveNs;
    private final Map<String, Map<QueueId, Lock>> groups = new HashMap<>();
    private int count;
    private int sweepAt = SWEEP_MIN;

    /** What is to be kept, in the order in which hands changed. */
    private final WorkLine<Runnable> outgoing = new WorkLine<>();

    public QueueLocks(Ticker ticker, Duration timeToLive) {
        this(ticker, timeToLive, Keeper.NONE);
    }

    public QueueLocks(Ticker ticker, Duration timeToLive, Keeper keeper) {
        this.ticker = ticker;
        this.keeper = keeper;
        this.timeToLiveNs = timeToLive.toNanos();
    }

    /** From now on, also for the locks that there are. */
    public void timeToLive(Duration newTimeToLive) {
        timeToLiveNs = newTimeToLive.toNanos();
    }

    /** Who held what when this broker began to lead: each has the whole time to live again. Before anybody asks. */
    public synchronized void load(String group, Map<QueueId, String> owners) {
        Map<QueueId, Lock> locks = groups.computeIfAbsent(group, _ -> new HashMap<>());
        owners.forEach((queue, clientId) -> locks.put(queue, new Lock(clientId, ticker.nanoTime(), new Mark(true))));
        count += owners.size();
    }

    /** Locks or renews what is free or the client's own, and tells that. */
    public void lock(String group, String clientId, Collection<QueueId> queues, Locked told) {
        List<QueueId> locked = lockNow(group, clientId, queues, told);
        bring();
        if (locked != null) {
            told.done(locked, null);
        }
    }

    /** @return what is locked; null when that is told when it is kept */
    private synchronized @Nullable List<QueueId> lockNow(
            String group, String clientId, Collection<QueueId> queues, Locked told) {
        sweepWhenLarge();
        Map<QueueId, Lock> locks = groups.computeIfAbsent(group, _ -> new HashMap<>());
        List<QueueId> locked = new ArrayList<>(queues.size());
        Map<QueueId, Mark> unkept = new LinkedHashMap<>();
        long nowNs = ticker.nanoTime();
        for (QueueId queue : queues) {
            Lock lock = locks.get(queue);
            Mark own = lock != null && lock.clientId().equals(clientId) ? lock.mark() : null;
            if (lock == null || own != null || isExpired(lock, nowNs)) {
                Mark mark = own == null ? new Mark(false) : own;
                locks.put(queue, new Lock(clientId, nowNs, mark));
                count += lock == null ? 1 : 0;
                locked.add(queue);
                if (!mark.isKept) {
                    unkept.put(queue, mark);
                }
            }
        }
        if (unkept.isEmpty()) {
            return locked;
        }
        outgoing.add(() -> keeper.put(group, clientId, unkept.keySet(), refusal -> {
            unkept.values().forEach(mark -> mark.isKept = refusal == null);
            told.done(locked, refusal);
        }));
        return null;
    }

    /** Never within the monitor: the keeper may wait for somebody who wants it. */
    private void bring() {
        outgoing.work(Runnable::run);
    }

    /** Gives back what the client holds of these queues; locks of others stay. */
    public void unlock(String group, String clientId, Collection<QueueId> queues) {
        unlockNow(group, clientId, queues);
        bring();
    }

    private synchronized void unlockNow(String group, String clientId, Collection<QueueId> queues) {
        Map<QueueId, Lock> locks = groups.get(group);
        if (locks == null) {
            return;
        }
        List<QueueId> freed = new ArrayList<>();
        for (QueueId queue : queues) {
            Lock lock = locks.get(queue);
            if (lock != null && lock.clientId().equals(clientId)) {
                locks.remove(queue);
                freed.add(queue);
                count--;
            }
        }
        if (locks.isEmpty()) {
            groups.remove(group);
        }
        free(group, freed);
    }

    /** Whether that is kept or not: a lock too many goes when its time is over. */
    private void free(String group, List<QueueId> freed) {
        if (!freed.isEmpty()) {
            outgoing.add(() -> keeper.put(group, "", freed, _ -> {}));
        }
    }

    /** A topic is gone, and with it what is kept of its locks. */
    public synchronized void topicDeleted(String topic) {
        groups.values()
                .forEach(locks -> locks.keySet().removeIf(queue -> queue.topic().equals(topic)));
        countAnew();
    }

    /** A group is gone, likewise. */
    public synchronized void groupDeleted(String group) {
        groups.remove(group);
        countAnew();
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
        groups.forEach((group, locks) -> {
            List<QueueId> expired = new ArrayList<>();
            locks.forEach((queue, lock) -> {
                if (isExpired(lock, nowNs)) {
                    expired.add(queue);
                }
            });
            expired.forEach(locks::remove);
            free(group, expired);
        });
        countAnew();
        sweepAt = Math.max(SWEEP_MIN, 2 * count);
    }

    private void countAnew() {
        groups.values().removeIf(Map::isEmpty);
        count = groups.values().stream().mapToInt(Map::size).sum();
    }
}
