package io.carillon.broker.consume;

import io.carillon.broker.consume.PullResult.Looked;
import io.carillon.broker.consume.PullResult.Status;
import io.carillon.broker.filter.MessageFilter;
import io.carillon.broker.filter.RecordFilter;
import io.carillon.broker.filter.RecordProperties;
import io.carillon.broker.filter.TagFilter;
import io.carillon.log.ConsumeQueue;
import io.carillon.log.MessageLog;
import io.carillon.log.QueueEntries;
import java.nio.ByteBuffer;

/**
 * Finds in a consume queue which records answer a read, and copies them. Any thread; allocates nothing per message.
 *
 * <p>A filter by tags is decided by the queue's entries alone. One by properties reads them from the log, so whoever
 * must not wait for the disk asks first whether the log is cold there.
 */
final class QueueReader {
    /** So many entries are examined at most for one read whose filter lets little through. */
    static final int EXAMINED_MAX = 4096;
    /** Likewise for a read whose filter must see each record, when these have to come from the disk. */
    static final int EXAMINED_COLD_MAX = 512;
    /** So many bytes of properties are walked over at most for one read: a few ms, whatever the filter is. */
    static final long WORK_MAX = 4L << 20;
    /** What finding a record's properties costs, in bytes walked over. */
    private static final int RECORD_WORK = 64;

    static final int NOTHING_LOST = -1;

    /** Where records are copied from. */
    interface Records {
        /** As {@link MessageLog#copy}. */
        boolean copy(long logOffset, int size, ByteBuffer into);

        /** As {@link MessageLog#properties}. */
        int properties(long logOffset, int size, byte[] into);

        static Records of(MessageLog log) {
            return new Records() {
                @Override
                public boolean copy(long logOffset, int size, ByteBuffer into) {
                    return log.copy(logOffset, size, into);
                }

                @Override
                public int properties(long logOffset, int size, byte[] into) {
                    return log.properties(logOffset, size, into);
                }
            };
        }
    }

    /** How much one read may give and look at. The first message is given even if it alone is larger. */
    record Limits(int messages, int bytes, int examined) {
        Limits {
            messages = Math.max(1, messages);
            bytes = Math.max(1, bytes);
            examined = Math.max(1, examined);
        }

        Limits(int messages, int bytes) {
            this(messages, bytes, EXAMINED_MAX);
        }

        /** The same for a read that waits for the disk with each record that it looks at. */
        Limits cold() {
            return new Limits(messages, bytes, Math.min(examined, EXAMINED_COLD_MAX));
        }
    }

    private final Records records;

    QueueReader(Records records) {
        this.records = records;
    }

    /** Looks at the queue from an offset on, and fills the plan when there is something. */
    Looked look(ConsumeQueue queue, MessageFilter filter, long offset, Limits limits, PullPlan plan) {
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
    private long examine(
            ConsumeQueue queue, MessageFilter filter, long offset, long max, Limits limits, PullPlan plan) {
        long end = Math.min(max, offset + limits.examined());
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
    private int take(MessageFilter filter, long at, int count, Limits limits, PullPlan plan) {
        QueueEntries entries = plan.entries;
        TagFilter tags = filter.tags();
        RecordFilter record = filter.record();
        for (int i = 0; i < count; i++) {
            if (tags.matches(entries.tagsCodes[i])) {
                int size = entries.sizes[i];
                boolean isFull = plan.messages() == limits.messages()
                        || (plan.messages() > 0 && plan.bytes() + size > limits.bytes());
                if (isFull || plan.work > WORK_MAX) {
                    return i;
                }
                if (record == null || isWanted(record, entries.logOffsets[i], size, plan)) {
                    plan.add(at + i, entries.logOffsets[i], size);
                }
            }
        }
        return count;
    }

    /** What is gone or damaged counts as wanted: the copy finds out, and says it as it does without a filter. */
    private boolean isWanted(RecordFilter filter, long logOffset, int size, PullPlan plan) {
        RecordProperties properties = plan.properties;
        int length = records.properties(logOffset, size, properties.room());
        plan.work += (long) (RECORD_WORK + Math.max(0, length)) * filter.weight();
        return length < 0 || filter.matches(properties.filled(length));
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
