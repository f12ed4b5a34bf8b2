package io.carillon.schedule;

import io.carillon.log.ConsumeQueue;
import io.carillon.log.DueQueues;
import io.carillon.log.MessageLog;
import io.carillon.log.QueueEntries;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.function.IntUnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * One way through all that waits, hour by hour, for what stands in a part of the log that is going to be dropped. In
 * steps, for there may be a lot. Retention's thread.
 */
final class RescuePass {
    private static final int RANGE = 1024;

    private final ScheduleState state;
    private final long logOffset;
    private final IntUnaryOperator keptTo;
    private final Iterator<ConsumeQueue> queues;
    private final QueueEntries range = new QueueEntries(RANGE);

    private @Nullable ConsumeQueue queue;
    private long place;

    /**
     * @param logOffset what stands before it is going to be dropped
     * @param keptTo the place, in a given hour, from which on nothing is kept yet
     */
    RescuePass(MessageLog log, ScheduleState state, long logOffset, IntUnaryOperator keptTo) {
        this.state = state;
        this.logOffset = logOffset;
        this.keptTo = keptTo;
        queues = log.dueQueues().all().stream()
                .sorted(Comparator.comparingInt(DueQueues::hourOf))
                .iterator();
        nextQueue();
    }

    private void nextQueue() {
        queue = queues.hasNext() ? queues.next() : null;
        if (queue != null) {
            int hour = DueQueues.hourOf(queue);
            place = Math.max(queue.offsetMin(), Math.max(state.firstPending(hour), keptTo.applyAsInt(hour)));
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
            if (range.sizes[i] > 0 && state.status(Ticket.of(hour, at)) == ScheduleState.Status.PENDING) {
                found.add(new KeptDay.Survivor(hour, at, range.tagsCodes[i], range.logOffsets[i], range.sizes[i]));
            }
        }
        place += count;
        return count > 0;
    }
}
