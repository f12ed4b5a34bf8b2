package io.carillon.log;

/** Sorts the entries of a part of the key index without objects: by the bytes of the hash, from the lowest up. */
final class KeySort {
    private static final int RADIX = 1 << 16;

    private KeySort() {}

    /** The places of the values in the order of the values, taken as unsigned; equal ones in the order of places. */
    static int[] order(long[] values, int count) {
        int[] from = new int[count];
        int[] to = new int[count];
        for (int i = 0; i < count; i++) {
            from[i] = i;
        }
        for (int shift = 0; shift < 64; shift += 16) {
            pass(values, from, to, shift);
            int[] swap = from;
            from = to;
            to = swap;
        }
        return from;
    }

    private static void pass(long[] values, int[] from, int[] to, int shift) {
        int[] starts = new int[RADIX + 1];
        for (int place : from) {
            starts[digit(values[place], shift) + 1]++;
        }
        for (int i = 1; i <= RADIX; i++) {
            starts[i] += starts[i - 1];
        }
        for (int place : from) {
            to[starts[digit(values[place], shift)]++] = place;
        }
    }

    private static int digit(long value, int shift) {
        return (int) (value >>> shift) & (RADIX - 1);
    }
}
