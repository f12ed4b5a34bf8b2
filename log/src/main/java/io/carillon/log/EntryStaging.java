package io.carillon.log;

import io.carillon.base.HotPath;
import io.carillon.base.Ticker;
import io.carillon.message.MessageRecord;

/** Stages entries of the log one after the other: gives them their numbers, and what is put into them its places. Writer only. */
@HotPath
final class EntryStaging {
    private final Staging staging;
    private final Indexes indexes;
    private final Duplicates duplicates;
    private final Flusher flusher;
    private final Ticker ticker;
    private final long term;

    private long nextIndex;
    private long writtenIndex;
    private long timestampMs;
    /** What the open entry will be. */
    private byte openType;

    /** After what the log holds up to this end, in the term after its last one. */
    EntryStaging(Staging staging, Segments segments, Indexes indexes, Flusher flusher, Ticker ticker, LogEnd end) {
        this.staging = staging;
        this.indexes = indexes;
        this.flusher = flusher;
        this.ticker = ticker;
        duplicates = new Duplicates(segments, indexes.queues(), staging);
        term = end.term() + 1;
        nextIndex = end.nextIndex();
        writtenIndex = nextIndex;
        timestampMs = end.timestampMs();
    }

    void begin(byte type) {
        openType = type;
        staging.beginEntry();
        timestampMs = Math.max(timestampMs, ticker.nowMs());
    }

    /** Ends the entry that is open, if any. */
    void seal() {
        if (staging.isEntryOpen()) {
            staging.sealEntry(nextIndex++, term, timestampMs, flusher.forcedOffset(), openType);
        }
    }

    /** Puts those records of the batch that are not stored already into the open entry, or one of their own kind. */
    void add(AppendBatch batch) {
        indexes.dedup().warm(batch);
        for (int i = 0; i < batch.count(); i++) {
            if (!isDuplicate(batch, i)) {
                add(batch, i, batch.isScheduled(i) ? Entry.SCHEDULE : Entry.MESSAGES);
            }
        }
    }

    /**
     * Makes one entry of the batch's records and its command; of nothing when one of them is stored already: that one then has
     * its place, and the others have none.
     */
    void addCommanded(AppendBatch batch) {
        if (hasDuplicates(batch)) {
            return;
        }
        begin(Entry.COMMANDED);
        for (int i = 0; i < batch.count(); i++) {
            // Still, one may stand in the batch twice.
            if (!isDuplicate(batch, i)) {
                add(batch, i, Entry.COMMANDED);
            }
        }
        staging.addBytes(batch.completeCommand());
        batch.commandIndex(nextIndex);
        seal();
    }

    void addMetadata(MetadataAppend metadata) {
        indexes.light().closeDeleted(metadata);
        begin(Entry.METADATA);
        staging.addBytes(metadata.entry());
        long index = nextIndex;
        seal();
        metadata.place(index, staging.nextLogOffset());
    }

    private boolean hasDuplicates(AppendBatch batch) {
        batch.placeNowhere();
        boolean isAny = false;
        for (int i = 0; i < batch.count(); i++) {
            isAny |= isDuplicate(batch, i);
        }
        return isAny;
    }

    /** Whether a record is stored already: its place is then the one that it has. */
    private boolean isDuplicate(AppendBatch batch, int i) {
        return batch.isRetryable(i) && placeDuplicate(batch, i, indexes.dedup().find(batch.uniqueHash(i)));
    }

    private boolean placeDuplicate(AppendBatch batch, int i, long candidate) {
        return candidate >= 0
                && duplicates.place(
                        batch, i, candidate, ticker.nowMs() - indexes.dedup().windowMs());
    }

    private void add(AppendBatch batch, int i, byte type) {
        if (staging.isEntryOpen() && openType != type) {
            seal();
        }
        if (!staging.isEntryOpen()) {
            begin(type);
        }
        if (batch.isScheduled(i) && batch.queue(i).isDropped()) {
            batch.moveTo(i, indexes.due().of(DueQueues.hourOf(batch.queue(i))));
        }
        ConsumeQueue queue = batch.queue(i);
        int size = batch.size(i);
        long logOffset = staging.nextLogOffset();
        long queueOffset = indexes.queues().nextOffset(queue);
        if (batch.isLight(i)) {
            indexes.light().put(batch, i, logOffset);
        }
        int at = staging.addRecord(batch.buffer(), batch.start(i), size);
        MessageRecord.stamp(staging.bytes(), at, queueOffset, logOffset, timestampMs);
        indexes.queues().put(queue, queueOffset, logOffset, size, batch.tagsCode(i));
        if (batch.isRetryable(i)) {
            indexes.dedup().add(batch.uniqueHash(i), logOffset, timestampMs);
        }
        batch.place(i, logOffset, queueOffset, MessageRecord.queueId(staging.bytes(), at), true);
    }

    /** What was staged is in the log. */
    void written() {
        writtenIndex = nextIndex;
    }

    /** What was staged is not in the log, and will not be. */
    void takeBack(WriteGroup unwritten) {
        for (int p = unwritten.parts().size() - 1; p >= 0; p--) {
            if (unwritten.parts().get(p) instanceof MetadataAppend metadata) {
                LightQueues.openAgain(metadata);
            } else if (unwritten.parts().get(p) instanceof AppendBatch batch) {
                indexes.takeBack(batch);
            }
        }
        nextIndex = writtenIndex;
    }

    /** When the last entry began, by a clock that does not go back. */
    long timestampMs() {
        return timestampMs;
    }

    /** Where the log ends when it was written up to this offset. */
    LogEnd end(long offset) {
        return new LogEnd(offset, nextIndex, term, timestampMs);
    }
}
