package io.carillon.message;

/** The decimal digits that numbers are in properties, headers and handles, written without a string. */
public final class Decimal {
    /** What the largest number takes. */
    public static final int DIGITS_MAX = 19;

    private Decimal() {}

    /** How many digits a number has that is not below 0. */
    public static int digits(long number) {
        int count = 1;
        for (long bound = 10; count < DIGITS_MAX && number >= bound; bound *= 10) {
            count++;
        }
        return count;
    }

    /**
     * Writes a number that is not below 0 so that it ends here.
     *
     * @param end where it ends, exclusive; it begins {@link #digits} before
     */
    public static void put(byte[] to, int end, long number) {
        int at = end;
        long rest = number;
        do {
            to[--at] = (byte) ('0' + rest % 10);
            rest /= 10;
        } while (rest != 0);
    }
}
