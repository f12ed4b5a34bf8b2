package io.carillon.schedule;

import io.carillon.message.Extras;
import io.carillon.message.MessageProperties;
import io.carillon.message.PropertyBytes;
import java.lang.foreign.MemorySegment;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A message that comes again and again, as its properties say. Each occurrence schedules the next one when it leaves, so
 * that there is always exactly one that waits. Any thread.
 */
public final class Recurrence {
    /** There is no further occurrence. */
    public static final long NEVER = Long.MAX_VALUE;
    /** An occurrence that is later than this was missed. */
    private static final long MISSED_MS = 10_000;

    /** What becomes of occurrences that were missed. */
    private enum Misfire {
        /** One is delivered for all of them. */
        ONCE,
        /** None is delivered. */
        SKIP,
        /** Each is delivered. */
        ALL
    }

    private final Timetable timetable;
    private final long startMs;
    private final long endMs;
    private final Misfire misfire;

    private Recurrence(Timetable timetable, long startMs, long endMs, Misfire misfire) {
        this.timetable = timetable;
        this.startMs = startMs;
        this.endMs = endMs;
        this.misfire = misfire;
    }

    /**
     * What these properties ask for, or null when they ask for no recurrence.
     *
     * @throws IllegalArgumentException when they make no sense: says which, and what was expected
     */
    public static @Nullable Recurrence of(Map<String, String> properties) {
        String cron = properties.get(Extras.CRON);
        if (cron == null) {
            return null;
        }
        Timetable timetable = Timetable.of(cron, Objects.requireNonNullElse(properties.get(Extras.TIME_ZONE), "UTC"));
        long startMs = epochMs(Extras.START_MS, properties.get(Extras.START_MS), 0);
        long endMs = epochMs(Extras.END_MS, properties.get(Extras.END_MS), NEVER - 1);
        return new Recurrence(timetable, startMs, endMs, misfire(properties.get(Extras.MISFIRE)));
    }

    static @Nullable Recurrence of(MemorySegment record) {
        if (MessageProperties.of(record, 0, Extras.CRON) == null) {
            return null;
        }
        return of(MessageProperties.decode(record, 0));
    }

    private static long epochMs(String name, @Nullable String text, long otherwise) {
        try {
            return text == null ? otherwise : Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(
                    "property " + name + " should be a time in ms since 1970, not '" + text + "'", e);
        }
    }

    private static Misfire misfire(@Nullable String text) {
        if (text == null) {
            return Misfire.ONCE;
        }
        try {
            return Misfire.valueOf(text.toUpperCase(Locale.ROOT));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "property " + Extras.MISFIRE + " should be once, skip or all, not '" + text + "'", e);
        }
    }

    /** The first occurrence after now, or {@link #NEVER}. */
    public long firstMs(long nowMs) {
        long afterMs = Math.max(nowMs, startMs - 1);
        // A fixed distance is counted from the start, or else from now.
        return until(timetable.nextAfter(afterMs, startMs > 0 ? startMs : afterMs));
    }

    /** The occurrence after the one that was due then, and is leaving now. */
    long nextMs(long dueMs, long nowMs) {
        return until(timetable.nextAfter(misfire == Misfire.ALL ? dueMs : Math.max(dueMs, nowMs), dueMs));
    }

    /** Whether an occurrence that is only leaving now was missed, and is not wanted any more. */
    boolean isSkipped(long dueMs, long nowMs) {
        return misfire == Misfire.SKIP && nowMs - dueMs > MISSED_MS;
    }

    private long until(long next) {
        return next > endMs ? NEVER : next;
    }

    /** Gives the next occurrence its number, and an id of its own: consumers tell messages apart by it. */
    void numberNext(PropertyBytes properties) {
        long number = DeliveryExtras.number(properties.get(Extras.OCCURRENCE), 1);
        properties.put(Extras.OCCURRENCE, Long.toString(number + 1));
        String id = properties.get(MessageProperties.UNIQ_KEY);
        if (id == null) {
            return;
        }
        String suffix = "-" + number;
        String first = number > 1 && id.endsWith(suffix) ? id.substring(0, id.length() - suffix.length()) : id;
        properties.putIfAbsent(Extras.KEY, first);
        properties.put(MessageProperties.UNIQ_KEY, first + "-" + (number + 1));
    }
}
