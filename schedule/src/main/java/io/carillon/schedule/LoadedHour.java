package io.carillon.schedule;

import io.carillon.log.DueQueues;
import io.carillon.log.QueueEntries;
import io.carillon.message.DueTime;
import org.jspecify.annotations.Nullable;

/**
 * The part of an hour that is soon due, in memory: keys by minute, each minute sorted when it comes, and a wheel for what
 * comes later than that. An hour with more messages than may be in memory is loaded some minutes at a time. All work
 * comes in slices, so that other hours' messages are not late because this one is large. One thread.
 */
final class LoadedHour {
    static final int MINUTE_MS = 60_000;
    static final int MINUTES = 60;
    /** How many entries are looked at in one slice: about a millisecond. */
    private static final int SLICE = 64 << 10;

    private static final int RANGE = 1024;
    private static final long[] NO_KEYS = {};

    private final int hour;
    private final long startMs;
    private final HourEntries entries;
    private final ScheduleState state;
    private final int keysMax;
    private final QueueEntries range = new QueueEntries(RANGE);
    private final @Nullable Keys[] minutes = new Keys[MINUTES];
    /** How many messages each minute has, gone or not. */
    private final int[] counts = new int[MINUTES];

    private @Nullable TimingWheel wheel;
    /** All before this place left before the hour was loaded: nobody has to look at them again. */
    private final long firstPlace;
    /** Places before this one were looked at. */
    private long seenTo;
    /** Whether all was looked at once: before that, what comes first in time may not be known yet. */
    private boolean isCaughtUp;
    /** The minutes before this one are in memory, or over. */
    private int loadedTo;
    /** The minutes before this one, and from {@link #loadedTo} on, are being loaded. */
    private int loadingTo;

    private long loadAt;
    /** The minutes before this one are sorted: what comes for them goes to the wheel. */
    private int sortedTo;

    private long[] run = NO_KEYS;
    private int runAt;

    /** @param keysMax how many messages may be loaded at once, but for those of a single minute */
    LoadedHour(int hour, HourEntries entries, ScheduleState state, int keysMax) {
        this.hour = hour;
        this.entries = entries;
        this.state = state;
        this.keysMax = keysMax;
        startMs = hour * DueQueues.HOUR_MS;
        firstPlace = state.firstPending(hour);
        seenTo = firstPlace;
    }

    int hour() {
        return hour;
    }

    long ticket(long key) {
        return Ticket.of(hour, Keys.place(key));
    }

    long dueMs(long key) {
        return startMs + Keys.dueInHourMs(key);
    }

    /**
     * Takes up some of what came since the last call, and loads some of what comes next.
     *
     * @return how many entries were looked at; 0 when all was, for now
     */
    int work(long nowMs) {
        int done = takeArrivals(nowMs);
        if (isCaughtUp) {
            done += load();
        }
        return done;
    }

    private int takeArrivals(long nowMs) {
        long to = Math.min(entries.end(), seenTo + SLICE);
        long from = seenTo;
        seenTo = to;
        forEach(from, to, (place, due) -> {
            int minute = minuteOf(due);
            counts[minute]++;
            if (minute < loadedTo && isPending(place)) {
                place(minute, key(place, due), nowMs);
            }
        });
        isCaughtUp |= seenTo == entries.end();
        return (int) (to - from);
    }

    private void place(int minute, long key, long nowMs) {
        if (minute < sortedTo) {
            wheel().add(key, nowMs);
        } else {
            add(minute, key);
        }
    }

    private TimingWheel wheel() {
        TimingWheel present = wheel;
        if (present == null) {
            present = new TimingWheel(startMs);
            wheel = present;
        }
        return present;
    }

    private boolean isPending(int place) {
        return state.status(Ticket.of(hour, place)) == ScheduleState.Status.PENDING;
    }

    private long key(int place, long due) {
        return Keys.key((int) (DueTime.ms(due) - startMs), DueTime.rank(due), place);
    }

    private int minuteOf(long due) {
        return (int) ((DueTime.ms(due) - startMs) / MINUTE_MS);
    }

    private void add(int minute, long key) {
        Keys keys = minutes[minute];
        if (keys == null) {
            keys = new Keys();
            minutes[minute] = keys;
        }
        keys.add(key);
    }

