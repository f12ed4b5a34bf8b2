package io.carillon.broker.filter;

import java.nio.charset.StandardCharsets;

/**
 * Numbers written as text, read where they stand; what is a number is decided as {@link Integer#valueOf(String)}, {@link
 * Long#valueOf(String)} and {@link Double#valueOf(String)} do, which Apache RocketMQ's filters use (but digits are those
 * of ASCII). A text that is none is nothing exceptional here: no exception is thrown on the usual ways.
 */
final class NumberText {
    /** What a comparison gives when the text is no such number; others are -1, 0 and 1. */
    static final int NONE = 2;

    /** A NaN that no text stands for: says that there was no number. */
    private static final long NONE_BITS = 0x7ff8_0000_0000_0c41L;

    private static final double NO_NUMBER = Double.longBitsToDouble(NONE_BITS);

    /** Up to so many digits and tens, one multiplication or division gives the double nearest to the decimal number. */
    private static final int EXACT_DIGITS = 15;

    private static final double[] TENS = {
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
        1e20, 1e21, 1e22
    };
    /** No exponent of a double needs more; beyond, only the sign of it matters. */
    private static final int EXPONENT_MAX = 100_000;

    private NumberText() {}

    /** How a whole number in this range compares with another one, or {@link #NONE} when the text is not such. */
    static int compare(byte[] bytes, int at, int length, long other, long min, long max) {
        int end = at + length;
        boolean isSigned = length > 0 && isSign(bytes[at]);
        boolean isNegative = isSigned && bytes[at] == '-';
        int i = isSigned ? at + 1 : at;
        if (i == end) {
            return NONE;
        }
        // Counted downwards, where the range is larger by one.
        long limit = isNegative ? min : -max;
        long value = 0;
        for (; i < end; i++) {
            int digit = bytes[i] - '0';
            if (digit < 0 || digit > 9 || value < limit / 10 || value * 10 < limit + digit) {
                return NONE;
            }
            value = value * 10 - digit;
        }
        return Long.compare(isNegative ? value : -value, other);
    }

    /** How a number compares with a double, NaN being the largest; {@link #NONE} when the text is none. */
    static int compare(byte[] bytes, int at, int length, double other) {
        double value = real(bytes, at, length);
        return isNone(value) ? NONE : Double.compare(value, other);
    }

    static boolean isNone(double value) {
        return Double.isNaN(value) && Double.doubleToRawLongBits(value) == NONE_BITS;
    }

    /** The number, or one that {@link #isNone}. */
    static double real(byte[] bytes, int at, int length) {
        int end = at + length;
        int i = length > 0 && isSign(bytes[at]) ? at + 1 : at;
        long digits = 0;
        int digitCount = 0;
        int seen = 0;
        int pointAt = -1;
        for (; i < end; i++) {
            int digit = bytes[i] - '0';
            if (digit >= 0 && digit <= 9) {
                seen++;
                if (digitCount > 0 || digit > 0) {
                    digitCount++;
                    digits = digitCount <= EXACT_DIGITS ? digits * 10 + digit : digits;
                }
            } else if (bytes[i] == '.' && pointAt < 0) {
                pointAt = i;
            } else {
                break;
            }
        }
        int decimals = pointAt < 0 ? 0 : i - pointAt - 1;
        if (seen == 0) {
            return unusual(bytes, at, length);
        }
        int exponent = exponent(bytes, i, end);
        if (exponent == Integer.MIN_VALUE) {
            return unusual(bytes, at, length);
        }
        int tens = exponent - decimals;
        if (digitCount > EXACT_DIGITS || tens < -22 || tens > 22) {
            return Double.parseDouble(text(bytes, at, length));
        }
        double value = tens < 0 ? digits / TENS[-tens] : digits * TENS[tens];
        return bytes[at] == '-' ? -value : value;
    }

    /** What follows the digits: nothing, or an exponent; the smallest int when it is something else. */
    private static int exponent(byte[] bytes, int from, int end) {
        if (from == end) {
            return 0;
        }
        if (bytes[from] != 'e' && bytes[from] != 'E') {
            return Integer.MIN_VALUE;
        }
        int i = from + 1 < end && isSign(bytes[from + 1]) ? from + 2 : from + 1;
        if (i == end) {
            return Integer.MIN_VALUE;
        }
        boolean isNegative = bytes[i - 1] == '-';
        int exponent = 0;
        for (; i < end; i++) {
            int digit = bytes[i] - '0';
            if (digit < 0 || digit > 9) {
                return Integer.MIN_VALUE;
            }
            exponent = Math.min(EXPONENT_MAX, exponent * 10 + digit);
        }
        return isNegative ? -exponent : exponent;
    }

    /** The other forms of a double: space around it, a suffix d or f, hexadecimal, NaN and Infinity. */
    private static double unusual(byte[] bytes, int at, int length) {
        if (length == 0 || !mayBeUnusual(bytes, at, length)) {
            return NO_NUMBER;
        }
        try {
            return Double.parseDouble(text(bytes, at, length));
        } catch (NumberFormatException none) {
            return NO_NUMBER;
        }
    }

    /** Told from the ends of the text, so that an ordinary word costs no exception. */
    private static boolean mayBeUnusual(byte[] bytes, int at, int length) {
        int end = at + length;
        int from = isSign(bytes[at]) && length > 1 ? at + 1 : at;
        int last = bytes[end - 1] | 0x20;
        boolean isDigit = bytes[from] == '.' || (bytes[from] >= '0' && bytes[from] <= '9');
        boolean isHexadecimal = end - from > 2 && (bytes[from + 1] | 0x20) == 'x';
        return isSpace(bytes[at])
                || isSpace(bytes[end - 1])
                || (bytes[from] == 'N' && end - from == "NaN".length())
                || (bytes[from] == 'I' && end - from == "Infinity".length())
                || (isDigit && (isHexadecimal || last == 'd' || last == 'f'));
    }

    private static boolean isSpace(byte b) {
        return b >= 0 && b <= ' ';
    }

    private static boolean isSign(byte b) {
        return b == '+' || b == '-';
    }

    private static String text(byte[] bytes, int at, int length) {
        return new String(bytes, at, length, StandardCharsets.UTF_8);
    }
}
