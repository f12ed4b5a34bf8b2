package io.carillon.schedule;

/**
 * What a waiting message is known by: the hour in which it is due, counted from the epoch, and its place in that hour's
 * queue. As one number, so that tickets can be kept without objects.
 */
public final class Ticket {
    private Ticket() {}

    public static long of(int hour, int place) {
        return ((long) hour << 32) | (place & 0xFFFFFFFFL);
    }

    public static int hour(long ticket) {
        return (int) (ticket >> 32);
    }

    public static int place(long ticket) {
        return (int) ticket;
    }
}
