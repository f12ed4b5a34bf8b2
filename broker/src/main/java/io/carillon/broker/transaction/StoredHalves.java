package io.carillon.broker.transaction;

import io.carillon.broker.metadata.Halves;
import io.carillon.log.ConsumeQueue;
import io.carillon.log.MessageLog;
import io.carillon.log.QueueEntry;
import io.carillon.message.MessageProperties;
import io.carillon.message.MessageRecord;
import io.carillon.message.SysFlag;
import io.carillon.message.TopicName;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The halves in the log, and what became of them. Any thread; what says that it looks into the index may wait for it. */
final class StoredHalves {
    /** So many copies of one message are looked at. */
    private static final int COPIES_MAX = 16;

    private final MessageLog log;
    private final Halves halves;
    private final ConsumeQueue queue;

    StoredHalves(MessageLog log, Halves halves) {
        this.log = log;
        this.halves = halves;
        queue = log.queue(TopicName.HALF, 0);
    }

    ConsumeQueue queue() {
        return queue;
    }

    long undecidedCount() {
        return Math.max(0, queue.offsetMax() - halves.decidedCount());
    }

    boolean isDecided(long half) {
        return halves.isDecided(half);
    }

    /** The first undecided half from this offset on that is still there; the queue's end when there is none. */
    long firstUndecided(long from) {
        return Math.min(halves.firstUndecided(Math.max(from, queue.offsetMin())), queue.offsetMax());
    }

    /** The first undecided half from there on whose record stands before this log offset; -1 when there is none. */
    long undecidedBefore(long from, long logOffset) {
        long half = firstUndecided(from);
        long at = half < queue.offsetMax() ? logOffset(half) : -1;
        return at >= 0 && at < logOffset ? half : -1;
    }

    boolean hasUndecidedBefore(long logOffset) {
        return undecidedBefore(0, logOffset) >= 0;
    }

    /**
     * A copy of the half that starts at this log offset, or null when none does. Bytes that look like one, within a body
     * or left from before, are not what the index of the queue knows.
     */
    @Nullable
    MemorySegment find(long logOffset) {
        MemorySegment record = log.record(logOffset);
        if (record == null || !MessageRecord.isHalf(record, 0)) {
            return null;
        }
        QueueEntry entry = new QueueEntry();
        boolean isKnown = queue.read(MessageRecord.queueOffset(record, 0), entry) && entry.logOffset == logOffset;
        return isKnown ? record : null;
    }

    /** Why {@link #find} found nothing: a sentence for the client. */
    String whyNoHalf(long logOffset) {
        MemorySegment record = log.record(logOffset);
        return record == null
                ? "Find prepared transaction message failed: no message starts at log offset " + logOffset
                        + ", or it is gone"
                : "the message at log offset " + logOffset + " is not the half of a transaction";
    }

    /** The newest half that was written again for the one that this decision names, or null. Looks into the index. */
    @Nullable
    MemorySegment carriedFrom(EndTransaction end) {
        for (MemorySegment record : log.findHalves(TopicName.HALF, end.uniqueId())) {
            HalfMessage half = new HalfMessage().read(record);
            boolean isOfIt = half.originalHalf() == end.half() && half.group().equals(end.group());
            if (isOfIt && half.half() > end.half() && find(half.logOffset()) != null) {
                return record;
            }
        }
        return null;
    }

    /** What became of a decided half. Looks into the index. */
    Fate fateOf(EndTransaction end) {
        MemorySegment record = find(end.logOffset());
        if (record == null) {
            return Fate.CARRIED_ON; // dropped meanwhile: if it was not, then it is not found there either
        }
        HalfMessage half = new HalfMessage().read(record);
        if (isCommitted(half)) {
            return Fate.COMMITTED;
        }
        if (hasNewer(half)) {
            return Fate.CARRIED_ON;
        }
        return isGivenUp(half) ? Fate.GIVEN_UP : Fate.ROLLED_BACK;
    }

    private List<MemorySegment> copies(String topic, String uniqueId) {
        return log.findByKey(topic, uniqueId, true, 0, Long.MAX_VALUE, COPIES_MAX);
    }

    private boolean isCommitted(HalfMessage half) {
        for (MemorySegment copy : copies(half.topic(), half.uniqueId())) {
            boolean isCommit =
                    (MessageRecord.sysFlag(copy, 0) & SysFlag.TRANSACTION_MASK) == SysFlag.TRANSACTION_COMMIT;
            if (isCommit && MessageRecord.preparedTransactionOffset(copy, 0) == half.logOffset()) {
                return true;
            }
        }
        return false;
    }

    private boolean hasNewer(HalfMessage half) {
        for (MemorySegment record : log.findHalves(TopicName.HALF, half.uniqueId())) {
            HalfMessage other = new HalfMessage().read(record);
            if (other.half() > half.half() && other.originalHalf() == half.originalHalf()) {
                return true;
            }
        }
        return false;
    }

    private boolean isGivenUp(HalfMessage half) {
        String original = Long.toString(half.originalHalf());
        for (MemorySegment copy : copies(TopicName.CHECKED_TOO_OFTEN, half.uniqueId())) {
            if (original.equals(MessageProperties.decode(copy, 0).get(MessageProperties.PREPARED_QUEUE_OFFSET))) {
                return true;
            }
        }
        return false;
    }

    /** The newest half with this unique id, or null. Looks into the index. */
    @Nullable
    MemorySegment newest(String uniqueId) {
        for (MemorySegment record : log.findHalves(TopicName.HALF, uniqueId)) {
            if (find(MessageRecord.physicalOffset(record, 0)) != null) {
                return record;
            }
        }
        return null;
    }

    /** What was made of a half when it was given up, if it starts at this log offset; else null. */
    @Nullable
    MemorySegment givenUpAt(long logOffset) {
        MemorySegment record = log.record(logOffset);
        if (record == null || !MessageRecord.topic(record, 0).equals(TopicName.CHECKED_TOO_OFTEN)) {
            return null;
        }
        ConsumeQueue of = log.existingQueue(TopicName.CHECKED_TOO_OFTEN, MessageRecord.queueId(record, 0));
        QueueEntry entry = new QueueEntry();
        boolean isKnown =
                of != null && of.read(MessageRecord.queueOffset(record, 0), entry) && entry.logOffset == logOffset;
        return isKnown ? record : null;
    }

    /** What was made of this half when it was given up, or null. Looks into the index. */
    @Nullable
    MemorySegment givenUp(HalfMessage half) {
        List<MemorySegment> all = copies(TopicName.CHECKED_TOO_OFTEN, half.uniqueId());
        return all.isEmpty() ? null : all.getFirst();
    }

    /** Where in the log the half with this queue offset stands; -1 when it is gone. */
    long logOffset(long half) {
        QueueEntry entry = new QueueEntry();
        return queue.read(half, entry) ? entry.logOffset : -1;
    }
}
