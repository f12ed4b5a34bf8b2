package io.carillon.broker.consume;

import io.carillon.broker.client.TagFilter;
import io.carillon.broker.consume.PullResult.Looked;
import io.carillon.broker.consume.PullResult.Status;
import io.carillon.log.ConsumeQueue;
import io.carillon.log.QueueEntries;
import java.nio.ByteBuffer;

/** Finds in a consume queue which records answer a read, and copies them. Any thread; allocates nothing per message. */
final class QueueReader {
    /** So many entries are examined at most for one read whose filter lets little through. */
    static final int EXAMINED_MAX = 4096;

    static final int NOTHING_LOST = -1;

    /** Where records are copied from: {@link io.carillon.log.MessageLog#copy}. */
    @FunctionalInterface
    interface Records {
        boolean copy(long logOffset, int size, ByteBuffer into);
    }

    /** How much one read may give. The first message is given even if it alone is larger. */
    record Limits(int messages, int bytes) {
        Limits {
            messages = Math.max(1, messages);
            bytes = Math.max(1, bytes);
        }
    }

    private final Records records;

    QueueReader(Records records) {
        this.records = records;
    }

    /** Looks at the queue from an offset on, and fills the plan when there is something. */
    Looked look(ConsumeQueue queue, TagFilter filter, long offset, Limits limits, PullPlan plan) {
        plan.clear();
        // The minimum first: between two reads it can only come closer to the maximum, never pass it.
        long min = queue.offsetMin();
        long max = queue.offsetMax();
        if (offset == max) {
            return new Looked(Status.AT_END, offset, min, max);
        }
        if (max == 0) {
            return new Looked(Status.NEVER_FILLED, 0, min, max);
        }
        if (offset > max) {
            return new Looked(Status.TOO_LARGE, max, min, max);
        }
        if (offset < min) {
            return new Looked(Status.TOO_SMALL, min, min, max);
        }
        long next = examine(queue, filter, offset, max, limits, plan);
        if (next == offset) {
            return unreadable(queue, offset);
        }
        return new Looked(plan.messages() > 0 ? Status.FOUND : Status.NONE_MATCHED, next, min, max);
    }

    /** @return the offset after the last entry that was examined */
    private static long examine(
            ConsumeQueue queue, TagFilter filter, long offset, long max, Limits limits, PullPlan plan) {
        long end = Math.min(max, offset + EXAMINED_MAX);
        long at = offset;
        while (at < end && plan.messages() < limits.messages()) {
            long wanted = filter.isForAll() ? limits.messages() - plan.messages() : Long.MAX_VALUE;
            int count = queue.readRange(at, (int) Math.min(PullPlan.ENTRIES, Math.min(wanted, end - at)), plan.entries);
            int examined = take(filter, at, count, limits, plan);
            at += examined;
            if (count == 0 || examined < count) {
                break;
            }
        }
        return at;
    }

    /** @return how many of the entries were examined before the plan was full */
    private static int take(TagFilter filter, long at, int count, Limits limits, PullPlan plan) {
        QueueEntries entries = plan.entries;
        for (int i = 0; i < count; i++) {
            if (filter.matches(entries.tagsCodes[i])) {
                int size = entries.sizes[i];
                boolean isFull = plan.messages() == limits.messages()
                        || (plan.messages() > 0 && plan.bytes() + size > limits.bytes());
                if (isFull) {
                    return i;
                }
                plan.add(at + i, entries.logOffsets[i], size);
            }
        }
        return count;
    }

    /** The entry could not be read although it lay within the queue a moment ago: retention came between, or a fault. */
    private static Looked unreadable(ConsumeQueue queue, long offset) {
        long min = queue.offsetMin();
        long max = queue.offsetMax();
        Status status = offset < min ? Status.TOO_SMALL : Status.HOLE;
        return new Looked(status, Math.max(offset, min), min, max);
    }

    /** @return the range that is gone, after which nothing was copied, or {@link #NOTHING_LOST} */
    int copy(PullPlan plan, ByteBuffer into) {
        for (int i = 0; i < plan.ranges(); i++) {
            if (!records.copy(plan.logOffset(i), plan.size(i), into)) {
                return i;
            }
        }
        return NOTHING_LOST;
    }

    /**
     * What to answer after {@link #copy} lost a range: what stands before it, and when that is nothing, that the reader
     * go on after its first message, or at the queue's new beginning. So nothing that is still there is passed over.
     */
    static Looked afterLoss(Looked looked, ConsumeQueue queue, PullPlan plan, int lost) {
        long lostAt = plan.queueOffset(lost);
        plan.cut(lost);
        if (lost > 0) {
            return new Looked(Status.FOUND, lostAt, looked.min(), looked.max());
        }
        long min = queue.offsetMin();
        return new Looked(Status.REMOVED, Math.max(min, lostAt + 1), min, queue.offsetMax());
    }
}
