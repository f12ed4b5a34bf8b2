package io.carillon.schedule;

import io.carillon.log.DueQueues;
import io.carillon.message.DueTime;

/**
 * Where a message stands in the order of all that waits, whether it still does or not: a list can go on from there.
 *
 * @param dueMs in epoch ms
 * @param rank of those due in the same ms, the smaller one goes first
 * @param place in the queue of its hour: of those of one rank, the smaller one goes first
 */
public record WaitingPlace(long dueMs, int rank, int place) {
    /** Before all others. */
    public static final WaitingPlace START = new WaitingPlace(-1, 0, -1);

    private static final int RADIX = 36;

    /** @throws IllegalArgumentException when {@link #text} returns no such text */
    public static WaitingPlace parse(String text) {
        int dot = text.indexOf('.');
        try {
            long due = Long.parseLong(text, 0, Math.max(dot, 0), RADIX);
            int place = Integer.parseInt(text, dot + 1, text.length(), RADIX);
            WaitingPlace parsed = new WaitingPlace(DueTime.ms(due), DueTime.rank(due), place);
            if (parsed.text().equals(text)) {
                return parsed;
            }
        } catch (IllegalArgumentException _) {
            // said below, as is what reads as a number and is no place
        }
        throw new IllegalArgumentException("'" + text + "' is no place in a list: take it from the list before");
    }

    /** A short text, of which nobody but {@link #parse} needs to know the form. */
    public String text() {
        return Long.toString(DueTime.of(dueMs, rank), RADIX) + '.' + Integer.toString(place, RADIX);
    }

    /** Its key in its hour. */
    long key() {
        return Keys.key((int) (dueMs - DueQueues.hourOf(dueMs) * DueQueues.HOUR_MS), rank, place);
    }
}
