package io.carillon.schedule;

import io.carillon.base.Agent;
import io.carillon.base.Ticker;
import io.carillon.log.ConsumeQueue;
import io.carillon.log.MessageLog;
import io.carillon.log.Refusal;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.UnaryOperator;

/**
 * Lets messages go when they are due. The only one that appends their leaving, and through its {@link Orders} all else
 * that is done with a message that waits, so that of two such things the first one wins. It loads an hour shortly before
 * it begins; what is further away it does not know of.
 *
 * <p>Time is the wall clock's, read anew each time: a step forwards lets go what is due by then, a step backwards lets
 * nothing go twice.
 */
final class DueLoop implements Agent {
    private static final Logger LOG = System.getLogger(DueLoop.class.getName());
    private static final int IN_FLIGHT_MAX = 8;
    /** How long before its time a second is sorted. */
    private static final long SORT_AHEAD_MS = 2000;
    /** How long to wait after the log refused to take what is due. */
    private static final long REFUSED_REST_MS = 500;
    /** The wall clock may step: look at it so often even when nothing is due soon. */
    private static final long LOOK_MS = 100;

    private static final long IDLE_LOOK_MS = 1000;
    /** While messages arrive, the loop looks by itself so often, and who sends them need not wake it for each batch. */
    private static final long ARRIVALS_LOOK_NS = 1_000_000;

    /** So long after the last arrival it does so. */
    private static final long ARRIVALS_END_NS = 10_000_000;

    /** So many messages are looked at before others get their turn: most of them may be held. */
    private static final int TAKEN_AT_ONCE = 4096;

    private final MessageLog log;
    private final ScheduleState state;
    private final WaitingRecords records;
    private final Targets targets;
    private final UnaryOperator<byte[]> asEntry;
    private final Ticker ticker;
    private final Hours hours;
    private final Orders orders;
    private final CatchUp catchUp;
    private final Figures figures;
    private final OverHours overHours;

    private final Deque<Departure> idle = new ArrayDeque<>();
    private int inFlight;
    /** What is leaving or being changed, by ticket. */
    private final Set<Long> underWay = new HashSet<>();

    /** What was due while something else was done with it, by ticket: it is due again if it still waits after that. */
    private final Map<Long, Long> passedOver = new HashMap<>();

    private int departureMax = Departure.COUNT_MAX;
    private long notBeforeNs;
    /** Whether the loop is about to look without being woken. Written by its thread. */
    private volatile boolean looksSoon;
    // ---- written by any thread
    private final Queue<Departure> ended = new ConcurrentLinkedQueue<>();
    private volatile Runnable waker = () -> {};

    DueLoop(
            MessageLog log,
            ScheduleState state,
            ScheduleConfig config,
            WaitingRecords records,
            Targets targets,
            UnaryOperator<byte[]> asEntry,
            Ticker ticker,
            Figures figures) {
        this.log = log;
        this.state = state;
        this.records = records;
        this.targets = targets;
        this.asEntry = asEntry;
        this.ticker = ticker;
        this.figures = figures;
        hours = new Hours(records, state, ticker, figures, config.loadedMax());
        catchUp = new CatchUp(ticker, config.catchUpRate());
        orders = new Orders(
                log,
                records,
                state,
                asEntry,
                config.keysMax(),
                underWay,
                this::leaveAlone,
                figures.cancelled,
                figures.moved);
        overHours = new OverHours(log, records, state, asEntry, ticker);
        notBeforeNs = ticker.nanoTime();
    }

    // ---- any thread

    void onScheduled(ConsumeQueue hour) {
        if (hours.onScheduled(hour) && !looksSoon) {
            waker.run();
        }
    }

    void reconfigure(ScheduleConfig config) {
        hours.loadedMax(config.loadedMax());
        catchUp.rate(config.catchUpRate());
        orders.keysMax(config.keysMax());
    }

    void add(Order order) {
        orders.add(order);
    }

    /** Some topic may take messages again. */
    void retryHeld() {
        hours.retryHeld();
        waker.run();
    }

    // ---- the loop's thread

    @Override
    public int doWork() {
        long nowMs = ticker.nowMs();
        int settled = takeEnded(nowMs) + orders.takeEnded(ticket -> free(ticket, nowMs));
        int done = settled + orders.decideAll(settled > 0);
        done += hours.work(nowMs);
        done += letGo(nowMs);
        done += overHours.work(nowMs, hours::isLoaded);
        // What left made room for what follows it.
        return done > 0 ? done : hours.hasWork() ? 1 : 0;
    }

    /** Lets go what is due: one hour after the other, and within each by time, then by arrival. */
    private int letGo(long nowMs) {
        if (ticker.nanoTime() - notBeforeNs < 0) {
            return 0;
        }
        int count = 0;
        boolean isMore = true;
        while (isMore && inFlight < IN_FLIGHT_MAX) {
            Departure departure = idleDeparture();
            count += fill(departure, nowMs);
            isMore = departure.count() > 0;
            if (isMore) {
                depart(departure);
            } else {
                putAway(departure);
            }
        }
        hours.forgetOver(nowMs);
        return count;
    }

    private Departure idleDeparture() {
        Departure departure = idle.isEmpty()
                ? new Departure(log, records, targets, state, asEntry, this::onEnded)
                : idle.removeFirst();
        departure.clear();
        return departure;
    }

    private void depart(Departure departure) {
        inFlight++;
        departure.leave();
    }

