package io.carillon.schedule;

import io.carillon.log.DueQueues;
import io.carillon.log.QueueEntries;
import io.carillon.message.DueTime;
import org.jspecify.annotations.Nullable;

/**
 * The part of an hour that is soon due, in memory: keys by second, each second sorted shortly before it comes, and a wheel
 * for what comes later than that. What is beyond {@code keysMax} is only counted, and loaded when its time comes nearer:
 * be it that the hour was so full when it was loaded, or that it filled up afterwards. All work comes in slices, so that
 * other hours' messages are not late because this one is large. One thread.
 */
final class LoadedHour {
    private static final int SECOND_MS = 1000;
    static final int SECONDS = 3600;
    /** How many entries are looked at in one slice: about a millisecond. */
    private static final int SLICE = 64 << 10;
    /** What comes next is loaded so many seconds before what is loaded is over, if there is room by then. */
    private static final int LOAD_AHEAD = 30;

    private static final long[] NO_KEYS = {};

    private final int hour;
    private final long startMs;
    private final HourEntries entries;
    private final ScheduleState state;
    private final int keysMax;
    private final QueueEntries range;
    /** Empty until the first work: after a long stop there are many hours that wait for their turn. */
    private @Nullable Keys[] seconds = {};
    /** How many messages each second has, gone or not. */
    private int[] counts = {};

    /** How many keys {@link #seconds} holds. */
    private int keyCount;

    private @Nullable TimingWheel wheel;
    /** All before this place left before the hour was loaded: nobody has to look at them again. */
    private final long firstPlace;
    /** Places before this one were looked at. */
    private long seenTo;
    /** Whether all was looked at once: before that, what comes first in time may not be known yet. */
    private boolean isCaughtUp;
    /** The seconds before this one are in memory, or over. */
    private int loadedTo;
    /** The seconds before this one, and from {@link #loadedTo} on, are being loaded. */
    private int loadingTo;

    private long loadAt;
    /** The seconds before this one are sorted: what comes for them goes to the wheel. */
    private int sortedTo;

    private long[] run = NO_KEYS;
    private int runAt;
    /** The second behind {@link #run}, sorted ahead of its time; empty when none is. */
    private long[] nextRun = NO_KEYS;

