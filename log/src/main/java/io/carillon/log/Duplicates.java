package io.carillon.log;

import io.carillon.base.CarillonException.Corrupt;
import io.carillon.message.DueTime;
import io.carillon.message.MessageProperties;
import io.carillon.message.MessageRecord;
import io.carillon.message.RecordScan;
import java.lang.foreign.MemorySegment;
import java.util.Objects;

/**
 * Tells whether a record was stored before (promise P3). A hash only points at a candidate; the same message it is when
 * topic, unique id, retry count and body agree. Writer only.
 */
final class Duplicates {
    private final Segments segments;
    private final QueueIndex queues;
    private final Staging staging;
    private final QueueEntry entry = new QueueEntry();
    private final RecordScan mine = new RecordScan();
    private final RecordScan theirs = new RecordScan();

    Duplicates(Segments segments, QueueIndex queues, Staging staging) {
        this.segments = segments;
        this.queues = queues;
        this.staging = staging;
    }

    /**
     * Gives record {@code i} the place of the one that starts at {@code candidate}, if it is the same message and was
     * stored at {@code sinceMs} or later.
     */
    boolean place(AppendBatch batch, int i, long candidate, long sinceMs) {
        MemorySegment bytes;
        long at;
        if (candidate >= staging.base()) {
            bytes = staging.bytes();
            at = candidate - staging.base();
            if (at >= staging.size()) {
                return false;
            }
        } else {
            Segment segment = segments.at(candidate);
            if (segment == null) {
                return false;
            }
            bytes = segment.bytes();
            at = candidate - segment.base();
        }
        try {
            return placeIfSame(batch, i, bytes, at, candidate, sinceMs);
        } catch (IllegalStateException | InternalError | Corrupt gone) {
            // Retention closed the segment meanwhile, or the disk does not give it: nobody can read it any more.
            return false;
        }
    }

    private boolean placeIfSame(AppendBatch batch, int i, MemorySegment bytes, long at, long candidate, long sinceMs) {
        if (!isSame(batch.bytes(), batch.start(i), bytes, at, candidate)
                || MessageRecord.storeTimestamp(bytes, at) < sinceMs
                || !isInItsQueue(bytes, at, candidate)) {
            return false;
        }
        batch.place(i, candidate, MessageRecord.queueOffset(bytes, at), MessageRecord.queueId(bytes, at), false);
        return true;
    }

    /** Whether the message can be read: its topic may have been deleted since, and made anew. */
    private boolean isInItsQueue(MemorySegment bytes, long at, long candidate) {
        long due = MessageRecord.due(bytes, at);
        ConsumeQueue queue = due == 0
                ? queues.existing(MessageRecord.topic(bytes, at), MessageRecord.queueId(bytes, at))
                : queues.existing(DueQueues.topicOf(DueQueues.hourOf(DueTime.ms(due))), 0);
        long offset = MessageRecord.queueOffset(bytes, at);
        if (queue == null || offset >= queue.next()) {
            return false;
        }
        boolean isYetToBeShown = offset >= queue.offsetMax();
        return isYetToBeShown || (queue.read(offset, entry) && entry.logOffset == candidate);
    }

    private boolean isSame(MemorySegment a, long atA, MemorySegment b, long atB, long candidate) {
        return MessageRecord.isWhole(b, atB, b.byteSize())
                && MessageRecord.physicalOffset(b, atB) == candidate
                && isSameMessage(a, atA, b, atB);
    }

    /** Whether two records, both whole, are of the same message. */
    boolean isSameMessage(MemorySegment a, long atA, MemorySegment b, long atB) {
        return MessageRecord.bodyCrc(a, atA) == MessageRecord.bodyCrc(b, atB)
                && MessageRecord.bodyLength(a, atA) == MessageRecord.bodyLength(b, atB)
                && MessageRecord.reconsumeTimes(a, atA) == MessageRecord.reconsumeTimes(b, atB)
                && isEqual(
                        a,
                        MessageRecord.topicAt(a, atA),
                        MessageRecord.topicLength(a, atA),
                        b,
                        MessageRecord.topicAt(b, atB),
                        MessageRecord.topicLength(b, atB))
                && hasSameUniqueId(a, atA, b, atB)
                && (!MessageRecord.isHalf(a, atA) || goesToSameTopic(a, atA, b, atB));
    }

    /** Halves of transactions stand in one topic, wherever they go. */
    private static boolean goesToSameTopic(MemorySegment a, long atA, MemorySegment b, long atB) {
        String topic = MessageProperties.decode(a, atA).get(MessageProperties.REAL_TOPIC);
        return Objects.equals(topic, MessageProperties.decode(b, atB).get(MessageProperties.REAL_TOPIC));
    }

    private boolean hasSameUniqueId(MemorySegment a, long atA, MemorySegment b, long atB) {
        mine.scan(a, MessageRecord.propertiesAt(a, atA), MessageRecord.propertiesLength(a, atA));
        theirs.scan(b, MessageRecord.propertiesAt(b, atB), MessageRecord.propertiesLength(b, atB));
        return isEqual(a, mine.uniqueAt, mine.uniqueLength, b, theirs.uniqueAt, theirs.uniqueLength);
    }

    private static boolean isEqual(MemorySegment a, long atA, int lengthA, MemorySegment b, long atB, int lengthB) {
        return lengthA == lengthB && MemorySegment.mismatch(a, atA, atA + lengthA, b, atB, atB + lengthB) < 0;
    }
}
