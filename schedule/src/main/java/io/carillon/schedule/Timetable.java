package io.carillon.schedule;

import com.cronutils.model.Cron;
import com.cronutils.model.CronType;
import com.cronutils.model.definition.CronDefinition;
import com.cronutils.model.definition.CronDefinitionBuilder;
import com.cronutils.model.time.ExecutionTime;
import com.cronutils.parser.CronParser;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import java.time.zone.ZoneOffsetTransition;
import java.time.zone.ZoneRules;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Points in time that repeat: a cron expression in a time zone, or a fixed distance. Immutable; any thread. */
sealed interface Timetable {
    /**
     * The first point after this one, in epoch ms; {@link Recurrence#NEVER} when there is none.
     *
     * @param ms at or after {@code point}
     * @param point one of the points: a fixed distance is counted from it
     */
    long nextAfter(long ms, long point);

    /**
     * Reads an expression: five fields (minute, hour, day, month, day of week), six with seconds in front, or {@code
     * @every 90s} with a number and one of ms, s, m, h, d, or an ISO duration.
     *
     * @throws IllegalArgumentException when it is none of these, or the zone is unknown
     */
    static Timetable of(String expression, String zone) {
        String text = expression.strip();
        return text.startsWith("@every") ? Every.of(text) : CronTable.of(text, zone);
    }

    /** A fixed distance, counted from the occurrence before. */
    record Every(long ms) implements Timetable {
        private static final long MS_MIN = 100;
        private static final Map<String, Long> UNITS =
                Map.of("ms", 1L, "s", 1000L, "m", 60_000L, "h", 3_600_000L, "d", 86_400_000L);

        static Every of(String text) {
            long ms = parse(text.substring("@every".length()).strip());
            if (ms < MS_MIN) {
                throw new IllegalArgumentException("'" + text + "' comes more often than every " + MS_MIN + " ms");
            }
            return new Every(ms);
        }

        private static long parse(String text) {
            String unit = text.replaceFirst("^[0-9]+", "").toLowerCase(Locale.ROOT);
            try {
                Long unitMs = UNITS.get(unit);
                return unitMs == null
                        ? Duration.parse(text).toMillis()
                        : Math.multiplyExact(Long.parseLong(text, 0, text.length() - unit.length(), 10), unitMs);
            } catch (DateTimeParseException | NumberFormatException | ArithmeticException e) {
                throw new IllegalArgumentException(
                        "@every wants a duration such as 500ms, 90s, 5m, 1h, 2d or PT1M30S, not '" + text + "'", e);
            }
        }

        @Override
        public long nextAfter(long after, long point) {
            if (after > Recurrence.NEVER - ms - 1) {
                return Recurrence.NEVER;
            }
            return after - Math.floorMod(after - point, ms) + ms;
        }
    }

    /** Where the clocks go forward, a point in the gap comes at its end; where they go back, it comes once. */
    record CronTable(ExecutionTime times, ZoneId zone) implements Timetable {
        private static final CronParser FIVE = parser(CronType.UNIX);
        private static final CronParser SIX = parser(CronType.SPRING53);
        private static final int KNOWN_MAX = 1024;
        /** Parsing costs more than all else that is done for an occurrence. */
        private static final Map<String, Timetable> KNOWN = new ConcurrentHashMap<>();

        private static CronParser parser(CronType type) {
            CronDefinition definition = CronDefinitionBuilder.instanceDefinitionFor(type);
            return new CronParser(definition);
        }

        static Timetable of(String expression, String zone) {
            String name = zone + ' ' + expression;
            Timetable known = KNOWN.get(name);
            if (known != null) {
                return known;
            }
            Timetable fresh = parse(expression, zone);
            if (KNOWN.size() >= KNOWN_MAX) {
                KNOWN.clear();
            }
            KNOWN.put(name, fresh);
            return fresh;
        }

        private static Timetable parse(String expression, String zone) {
            ZoneId zoneId;
            try {
                zoneId = ZoneId.of(zone);
            } catch (DateTimeException e) {
                throw new IllegalArgumentException(
                        "there is no time zone '" + zone + "'; write it as in Europe/Berlin or UTC", e);
            }
            int fields = expression.split("\\s+").length;
            if (fields != 5 && fields != 6) {
                throw new IllegalArgumentException(
                        "a cron expression has five fields, or six with seconds in front, not " + fields + ": '"
                                + expression + "'");
            }
            try {
                Cron cron = (fields == 5 ? FIVE : SIX).parse(expression).validate();
                return new CronTable(ExecutionTime.forCron(cron), zoneId);
            } catch (RuntimeException e) { // the parser fails in its own ways on what it did not expect
                throw new IllegalArgumentException("'" + expression + "' is no cron expression: " + e.getMessage(), e);
            }
        }

        @Override
        public long nextAfter(long ms, long point) {
            Instant after = Instant.ofEpochMilli(ms);
            return times.nextExecution(after.atZone(zone))
                    .map(next -> orGapBefore(next.toInstant(), after).toEpochMilli())
                    .orElse(Recurrence.NEVER);
        }

        /** The end of the first gap after {@code after} in which a point lies, when that is before {@code next}. */
        private Instant orGapBefore(Instant next, Instant after) {
            ZoneRules rules = zone.getRules();
            ZoneOffsetTransition change = rules.nextTransition(after);
            while (change != null && change.getInstant().isBefore(next)) {
                if (change.isGap() && hasPoint(change.getDateTimeBefore(), change.getDateTimeAfter())) {
                    return change.getInstant();
                }
                change = rules.nextTransition(change.getInstant());
            }
            return next;
        }

        /** Whether a clock that knows of no gap would show a point from one time on and before another. */
        private boolean hasPoint(LocalDateTime from, LocalDateTime to) {
            return times.nextExecution(from.minusNanos(1).atZone(ZoneOffset.UTC))
                    .filter(point -> point.toLocalDateTime().isBefore(to))
                    .isPresent();
        }
    }
}
