package io.carillon.schedule;

import io.carillon.log.DueQueues;
import io.carillon.log.QueueEntries;
import io.carillon.message.DueTime;
import io.carillon.message.Extras;
import io.carillon.message.MessageProperties;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Looks at what waits, for people: reads indexes and records, from the disk too, and changes nothing. Not for the I/O
 * threads; any other.
 */
final class Survey {
    private static final int RANGE = 1024;
    /** So many due times of an hour are sorted at once. */
    private static final int SORTED_MAX = 1 << 20;

    private static final int HOUR_MS = (int) DueQueues.HOUR_MS;

    private final WaitingRecords records;
    private final ScheduleState state;

    Survey(WaitingRecords records, ScheduleState state) {
        this.records = records;
        this.state = state;
    }

    /** What became of what is looked for. */
    enum What {
        WAITS,
        CANCELLED,
        /** It left, and was not delivered, for it was too late. */
        EXPIRED
    }

    /**
     * What is looked for.
     *
     * @param topic only messages of this topic; empty for all
     * @param key only messages with this key, be it of its KEYS, its own key, or its unique id; empty for all
     * @param fromMs due at this time or later
     * @param toMs due before this time
     * @param after only what stands behind this place
     * @param what which of them
     */
    record Query(String topic, String key, long fromMs, long toMs, WaitingPlace after, What what) {
        Query(long fromMs, long toMs) {
            this("", "", fromMs, toMs, WaitingPlace.START, What.WAITS);
        }

        /** The first time that can match. */
        long firstMs() {
            return Math.max(fromMs, after.dueMs());
        }

        boolean hasFilter() {
            return !topic.isEmpty() || !key.isEmpty();
        }

        boolean matches(Waiting one) {
            return (topic.isEmpty() || one.topic().equals(topic)) && (key.isEmpty() || hasKey(one));
        }

        private boolean hasKey(Waiting one) {
            return key.equals(one.properties().get(Extras.KEY))
                    || key.equals(one.uniqueId())
                    || Arrays.asList(one.properties()
                                    .getOrDefault(MessageProperties.KEYS, "")
                                    .split(" "))
                            .contains(key);
        }
    }

    /** What a list has so far. */
    private static final class Gathered {
        private final int max;
        private final int looksMax;
        private final List<Waiting> found = new ArrayList<>();
        private int looks;
        private @Nullable WaitingPlace last;

        Gathered(int max, int looksMax) {
            this.max = max;
            this.looksMax = looksMax;
        }

        boolean isFull() {
            return found.size() >= max || looks >= looksMax;
        }
    }

    /** The first {@code max} that match, in the order in which they are due; less when so many were looked at before. */
    WaitingPage list(Query query, int max, int looksMax) {
        Gathered gathered = new Gathered(max, looksMax);
        for (int hour : records.hours()) {
            if (overlaps(hour, query)) {
                listHour(hour, query, gathered);
            }
            if (gathered.isFull()) {
                return new WaitingPage(gathered.found, gathered.last);
            }
        }
        return new WaitingPage(gathered.found, null);
    }

    private static boolean overlaps(int hour, Query query) {
        long startMs = hour * DueQueues.HOUR_MS;
        return startMs < query.toMs() && startMs + DueQueues.HOUR_MS > query.firstMs();
    }

    /** A large hour is taken in parts, so that its due times need not all be in memory. */
    private void listHour(int hour, Query query, Gathered to) {
        long count = query.what() == What.WAITS ? records.entries(hour).end() - state.firstPending(hour) : 1;
        int parts = Math.clamp(count / SORTED_MAX * 2, 1, 3600);
        for (int part = 0; part < parts && !to.isFull(); part++) {
            int fromMs = (int) ((long) HOUR_MS * part / parts);
            int toMs = (int) ((long) HOUR_MS * (part + 1) / parts);
            long startMs = hour * DueQueues.HOUR_MS;
            if (startMs + toMs <= query.firstMs() || startMs + fromMs >= query.toMs()) {
                continue;
            }
            for (long key : sorted(hour, fromMs, toMs, query)) {
                if (to.isFull()) {
                    break;
                }
                to.last = new WaitingPlace(startMs + Keys.dueInHourMs(key), Keys.rank(key), Keys.place(key));
                to.looks++;
                addIfMatching(Ticket.of(hour, Keys.place(key)), query, to.found);
            }
        }
    }

