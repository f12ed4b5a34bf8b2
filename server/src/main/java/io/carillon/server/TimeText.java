package io.carillon.server;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How people write and read points in time on a command line.
 *
 * @param zone of dates and times that name none, and of those that are shown
 * @param nowMs what relative times count from
 */
record TimeText(ZoneId zone, long nowMs) {
    private static final Pattern EPOCH_MS = Pattern.compile("\\d{1,15}");
    private static final Pattern SPAN = Pattern.compile("(?:\\d{1,12}(?:ms|s|m|h|d|w))+");
    private static final Pattern PART = Pattern.compile("(\\d+)(ms|s|m|h|d|w)");
    private static final DateTimeFormatter SHOWN = DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSSXXX");

    private static final long SECOND = 1000;
    private static final long MINUTE = 60 * SECOND;
    private static final long HOUR = 60 * MINUTE;
    private static final long DAY = 24 * HOUR;
    private static final long YEARS_10_000 = 10_000 * 366 * DAY;

    /**
     * @return the time in ms since 1970
     * @throws IllegalArgumentException when it is no time: says what one looks like
     */
    long parse(String text) {
        String word = text.strip();
        if (word.equals("now")) {
            return nowMs;
        }
        if (EPOCH_MS.matcher(word).matches()) {
            return Long.parseLong(word);
        }
        try {
            if (word.startsWith("+")) {
                return nowMs + parseSpan(word.substring(1)).toMillis();
            }
            if (word.startsWith("-")) {
                return nowMs - parseSpan(word.substring(1)).toMillis();
            }
            return parseDate(word.replace(' ', 'T'));
        } catch (DateTimeException | IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "not a time: '" + text + "', write for example 2030-01-31T08:00:00Z, 2030-01-31T08:00, 2030-01-31,"
                            + " +90m, -1h, now, or ms since 1970",
                    e);
        }
    }

    private long parseDate(String text) {
        if (text.indexOf('T') < 0) {
            return LocalDate.parse(text).atStartOfDay(zone).toInstant().toEpochMilli();
        }
        return switch (DateTimeFormatter.ISO_DATE_TIME.parseBest(
                text, ZonedDateTime::from, OffsetDateTime::from, LocalDateTime::from)) {
            case ZonedDateTime at -> at.toInstant().toEpochMilli();
            case OffsetDateTime at -> at.toInstant().toEpochMilli();
            case LocalDateTime at -> at.atZone(zone).toInstant().toEpochMilli();
            default -> throw new IllegalStateException("no other kind was asked for");
        };
    }

    /** @throws IllegalArgumentException when it is no length of time: says what one looks like */
    static Duration parseSpan(String text) {
        String word = text.strip();
        if (!SPAN.matcher(word).matches()) {
            throw new IllegalArgumentException(
                    "not a length of time: '" + text + "', write for example 90m, 1h30m or 7d");
        }
        Duration sum = Duration.ZERO;
        Matcher part = PART.matcher(word);
        while (part.find()) {
            sum = sum.plusMillis(Math.multiplyExact(Long.parseLong(part.group(1)), unitMs(part.group(2))));
        }
        if (sum.toMillis() > YEARS_10_000) {
            throw new IllegalArgumentException("too long a time: '" + text + "'");
        }
        return sum;
    }

    private static long unitMs(String unit) {
        return switch (unit) {
            case "ms" -> 1;
            case "s" -> SECOND;
            case "m" -> MINUTE;
            case "h" -> HOUR;
            case "d" -> DAY;
            default -> 7 * DAY;
        };
    }

    /** A point in time, to the millisecond. */
    String show(long ms) {
        return SHOWN.format(Instant.ofEpochMilli(ms).atZone(zone));
    }

    /** How far away a point in time is: {@code in 1h30m} or {@code 5s ago}. */
    String showDistance(long ms) {
        return ms >= nowMs ? "in " + showSpan(ms - nowMs) : showSpan(nowMs - ms) + " ago";
    }

    /** A length of time by its two largest units. */
    static String showSpan(long ms) {
        long[] units = {DAY, HOUR, MINUTE, SECOND};
        String[] names = {"d", "h", "m", "s"};
        for (int i = 0; i < units.length; i++) {
            if (ms >= units[i]) {
                long rest = i + 1 < units.length ? ms % units[i] / units[i + 1] : 0;
                return ms / units[i] + names[i] + (rest == 0 ? "" : rest + names[i + 1]);
            }
        }
        return ms + "ms";
    }
}
