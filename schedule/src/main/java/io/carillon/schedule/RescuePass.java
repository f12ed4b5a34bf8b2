package io.carillon.schedule;

import io.carillon.log.ConsumeQueue;
import io.carillon.log.DueQueues;
import io.carillon.log.MessageLog;
import io.carillon.log.QueueEntries;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One way through all that waits, hour by hour, for what stands in a part of the log that is going to be dropped. In
 * steps, for there may be a lot. Retention's thread.
 */
final class RescuePass {
    private static final int RANGE = 1024;

    /** What was copied before: it is there again when a crash came between copying and dropping. */
    interface Kept {
        /** The place from which on nothing of an hour is kept. */
        int keptTo(int hour);

        boolean holds(int hour, int place);
    }

    private final ScheduleState state;
    private final long logOffset;
    private final Kept kept;
    private final Iterator<ConsumeQueue> queues;
    private final QueueEntries range = new QueueEntries(RANGE);

    private @Nullable ConsumeQueue queue;
    private long place;
    private long keptTo;

    /** @param logOffset what stands before it is going to be dropped */
    RescuePass(MessageLog log, ScheduleState state, long logOffset, Kept kept) {
        this.state = state;
        this.logOffset = logOffset;
        this.kept = kept;
        queues = log.dueQueues().all().stream()
                .sorted(Comparator.comparingInt(DueQueues::hourOf))
                .iterator();
        nextQueue();
    }

    private void nextQueue() {
        queue = queues.hasNext() ? queues.next() : null;
        if (queue != null) {
            int hour = DueQueues.hourOf(queue);
            place = Math.max(queue.offsetMin(), state.firstPending(hour));
            keptTo = kept.keptTo(hour);
        }
    }

    long logOffset() {
        return logOffset;
    }

    boolean isDone() {
        return queue == null;
    }

    /** The next messages that are needed, each hour's in their order: so many, fewer only at the end. */
    List<KeptDay.Survivor> next(int wanted) {
        List<KeptDay.Survivor> found = new ArrayList<>();
        while (queue != null && found.size() < wanted) {
            if (!addRange(queue, wanted - found.size(), found)) {
                nextQueue();
            }
        }
        return found;
    }

    /** Adds what is needed of the next range of a queue; returns false when that was the last one. */
    private boolean addRange(ConsumeQueue from, int wanted, List<KeptDay.Survivor> found) {
        int hour = DueQueues.hourOf(from);
        int count = from.readRange(place, wanted, range);
        for (int i = 0; i < count; i++) {
            if (range.logOffsets[i] >= logOffset) {
                return false;
            }
            int at = Math.toIntExact(place + i);
            if (range.sizes[i] > 0 && isNeeded(hour, at)) {
                found.add(new KeptDay.Survivor(hour, at, range.tagsCodes[i], range.logOffsets[i], range.sizes[i]));
            }
        }
        place += count;
        return count > 0;
    }

    /**
     * One before the last that is kept need not be kept: it may have left when the others were copied, and wait again after
     * a power loss that took its departure.
     */
    private boolean isNeeded(int hour, int at) {
        return state.status(Ticket.of(hour, at)) == ScheduleState.Status.PENDING
                && (at >= keptTo || !kept.holds(hour, at));
    }
}
