package io.carillon.http;

import com.google.protobuf.Duration;
import com.google.protobuf.Timestamp;
import com.google.protobuf.util.Durations;
import com.google.protobuf.util.Timestamps;
import java.time.LocalDate;
import java.time.YearMonth;

/** Times and durations in JSON, in their plainest form; see {@link JsonBytes}. */
final class TimeForm {
    private static final int DAY_S = 86_400;
    private static final int SECONDS_DIGITS_MAX = 9;
    private static final int NANOS_DIGITS = 9;
    private static final int MS_NS = 1_000_000;
    /** Where the fraction of a second begins in {@code 2026-12-01T08:00:00.5Z}. */
    private static final int FRACTION_AT = 19;
    /** Between the years 1970 and 9999. */
    private static final long SECONDS_MAX = 253_402_300_799L;

    private TimeForm() {}

    // ---- reading

    /** Such as {@code 90s} or {@code 0.5s}. */
    static Duration duration(String text, JsonBytes in) {
        int end = text.length() - 1;
        int point = text.indexOf('.');
        int wholeEnd = point < 0 ? end : point;
        boolean isPlain = end > 0 && text.charAt(end) == 's' && wholeEnd <= SECONDS_DIGITS_MAX;
        if (!isPlain) {
            in.odd();
            return Duration.getDefaultInstance();
        }
        int seconds = digits(text, 0, wholeEnd, in);
        int nanos = point < 0 ? 0 : fraction(text, point + 1, end, in);
        return Duration.newBuilder().setSeconds(seconds).setNanos(nanos).build();
    }

    /** Such as {@code 2026-12-01T08:00:00Z}. */
    static Timestamp timestamp(String text, JsonBytes in) {
        int end = text.length() - 1;
        if (end < FRACTION_AT || !isPunctuated(text, end)) {
            in.odd();
            return Timestamp.getDefaultInstance();
        }
        int year = digits(text, 0, 4, in);
        int month = digits(text, 5, 7, in);
        int day = digits(text, 8, 10, in);
        int hour = digits(text, 11, 13, in);
        int minute = digits(text, 14, 16, in);
        int second = digits(text, 17, FRACTION_AT, in);
        int nanos = end == FRACTION_AT ? 0 : fraction(text, FRACTION_AT + 1, end, in);
        boolean isTime = year >= 1970 && month >= 1 && month <= 12 && hour < 24 && minute < 60 && second < 60;
        if (!isTime || day < 1 || day > YearMonth.of(year, month).lengthOfMonth()) {
            in.odd();
            return Timestamp.getDefaultInstance();
        }
        long seconds = LocalDate.of(year, month, day).toEpochDay() * DAY_S + hour * 3_600L + minute * 60L + second;
        return Timestamp.newBuilder().setSeconds(seconds).setNanos(nanos).build();
    }

    private static boolean isPunctuated(String text, int end) {
        return text.charAt(4) == '-'
                && text.charAt(7) == '-'
                && text.charAt(10) == 'T'
                && text.charAt(13) == ':'
                && text.charAt(16) == ':'
                && text.charAt(end) == 'Z'
                && (end == FRACTION_AT || text.charAt(FRACTION_AT) == '.');
    }

    /** As nanoseconds. */
    private static int fraction(String text, int from, int to, JsonBytes in) {
        int count = to - from;
        if (count > NANOS_DIGITS) {
            in.odd();
            return 0;
        }
        int nanos = digits(text, from, to, in);
        for (int i = count; i < NANOS_DIGITS; i++) {
            nanos *= 10;
        }
        return nanos;
    }

    private static int digits(String text, int from, int to, JsonBytes in) {
        int value = 0;
        for (int i = from; i < to; i++) {
            int digit = text.charAt(i) - '0';
            if (digit < 0 || digit > 9) {
                in.odd();
                return 0;
            }
            value = 10 * value + digit;
        }
        if (from >= to) {
            in.odd();
        }
        return value;
    }

    // ---- writing

    static void write(JsonText to, Duration duration) {
        to.raw('"').raw(Durations.toString(duration)).raw('"');
    }

    static void write(JsonText to, Timestamp time) {
        long seconds = time.getSeconds();
        int nanos = time.getNanos();
        if (seconds < 0 || seconds > SECONDS_MAX || nanos % MS_NS != 0) {
            to.raw('"').raw(Timestamps.toString(time)).raw('"');
            return;
        }
        LocalDate day = LocalDate.ofEpochDay(seconds / DAY_S);
        int second = (int) (seconds % DAY_S);
        to.raw('"').digits(day.getYear(), 4).raw('-').digits(day.getMonthValue(), 2);
        to.raw('-').digits(day.getDayOfMonth(), 2).raw('T').digits(second / 3_600, 2);
        to.raw(':').digits(second / 60 % 60, 2).raw(':').digits(second % 60, 2);
        if (nanos != 0) {
            to.raw('.').digits(nanos / MS_NS, 3);
        }
        to.raw("Z\"");
    }
}
