package io.carillon.remoting;

/** Whole decimal numbers as they stand in bytes, read without a string. */
final class WholeNumber {
    /** What {@link #parse} answers for text that is no number; the number itself is therefore not read. */
    static final long NONE = Long.MIN_VALUE;

    private WholeNumber() {}

    /** The number, or {@link #NONE} when it is none or does not fit. */
    static long parse(byte[] bytes, int at, int length) {
        int end = at + length;
        boolean isNegative = length > 1 && bytes[at] == '-';
        int first = isNegative || (length > 1 && bytes[at] == '+') ? at + 1 : at;
        if (first == end || end - first > 19) {
            return NONE;
        }
        long value = 0;
        for (int i = first; i < end; i++) {
            int digit = bytes[i] - '0';
            if (digit < 0 || digit > 9) {
                return NONE;
            }
            value = value * 10 + digit;
        }
        return value < 0 ? NONE : isNegative ? -value : value; // nineteen digits overflow into the sign, and no further
    }
}
