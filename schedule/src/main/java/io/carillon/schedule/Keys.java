package io.carillon.schedule;

import java.util.Arrays;

/**
 * A growing row of keys. A key holds a message's due time within its hour, its rank and its place in the hour's queue,
 * so that keys in order of their numbers are messages in order of time, then of rank, then of arrival.
 */
final class Keys {
    private static final int PLACE_BITS = 32;
    private static final int RANK_BITS = 4;

    private long[] keys = new long[16];
    private int count;

    /**
     * @param dueInHourMs from 0 to 3,599,999
     * @param rank from 0 to 15
     */
    static long key(int dueInHourMs, int rank, int place) {
        return ((((long) dueInHourMs << RANK_BITS) | rank) << PLACE_BITS) | (place & 0xFFFFFFFFL);
    }

    static int dueInHourMs(long key) {
        return (int) (key >>> (PLACE_BITS + RANK_BITS));
    }

    static int rank(long key) {
        return (int) (key >>> PLACE_BITS) & ((1 << RANK_BITS) - 1);
    }

    static int place(long key) {
        return (int) key;
    }

    void add(long key) {
        if (count == keys.length) {
            keys = Arrays.copyOf(keys, 2 * count);
        }
        keys[count++] = key;
    }

    int count() {
        return count;
    }

    /** The keys in order; what is added later is not among them. */
    long[] sorted() {
        long[] sorted = Arrays.copyOf(keys, count);
        Arrays.sort(sorted);
        return sorted;
    }
}
