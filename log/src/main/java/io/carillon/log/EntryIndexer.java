package io.carillon.log;

import io.carillon.base.CarillonException.NotUnderstood;
import io.carillon.message.DueTime;
import io.carillon.message.MessageRecord;
import io.carillon.message.RecordScan;
import java.lang.foreign.MemorySegment;

/**
 * Puts the records of a stored entry into the indexes, by what the entry's own bytes say: as recovery does, and a replica
 * that did not append them itself. The writer's role; one thread at a time.
 */
final class EntryIndexer {
    private final Indexes indexes;
    private final RecordScan scan = new RecordScan();

    /** Told of each record that was put into a queue. */
    @FunctionalInterface
    interface Visitor {
        void indexed(ConsumeQueue queue, long queueOffset);
    }

    EntryIndexer(Indexes indexes) {
        this.indexes = indexes;
    }

    /**
     * Indexes the records of the entry at {@code entryAt} of a segment, and returns where what follows them stands.
     *
     * @throws NotUnderstood when they are not whole
     */
    long index(Segment segment, long entryAt, boolean isForQueues, boolean isForKeys, Visitor told) {
        MemorySegment bytes = segment.bytes();
        long end = entryAt + Entry.length(bytes, entryAt);
        long timestampMs = Entry.timestampMs(bytes, entryAt);
        long at = entryAt + Entry.HEADER_BYTES;
        for (int i = Entry.count(bytes, entryAt); i > 0; i--) {
            if (!MessageRecord.isWhole(bytes, at, end)) {
                throw new NotUnderstood("file=" + segment.name() + " offset=" + at + " logOffset="
                        + (segment.base() + at) + ": no whole message record inside an intact entry");
            }
            scan.scan(bytes, MessageRecord.propertiesAt(bytes, at), MessageRecord.propertiesLength(bytes, at));
            if (isForQueues) {
                indexQueue(bytes, at, segment.base() + at, told);
            }
            if (isForKeys) {
                indexKeys(bytes, at, segment.base() + at, timestampMs);
            }
            at += MessageRecord.totalSize(bytes, at);
        }
        return at;
    }

    private void indexQueue(MemorySegment bytes, long at, long logOffset, Visitor told) {
        ConsumeQueue queue = queueOf(bytes, at);
        long tagsCode = MessageRecord.isHidden(bytes, at)
                ? MessageRecord.preparedTransactionOffset(bytes, at)
                : scan.tagsCode();
        long queueOffset = MessageRecord.queueOffset(bytes, at);
        indexes.queues().put(queue, queueOffset, logOffset, MessageRecord.totalSize(bytes, at), tagsCode);
        told.indexed(queue, queueOffset);
        if (scan.hasLightPlaces) {
            indexes.light().putAgain(bytes, at, logOffset, tagsCode, told);
        }
    }

    private ConsumeQueue queueOf(MemorySegment bytes, long at) {
        long due = MessageRecord.due(bytes, at);
        return due != 0
                ? indexes.due().of(DueQueues.hourOf(DueTime.ms(due)))
                : indexes.queues()
                        .queue(
                                bytes,
                                MessageRecord.topicAt(bytes, at),
                                MessageRecord.topicLength(bytes, at),
                                MessageRecord.queueId(bytes, at));
    }

    private void indexKeys(MemorySegment bytes, long at, long logOffset, long timestampMs) {
        long topicAt = MessageRecord.topicAt(bytes, at);
        int topicLength = MessageRecord.topicLength(bytes, at);
        if (scan.uniqueLength > 0) {
            long hash = KeyHash.of(bytes, topicAt, topicLength, scan.uniqueAt, scan.uniqueLength, true);
            indexes.keys().add(hash, logOffset, timestampMs);
            indexes.dedup().add(hash, logOffset, timestampMs);
        }
        if (!MessageRecord.isHidden(bytes, at)) {
            KeyHash.ofEach(
                    bytes,
                    topicAt,
                    topicLength,
                    scan.keysAt,
                    scan.keysLength,
                    hash -> indexes.keys().add(hash, logOffset, timestampMs));
        }
    }
}
