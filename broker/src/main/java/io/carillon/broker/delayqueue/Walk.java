package io.carillon.broker.delayqueue;

import io.carillon.base.delayqueue.Stored;
import io.carillon.broker.pop.PopService;
import io.carillon.log.ConsumeQueue;
import io.carillon.log.QueueEntries;
import io.carillon.log.QueueEntry;
import io.carillon.message.MessageRecord;
import java.lang.foreign.MemorySegment;
import java.util.Collection;
import java.util.Comparator;
import java.util.Iterator;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * Goes through parts of several queues at once, in the order in which their messages came into the log. So one number, the
 * place of the last one, says where to go on in all of them. Reads the index. One thread.
 */
final class Walk {
    private static final int CHUNK = 32;

    /** Says what a message of a part is, as it is to be listed; null when it is not what the part is there for. */
    interface Judge {
        @Nullable
        Stored judge(MemorySegment record);
    }

    /** A part of a queue: the message that it stands at, and the way to the next one. */
    abstract static class Part {
        private final Judge judge;
        private final int looks;
        /** Of the message that this stands at. */
        long logOffset = -1;

        int size;

        /** @param looks how many questions to the index a judgement costs */
        Part(Judge judge, int looks) {
            this.judge = judge;
            this.looks = looks;
        }

        abstract boolean toNext();

        long logOffset() {
            return logOffset;
        }

        int size() {
            return size;
        }

        int looks() {
            return looks;
        }

        @Nullable
        Stored judge(MemorySegment record) {
            return judge.judge(record);
        }
    }

    /** All from one offset on and before another. */
    static final class Range extends Part {
        private final ConsumeQueue queue;
        private final long to;
        private final QueueEntries entries = new QueueEntries(CHUNK);
        private long from;
        private int count;
        private int at;

        Range(ConsumeQueue queue, long from, long to, Judge judge, int looks) {
            super(judge, looks);
            this.queue = queue;
            this.from = from;
            this.to = to;
        }

        @Override
        boolean toNext() {
            if (at == count) {
                from = Math.max(from + count, queue.offsetMin());
                count = from < to ? queue.readRange(from, (int) Math.min(CHUNK, to - from), entries) : 0;
                at = 0;
            }
            if (count == 0) {
                return false;
            }
            logOffset = entries.logOffsets[at];
            size = entries.sizes[at++];
            return true;
        }
    }

    /** What a group has in flight. */
    static final class Held extends Part {
        private final PopService pop;
        private final String group;
        private final ConsumeQueue queue;
        private final QueueEntry entry = new QueueEntry();
        private long[] offsets = {};
        private long from;
        private int at;

        Held(PopService pop, String group, ConsumeQueue queue, long from, Judge judge) {
            super(judge, 1);
            this.pop = pop;
            this.group = group;
            this.queue = queue;
            this.from = from;
        }

        @Override
        boolean toNext() {
            do {
                if (at == offsets.length) {
                    offsets = pop.inFlight(group, queue.topic(), queue.number(), from, CHUNK);
                    at = 0;
                }
                if (offsets.length == 0) {
                    return false;
                }
                from = offsets[at++] + 1;
            } while (!queue.read(from - 1, entry)); // retention has passed it
            logOffset = entry.logOffset;
            size = entry.size;
            return true;
        }
    }

    /** Messages that are known already, in the order of the log. */
    static final class Known extends Part {
        private final Iterator<MemorySegment> records;

        /** @param from only what stands at this place of the log or behind it */
        Known(Collection<MemorySegment> records, long from, Judge judge, int looks) {
            super(judge, looks);
            this.records = records.stream()
                    .filter(record -> MessageRecord.physicalOffset(record, 0) >= from)
                    .sorted(Comparator.comparingLong(record -> MessageRecord.physicalOffset(record, 0)))
                    .iterator();
        }

        @Override
        boolean toNext() {
            long before = logOffset;
            while (records.hasNext()) {
                MemorySegment record = records.next();
                logOffset = MessageRecord.physicalOffset(record, 0);
                size = Math.toIntExact(record.byteSize());
                if (logOffset != before) {
                    return true; // one that is known by two names stands there twice
                }
            }
            return false;
        }
    }

    private final PriorityQueue<Part> parts = new PriorityQueue<>(Comparator.comparingLong(Part::logOffset));
    private @Nullable Part current;

    Walk(Collection<Part> of) {
        of.forEach(this::add);
    }

    private void add(Part part) {
        if (part.toNext()) {
            parts.add(part);
        }
    }

    /** The part that stands at the next message, until this is asked again; null when there is none. */
    @Nullable
    Part next() {
        if (current != null) {
            add(current);
        }
        current = parts.poll();
        return current;
    }
}
