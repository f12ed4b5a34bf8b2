package io.carillon.schedule;

import io.carillon.log.ConsumeQueue;
import io.carillon.log.DueQueues;
import io.carillon.log.MessageLog;
import io.carillon.log.QueueEntries;
import io.carillon.log.QueueEntry;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** The stored records of waiting messages, wherever they stand. Any thread. */
final class WaitingRecords {
    private final MessageLog log;
    private final KeptMessages kept;

    WaitingRecords(MessageLog log, KeptMessages kept) {
        this.log = log;
        this.kept = kept;
    }

    /** A copy of the record, or null when nothing has this ticket, or no longer. May read from the disk. */
    @Nullable
    MemorySegment find(long ticket) {
        ConsumeQueue queue = log.dueQueues().existing(Ticket.hour(ticket));
        QueueEntry entry = new QueueEntry();
        if (queue != null && queue.read(Ticket.place(ticket), entry)) {
            MemorySegment record = log.record(entry.logOffset);
            if (record != null) {
                return record;
            }
        }
        return kept.record(Ticket.hour(ticket), Ticket.place(ticket));
    }

    /** Whether a message ever had this ticket, and its record is still there. */
    boolean exists(long ticket) {
        int hour = Ticket.hour(ticket);
        int place = Ticket.place(ticket);
        // Tickets may be made up: they must not make queues.
        if (place < 0 || log.dueQueues().existing(hour) == null) {
            return false;
        }
        QueueEntries one = new QueueEntries(1);
        return entries(hour).read(place, 1, one) == 1 && one.sizes[0] > 0;
    }

    HourEntries entries(int hour) {
        return new HourEntries(hour, log.dueQueues().of(hour), kept);
    }

    /** All hours in which something is due, or was; sorted. */
    int[] hours() {
        return log.dueQueues().all().stream()
                .mapToInt(DueQueues::hourOf)
                .sorted()
                .toArray();
    }
}