    /**
     * @param keysMax how many messages may be in memory, but for those of a single second
     * @param range room for entries, shared by what is never at work at the same time
     */
    LoadedHour(int hour, HourEntries entries, ScheduleState state, int keysMax, QueueEntries range) {
        this.hour = hour;
        this.entries = entries;
        this.state = state;
        this.keysMax = keysMax;
        this.range = range;
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
        if (seconds.length == 0) {
            seconds = new Keys[SECONDS];
            counts = new int[SECONDS];
        }
        int done = takeArrivals(nowMs);
        shed();
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
            int second = secondOf(due);
            counts[second]++;
            if (second < loadedTo && isPending(place)) {
                place(second, key(place, due), nowMs);
            }
        });
        isCaughtUp |= seenTo == entries.end();
        return (int) (to - from);
    }

    private void place(int second, long key, long nowMs) {
        if (second < sortedTo) {
            wheel().add(key, nowMs);
        } else {
            add(second, key);
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

    private int secondOf(long due) {
        return (int) ((DueTime.ms(due) - startMs) / SECOND_MS);
    }

    private int secondAt(long ms) {
        return Math.clamp(Math.floorDiv(ms - startMs, SECOND_MS), -1, SECONDS - 1);
    }

    private void add(int second, long key) {
        Keys keys = seconds[second];
        if (keys == null) {
            keys = new Keys();
            seconds[second] = keys;
        }
        keys.add(key);
        keyCount++;
    }

    /** Gives up what is due last when more is in memory than may be: a half, so that this is seldom. */
    private void shed() {
        int keep = sortedTo + 1;
        if (keyCount <= keysMax || loadingTo <= keep) {
            return;
        }
        while (keyCount > keysMax / 2 && loadingTo > keep) {
            drop(--loadingTo);
        }
        loadedTo = Math.min(loadedTo, loadingTo);
    }

    private void drop(int second) {
        Keys keys = seconds[second];
        seconds[second] = null;
        keyCount -= keys == null ? 0 : keys.count();
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
            int count = entries.read(at, (int) Math.min(range.capacity(), to - at), range);
            for (int i = 0; i < count; i++) {
                if (range.sizes[i] > 0) {
                    visitor.entry(Math.toIntExact(at + i), range.tagsCodes[i]);
                }
            }
            at += count;
        }
    }

    /** Makes ready what is due until the end of the second in which {@code untilMs} lies, as far as it is loaded. */
    void advance(long untilMs) {
        int second = secondAt(untilMs);
        while (nextRun.length == 0 && sortedTo <= second && sortedTo < loadedTo) {
            nextRun = sortNext();
            moveUp();
        }
        moveUp();
    }

    private void moveUp() {
        if (runAt == run.length && nextRun.length > 0) {
            run = nextRun;
            runAt = 0;
            nextRun = NO_KEYS;
        }
    }

    private long[] sortNext() {
        Keys keys = seconds[sortedTo];
        seconds[sortedTo++] = null;
        if (keys == null) {
            return NO_KEYS;
        }
        keyCount -= keys.count();
        return keys.sorted();
    }

    /** Loads the next seconds, as many as there is room for and at least one, shortly before what is loaded is over. */
    private int load() {
        if (loadingTo == loadedTo) {
            if (!mayLoadMore()) {
                return 0;
            }
            long sum = counts[loadingTo++];
            while (loadingTo < SECONDS && hasRoomFor(sum + counts[loadingTo])) {
                sum += counts[loadingTo++];
            }
            loadAt = sum == 0 ? seenTo : Math.max(firstPlace, state.firstPending(hour));
        }
        long from = loadAt;
        long to = Math.min(seenTo, from + SLICE);
        loadAt = to;
        forEach(from, to, (place, due) -> {
            int second = secondOf(due);
            if (second >= loadedTo && second < loadingTo && isPending(place)) {
                add(second, key(place, due));
            }
        });
        if (loadAt == seenTo) {
            loadedTo = loadingTo;
        }
        return (int) (to - from) + 1;
    }

    private boolean mayLoadMore() {
        return loadedTo < SECONDS
                && (loadedTo <= sortedTo || (loadedTo - sortedTo <= LOAD_AHEAD && hasRoomFor(counts[loadedTo])));
    }

    /** Whether so much may be loaded: a quarter is left to what comes later. */
    private boolean hasRoomFor(long more) {
        return keyCount + more <= keysMax - keysMax / 4;
    }

    /** Whether {@link #work} would do something. */
    boolean hasWork() {
        return seenTo < entries.end() || loadingTo > loadedTo || mayLoadMore();
    }

    /** Whether all that is due by then is in memory or gone: nothing of it is still to be found. */
    boolean isReadyUntil(long ms) {
        return isCaughtUp && sortedTo > secondAt(ms);
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
            moveUp();
        } else if (wheel != null) {
            wheel.poll();
        }
    }

    /** When there is something to do next, as far as is known now: a message is due, or a second is to be loaded. */
    long nextMs() {
        long next = runAt < run.length ? dueMs(run[runAt]) : nextSecondMs();
        return wheel == null ? next : Math.min(next, wheel.firstMs());
    }

    /** The start of the first second that is not sorted and not known to be empty. */
    private long nextSecondMs() {
        int second = sortedTo;
        while (second < loadedTo && seconds[second] == null) {
            second++;
        }
        return second == SECONDS ? Long.MAX_VALUE : startMs + (long) second * SECOND_MS;
    }

    /** How many messages are in memory. */
    int keysLoaded() {
        return keyCount + run.length - runAt + nextRun.length + (wheel == null ? 0 : wheel.count());
    }

    /** Whether nothing of the hour is left in memory or could come into it. */
    boolean isOver(long nowMs) {
        return nowMs >= startMs + DueQueues.HOUR_MS
                && sortedTo == SECONDS
                && runAt == run.length
                && nextRun.length == 0
                && (wheel == null || wheel.isEmpty())
                && seenTo == entries.end();
    }
}
