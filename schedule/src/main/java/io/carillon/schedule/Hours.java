package io.carillon.schedule;

import io.carillon.base.Ticker;
import io.carillon.log.ConsumeQueue;
import io.carillon.log.DueQueues;
import io.carillon.log.QueueEntries;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/**
 * The hours of which something is in memory, or soon will be: those that are over and have messages left, this one, and
 * the next one shortly before it begins. Only the due loop's thread, but for what says otherwise.
 */
final class Hours {
    /** How long before its time an hour is loaded: the largest ones take some seconds. */
    private static final long LOAD_AHEAD_MS = 60_000;
    /** So many hours are loaded at once, the earliest ones: after a long stop the others wait for their turn. */
    private static final int AT_ONCE = 3;

    private static final int RANGE = 1024;
    private static final long COUNT_NS = 1_000_000_000;

    private final WaitingRecords records;
    private final ScheduleState state;
    private final Ticker ticker;
    private final Figures figures;
    private volatile int loadedMax;
    private final QueueEntries range = new QueueEntries(RANGE);
    private final TreeMap<Integer, LoadedHour> loaded = new TreeMap<>();
    /** Hours with messages whose topic takes nothing: these messages are not in memory. */
    private final Set<Integer> held = new TreeSet<>();

    private boolean isStarted;
    private long countedNs;
    private long arrivedNs;

    // ---- written by any thread
    private final Set<ConsumeQueue> touched = ConcurrentHashMap.newKeySet();
    private volatile boolean hasArrivals;
    private volatile boolean isHeldToRetry;
    /** Hours up to this one are in memory, or about to be. */
    private volatile int horizon = Integer.MIN_VALUE;

    Hours(WaitingRecords records, ScheduleState state, Ticker ticker, Figures figures, int loadedMax) {
        this.records = records;
        this.state = state;
        this.ticker = ticker;
        this.figures = figures;
        this.loadedMax = loadedMax;
        countedNs = ticker.nanoTime() - COUNT_NS;
        arrivedNs = countedNs;
    }

    // ---- any thread

    /** How many messages of an hour are in memory that is loaded from now on. */
    void loadedMax(int newLoadedMax) {
        loadedMax = newLoadedMax;
    }

    /**
     * Notes that something came to an hour's queue, whose maximum was raised before; the horizon is raised before queues
     * are looked for. So none is missed.
     *
     * @return whether the loop has to know
     */
    boolean onScheduled(ConsumeQueue hour) {
        if (DueQueues.hourOf(hour) > horizon) {
            return false;
        }
        touched.add(hour);
        hasArrivals = true;
        return true;
    }

    /** Some topic may take messages again. */
    void retryHeld() {
        isHeldToRetry = true;
    }

    // ---- the loop's thread

    /** Finds hours whose time comes, takes up what came, and loads some of it; returns how much that was. */
    int work(long nowMs) {
        int done = find(nowMs) + takeArrivals() + takeHeld(nowMs) + load(nowMs);
        if (done > 0) {
            count();
        }
        return done;
    }

    /** Whether something came that was not taken up yet. */
    boolean hasArrivals() {
        return hasArrivals;
    }

    /** How long ago something came that had to be taken up. */
    long nsSinceArrival() {
        return ticker.nanoTime() - arrivedNs;
    }

    /** Whether there would be something to load now. */
    boolean hasWork() {
        return loadable().anyMatch(LoadedHour::hasWork);
    }

    private int find(long nowMs) {
        int hourSoon = DueQueues.hourOf(nowMs + LOAD_AHEAD_MS);
        if (isStarted && hourSoon <= horizon) {
            return 0;
        }
        isStarted = true;
        horizon = Math.max(horizon, hourSoon);
        for (int hour : records.hours()) {
            if (hour <= horizon
                    && state.firstPending(hour) < records.entries(hour).end()) {
                of(hour);
            }
        }
        return 1;
    }

    private int takeArrivals() {
        if (!hasArrivals) {
            return 0;
        }
        hasArrivals = false;
        arrivedNs = ticker.nanoTime();
        List<ConsumeQueue> queues = new ArrayList<>(touched);
        for (ConsumeQueue queue : queues) {
            // Out before its maximum is read: what comes after that puts it in again.
            touched.remove(queue);
            of(DueQueues.hourOf(queue));
        }
        return queues.size();
    }

    private int takeHeld(long nowMs) {
        if (!isHeldToRetry) {
            return 0;
        }
        isHeldToRetry = false;
        for (int hour : held) {
            loaded.remove(hour);
            of(hour).work(nowMs);
        }
        held.clear();
        return 1;
    }

    private int load(long nowMs) {
        int count = 0;
        long fromNs = ticker.nanoTime();
        for (LoadedHour hour : loadable().toList()) {
            count += hour.work(nowMs);
        }
        if (count > 0) {
            figures.loadNs.add(ticker.nanoTime() - fromNs);
        }
        return count;
    }

    private Stream<LoadedHour> loadable() {
        return loaded.values().stream().limit(AT_ONCE);
    }

    private LoadedHour of(int hour) {
        return loaded.computeIfAbsent(hour, _ -> new LoadedHour(hour, records.entries(hour), state, loadedMax, range));
    }

    private void count() {
        long nowNs = ticker.nanoTime();
        if (nowNs - countedNs >= COUNT_NS) {
            countedNs = nowNs;
            figures.keysLoaded =
                    loaded.values().stream().mapToLong(LoadedHour::keysLoaded).sum();
        }
    }

    /** Those that are loaded, the earliest first. */
    Collection<LoadedHour> inOrder() {
        return loaded.values();
    }

    /** Whether something of this hour is in memory. */
    boolean isLoaded(int hour) {
        return loaded.containsKey(hour);
    }

    /** Forgets the hours of which nothing is left. */
    void forgetOver(long nowMs) {
        loaded.values().removeIf(hour -> hour.isOver(nowMs));
    }

    /** A message stays, and out of memory, until {@link #retryHeld}. */
    void hold(long ticket) {
        held.add(Ticket.hour(ticket));
    }

    /** A message that was taken out of its hour could not leave. */
    void putBack(long ticket, long key, long nowMs) {
        LoadedHour hour = loaded.get(Ticket.hour(ticket));
        if (hour == null) {
            of(Ticket.hour(ticket)); // and finds it there, for it still waits
        } else {
            hour.putBack(key, nowMs);
        }
    }

    /** When there is something to do next, as far as is known now. */
    long nextMs(long nowMs) {
        if (loaded.isEmpty()) {
            return (DueQueues.hourOf(nowMs + LOAD_AHEAD_MS) + 1) * DueQueues.HOUR_MS - LOAD_AHEAD_MS;
        }
        return loaded.values().stream().mapToLong(LoadedHour::nextMs).min().getAsLong();
    }

    boolean isEmpty() {
        return loaded.isEmpty();
    }
}
