package io.carillon.schedule;

import io.carillon.log.ConsumeQueue;
import io.carillon.log.QueueEntries;
import java.util.Arrays;

/**
 * All that ever came to one hour, by place: from the hour's queue, and what the log has dropped since from the {@link
 * KeptMessages}. A place whose message is gone reads as one of size 0. Any thread.
 */
final class HourEntries {
    private final int hour;
    private final ConsumeQueue queue;
    private final KeptMessages kept;

    HourEntries(int hour, ConsumeQueue queue, KeptMessages kept) {
        this.hour = hour;
        this.queue = queue;
        this.kept = kept;
    }

    /** The place that the next message gets. */
    long end() {
        return queue.offsetMax();
    }

    /**
     * Reads entries from a place on; tags codes are due times.
     *
     * @return how many, at least one and at most {@code countMax} or what {@code into} holds; 0 only at the end
     */
    int read(long place, int countMax, QueueEntries into) {
        int wanted = (int) Math.min(Math.min(countMax, into.capacity()), end() - place);
        if (wanted <= 0) {
            return 0;
        }
        long min = queue.offsetMin();
        if (place >= min) {
            int count = queue.readRange(place, wanted, into);
            if (count > 0) {
                return count;
            }
            min = queue.offsetMin(); // the log dropped them at this moment
        }
        int count = (int) Math.min(wanted, Math.max(1, min - place));
        Arrays.fill(into.sizes, 0, count, 0);
        kept.read(hour, place, count, into);
        return count;
    }
}