    /** @return how many messages were taken out of the hours, be it to leave or to stay */
    private int fill(Departure departure, long nowMs) {
        int taken = 0;
        for (LoadedHour hour : hours.inOrder()) {
            long key = next(hour, nowMs);
            while (key != TimingWheel.NONE) {
                if (departure.isFull(departureMax)
                        || taken == TAKEN_AT_ONCE
                        || !catchUp.mayLeave(nowMs - hour.dueMs(key))) {
                    return taken;
                }
                hour.poll(key);
                taken++;
                take(departure, hour.ticket(key), key, nowMs);
                key = next(hour, nowMs);
            }
            if (!hour.isReadyUntil(nowMs)) {
                return taken; // what is not loaded yet is due before all that follows
            }
        }
        return taken;
    }

    private static long next(LoadedHour hour, long nowMs) {
        hour.advance(nowMs + SORT_AHEAD_MS);
        return hour.peekDue(nowMs);
    }

    private void take(Departure departure, long ticket, long key, long nowMs) {
        if (state.status(ticket) != ScheduleState.Status.PENDING) {
            return;
        }
        if (underWay.contains(ticket)) {
            passedOver.put(ticket, key);
            return;
        }
        switch (departure.add(ticket, key, nowMs)) {
            case GOES -> underWay.add(ticket);
            case EXPIRED, SKIPPED -> {
                underWay.add(ticket);
                figures.expired.increment();
            }
            case LOST -> {
                underWay.add(ticket);
                figures.lost.increment();
                LOG.log(
                        Level.ERROR,
                        "a message that was due in hour {0} cannot be read any more: it is not delivered",
                        Ticket.hour(ticket));
            }
            case HELD -> {
                hours.hold(ticket);
                figures.held.increment();
            }
        }
    }

    /** Somebody wants this message delivered now. */
    private boolean leaveAlone(long ticket, OrderDone told) {
        Departure departure = idleDeparture();
        Departure.Fate fate = departure.add(ticket, 0, ticker.nowMs());
        if (fate == Departure.Fate.HELD) {
            putAway(departure);
            return false;
        }
        underWay.add(ticket);
        departure.order(told);
        depart(departure);
        return true;
    }

    private void onEnded(Departure departure) {
        ended.add(departure);
        waker.run();
    }

    private int takeEnded(long nowMs) {
        int count = 0;
        for (Departure departure = ended.poll(); departure != null; departure = ended.poll()) {
            inFlight--;
            count++;
            settle(departure, nowMs);
            putAway(departure);
        }
        return count;
    }

    /** Orders may have taken many at once; so many are not needed again. */
    private void putAway(Departure departure) {
        if (idle.size() < IN_FLIGHT_MAX) {
            idle.addFirst(departure);
        }
    }

    private void settle(Departure departure, long nowMs) {
        Refusal refusal = departure.refusal();
        OrderDone order = departure.order();
        if (refusal == null) {
            departureMax = Math.min(Departure.COUNT_MAX, 2 * departureMax);
            figures.left.add(departure.count());
        } else if (refusal == Refusal.TOO_LARGE && departure.count() > 1) {
            departureMax = Math.max(1, departure.count() / 2);
        } else if (refusal == Refusal.TOO_LARGE) {
            LOG.log(
                    Level.ERROR,
                    "the log has no room for one message that is due in hour {0} and its leaving: it is held",
                    Ticket.hour(departure.ticket(0)));
        } else {
            notBeforeNs = ticker.nanoTime() + REFUSED_REST_MS * 1_000_000;
        }
        for (int i = 0; i < departure.count(); i++) {
            long ticket = departure.ticket(i);
            underWay.remove(ticket);
            String topic = departure.topic(i);
            if (refusal == null) {
                passedOver.remove(ticket);
                if (topic != null && order == null) {
                    figures.lateness.count(topic, nowMs - departure.dueMs(i));
                }
            } else if (order == null) {
                passedOver.remove(ticket);
                if (refusal == Refusal.TOO_LARGE && departure.count() == 1) {
                    hours.hold(ticket); // to try it again and again would hold up all others
                } else {
                    hours.putBack(ticket, departure.key(i), nowMs);
                }
            } else {
                free(ticket, nowMs);
            }
        }
        if (order != null) {
            Orders.tell(order, refusal == null ? Outcome.DONE : Outcome.REFUSED);
        }
    }

    private void free(long ticket, long nowMs) {
        Long key = passedOver.remove(ticket);
        if (key != null) {
            hours.putBack(ticket, key, nowMs);
        }
    }

    @Override
    public long restNs() {
        looksSoon = hours.nsSinceArrival() < ARRIVALS_END_NS;
        if (hours.hasArrivals()) {
            return 0; // it came while this was false, or before: nobody will wake the loop for it
        }
        return looksSoon ? Math.min(ARRIVALS_LOOK_NS, restWithoutArrivalsNs()) : restWithoutArrivalsNs();
    }

    private long restWithoutArrivalsNs() {
        long nowMs = ticker.nowMs();
        boolean isIdle = hours.isEmpty() && !orders.hasWaiting();
        long nextMs = Math.min(hours.nextMs(nowMs), nowMs + (isIdle ? IDLE_LOOK_MS : LOOK_MS));
        if (nextMs > nowMs) {
            return (nextMs - nowMs) * 1_000_000;
        }
        // Due, and yet nothing was done: all departures are under way, or the log refused, or the budget is used up.
        long refusedNs = notBeforeNs - ticker.nanoTime();
        return refusedNs > 0 ? refusedNs : inFlight > 0 ? LOOK_MS * 1_000_000 : 1_000_000;
    }

    @Override
    public void wakeBy(Runnable runnerWaker) {
        waker = runnerWaker;
        orders.wakeBy(runnerWaker);
    }

    @Override
    public String name() {
        return "due";
    }
}