    /** Puts back a message that could not leave. */
    void putBack(long key, long nowMs) {
        wheel().add(key, nowMs);
    }

    private interface EntryVisitor {
        void entry(int place, long due);
    }

    private void forEach(long from, long to, EntryVisitor visitor) {
        long at = from;
        while (at < to) {
            int count = entries.read(at, (int) Math.min(RANGE, to - at), range);
            for (int i = 0; i < count; i++) {
                if (range.sizes[i] > 0) {
                    visitor.entry(Math.toIntExact(at + i), range.tagsCodes[i]);
                }
            }
            at += count;
        }
    }

    /** Makes ready what is due until the end of the minute in which {@code untilMs} lies, as far as it is loaded. */
    void advance(long untilMs) {
        int minute = Math.clamp(Math.floorDiv(untilMs - startMs, MINUTE_MS), -1, MINUTES - 1);
        while (sortedTo <= minute && sortedTo < loadedTo && runAt == run.length) {
            Keys keys = minutes[sortedTo];
            minutes[sortedTo] = null;
            run = keys == null ? NO_KEYS : keys.sorted();
            runAt = 0;
            sortedTo++;
        }
    }

    /** Loads the next minutes, as many as may be in memory and at least one, while the last loaded one is under way. */
    private int load() {
        if (loadingTo == loadedTo) {
            if (!mayLoadMore()) {
                return 0;
            }
            long sum = counts[loadingTo++];
            while (loadingTo < MINUTES && sum + counts[loadingTo] <= keysMax) {
                sum += counts[loadingTo++];
            }
            loadAt = sum == 0 ? seenTo : firstPlace;
        }
        long from = loadAt;
        long to = Math.min(seenTo, from + SLICE);
        loadAt = to;
        forEach(from, to, (place, due) -> {
            int minute = minuteOf(due);
            if (minute >= loadedTo && minute < loadingTo && isPending(place)) {
                add(minute, key(place, due));
            }
        });
        if (loadAt == seenTo) {
            loadedTo = loadingTo;
        }
        return (int) (to - from) + 1;
    }

    private boolean mayLoadMore() {
        return loadedTo < MINUTES && sortedTo >= loadedTo - 1;
    }

    /** Whether {@link #work} would do something. */
    boolean hasWork() {
        return seenTo < entries.end() || loadingTo > loadedTo || mayLoadMore();
    }

    /** Whether all that is due by then is in memory or gone: nothing of it is still to be found. */
    boolean isReadyUntil(long ms) {
        int minute = Math.clamp(Math.floorDiv(ms - startMs, MINUTE_MS), -1, MINUTES - 1);
        return isCaughtUp && (minute < 0 || sortedTo > minute);
    }

    /** The key of the first message that is due, which {@link #poll} takes out; {@link TimingWheel#NONE} for none. */
    long peekDue(long nowMs) {
        long late = wheel == null ? TimingWheel.NONE : wheel.peekDue(nowMs);
        long next = runAt < run.length && dueMs(run[runAt]) <= nowMs ? run[runAt] : TimingWheel.NONE;
        return Math.min(late, next);
    }

    /** Takes out what {@link #peekDue} returned. */
    void poll(long key) {
        if (runAt < run.length && run[runAt] == key) {
            runAt++;
        } else if (wheel != null) {
            wheel.poll();
        }
    }

    /** When there is something to do next, as far as is known now: a message is due, or a minute begins. */
    long nextMs() {
        long next = runAt < run.length
                ? dueMs(run[runAt])
                : sortedTo < MINUTES ? startMs + (long) sortedTo * MINUTE_MS : Long.MAX_VALUE;
        return wheel == null ? next : Math.min(next, wheel.firstMs());
    }

    /** How many messages are in memory. */
    int keysLoaded() {
        int count = run.length - runAt + (wheel == null ? 0 : wheel.count());
        for (int minute = sortedTo; minute < MINUTES; minute++) {
            Keys keys = minutes[minute];
            count += keys == null ? 0 : keys.count();
        }
        return count;
    }

    /** Whether nothing of the hour is left in memory or could come into it. */
    boolean isOver(long nowMs) {
        return nowMs >= startMs + DueQueues.HOUR_MS
                && sortedTo == MINUTES
                && runAt == run.length
                && (wheel == null || wheel.isEmpty())
                && seenTo == entries.end();
    }
}