    private void addIfMatching(long ticket, Query query, List<Waiting> found) {
        MemorySegment record = records.find(ticket);
        if (record != null) {
            Waiting one = Waiting.of(ticket, record, state);
            if (!query.hasFilter() || query.matches(one)) {
                found.add(one);
            }
        }
    }

    private long[] sorted(int hour, int fromInHourMs, int toInHourMs, Query query) {
        Keys keys = new Keys();
        long startMs = hour * DueQueues.HOUR_MS;
        boolean isAfterHere = hour == DueQueues.hourOf(query.after().dueMs());
        long afterKey = isAfterHere ? query.after().key() : -1;
        PendingVisitor visitor = (place, due) -> {
            long dueMs = DueTime.ms(due);
            int inHour = (int) (dueMs - startMs);
            long key = Keys.key(inHour, DueTime.rank(due), place);
            boolean isAsked = dueMs >= query.firstMs() && dueMs < query.toMs() && key > afterKey;
            if (isAsked && inHour >= fromInHourMs && inHour < toInHourMs) {
                keys.add(key);
            }
        };
        switch (query.what()) {
            case WAITS -> forEachPending(hour, visitor);
            case CANCELLED -> forEachAt(hour, state.cancelled(hour), visitor);
            case EXPIRED -> forEachAt(hour, state.expired(hour), visitor);
        }
        return keys.sorted();
    }

    private void forEachAt(int hour, int[] places, PendingVisitor visitor) {
        HourEntries entries = records.entries(hour);
        QueueEntries one = new QueueEntries(1);
        for (int place : places) {
            if (entries.read(place, 1, one) == 1 && one.sizes[0] > 0) {
                visitor.pending(place, one.tagsCodes[0]);
            }
        }
    }

    /** How many messages are due from {@code fromMs} on and before {@code toMs}, by spans of time; without empty spans. */
    SortedMap<Long, Long> histogram(long fromMs, long toMs, long spanMs) {
        SortedMap<Long, Long> counts = new TreeMap<>();
        forEachDueMs(fromMs, toMs, dueMs -> counts.merge(Math.floorDiv(dueMs, spanMs) * spanMs, 1L, Long::sum));
        return counts;
    }

    private void forEachDueMs(long fromMs, long toMs, LongConsumer told) {
        Query query = new Query(fromMs, toMs);
        for (int hour : records.hours()) {
            if (overlaps(hour, query)) {
                forEachPending(hour, (_, due) -> {
                    long dueMs = DueTime.ms(due);
                    if (dueMs >= fromMs && dueMs < toMs) {
                        told.accept(dueMs);
                    }
                });
            }
        }
    }

    /** What waits in all. */
    Totals totals() {
        long count = 0;
        long bytes = 0;
        long[] first = {Long.MAX_VALUE};
        long[] last = {0};
        for (int hour : records.hours()) {
            long[] sums = {0, 0};
            forEachPendingEntry(hour, (_, due, size) -> {
                sums[0]++;
                sums[1] += size;
                first[0] = Math.min(first[0], DueTime.ms(due));
                last[0] = Math.max(last[0], DueTime.ms(due));
            });
            count += sums[0];
            bytes += sums[1];
        }
        return new Totals(count, bytes, count == 0 ? 0 : first[0], last[0]);
    }

    private interface PendingVisitor {
        void pending(int place, long due);
    }

    private interface EntryVisitor {
        void entry(int place, long due, int size);
    }

    private void forEachPending(int hour, PendingVisitor visitor) {
        forEachPendingEntry(hour, (place, due, _) -> visitor.pending(place, due));
    }

    private void forEachPendingEntry(int hour, EntryVisitor visitor) {
        HourEntries entries = records.entries(hour);
        QueueEntries range = new QueueEntries(RANGE);
        long place = state.firstPending(hour);
        int count = entries.read(place, RANGE, range);
        while (count > 0) {
            for (int i = 0; i < count; i++) {
                int at = Math.toIntExact(place + i);
                if (range.sizes[i] > 0 && state.status(Ticket.of(hour, at)) == ScheduleState.Status.PENDING) {
                    visitor.entry(at, range.tagsCodes[i], range.sizes[i]);
                }
            }
            place += count;
            count = entries.read(place, RANGE, range);
        }
    }
}
