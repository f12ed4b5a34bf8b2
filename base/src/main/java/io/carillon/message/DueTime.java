package io.carillon.message;

/**
 * When a message is due, and which goes first of those that are due in the same millisecond, in one number. As it stands
 * in records and in the index:
 *
 * <pre>
 * bits 0–47   epoch ms
 * bits 48–51  rank: 0 goes first, 15 last
 * </pre>
 *
 * No message that is due later has the number 0.
 */
public final class DueTime {
    public static final int RANK_MAX = 15;
    /** The rank of what does not ask for one. */
    public static final int RANK_DEFAULT = 5;

    private static final int MS_BITS = 48;
    private static final long MS_MASK = (1L << MS_BITS) - 1;

    private DueTime() {}

    /** @param ms from 1 to 2^48 - 1 */
    public static long of(long ms, int rank) {
        if (ms < 1 || ms > MS_MASK || rank < 0 || rank > RANK_MAX) {
            throw new IllegalArgumentException("no due time: " + ms + " ms, rank " + rank);
        }
        return (long) rank << MS_BITS | ms;
    }

    public static long ms(long due) {
        return due & MS_MASK;
    }

    public static int rank(long due) {
        return (int) (due >>> MS_BITS) & RANK_MAX;
    }
}
