package io.carillon.log;

import io.carillon.base.CarillonException.Corrupt;
import io.carillon.base.CarillonException.NotUnderstood;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Finds the end of the log and brings the indexes and the replicated state up to it.
 *
 * <p>From a known place on it follows the entries for as long as each is intact, has the next index and no lower term.
 * There the log ends: a write that a crash cut short, or bytes of an earlier use. Unless an intact entry further on
 * proves that what is damaged had been forced; then this is damage of the disk, and the log does not open.
 */
final class Recovery {
    /** How far behind the first bad entry a later one is looked for: more than any entry is long. */
    private static final long SEARCH_BYTES = 24 << 20;

    private final Segments segments;
    private final Indexes indexes;
    private final LogListener listener;
    private final CRC32C crc = new CRC32C();
    private final ByteBuffer scratch = Entry.crcScratch();
    private final EntryIndexer indexer;
    private final LogEnd start;
    private final long queuesFrom;
    private final long keysFrom;
    private final long stateIndex;
    /** What stands from here on is not applied: nobody knows yet whether it is committed. */
    private final long applyTo;
    /** What a checkpoint knew to be stored: the log must not end before it. */
    private final long knownTo;

    private final long storeEveryBytes;
    private long replayedBytes;
    private long storeAtBytes;

    /**
     * What need not be replayed.
     *
     * @param queues where the consume queues end; null to build them from the whole log
     * @param keys where the key index ends; null to build it from the whole log
     * @param state the stored replicated state, already restored; null when there is none
     */
    record From(@Nullable LogEnd queues, @Nullable LogEnd keys, Checkpoint.@Nullable State state) {}

    /**
     * @param storeEveryBytes after so many bytes of the log, the indexes are stored
     * @param applyTo up to which log offset entries are applied; those behind it are only followed to the log's end
     */
    Recovery(Segments segments, Indexes indexes, LogListener listener, From from, long storeEveryBytes, long applyTo) {
        this.storeEveryBytes = storeEveryBytes;
        this.applyTo = applyTo;
        storeAtBytes = storeEveryBytes;
        this.segments = segments;
        this.indexes = indexes;
        this.indexer = new EntryIndexer(indexes);
        this.listener = listener;
        LogEnd beginning = beginning();
        LogEnd queues = from.queues() == null ? beginning : from.queues();
        LogEnd keys = from.keys() == null ? beginning : from.keys();
        LogEnd state = from.state() == null ? beginning : from.state().from();
        start = earlier(earlier(queues, keys), state);
        queuesFrom = queues.offset();
        keysFrom = keys.offset();
        stateIndex = from.state() == null ? -1 : from.state().index();
        knownTo = Math.max(Math.max(queuesFrom, keysFrom), state.offset());
    }

    private static LogEnd earlier(LogEnd one, LogEnd other) {
        return one.offset() <= other.offset() ? one : other;
    }

    /** Replays the log and returns its end. */
    LogEnd replay() {
        LogEnd end = follow(start);
        if (end.offset() < knownTo) {
            throw damaged(end.offset(), "the checkpoint knows of entries up to log offset " + knownTo);
        }
        refuseDamage(end);
        return end;
    }

    /** How many bytes of entries were read. */
    long replayedBytes() {
        return replayedBytes;
    }

    /** The first entry's place; its index is whatever stands there, because older segments may be gone. */
    private LogEnd beginning() {
        Segment first = segments.first();
        long index = isIntact(first, first.start()) ? Entry.index(first.bytes(), Segment.HEADER_BYTES) : 1;
        return new LogEnd(first.start(), index, 0, 0);
    }

    private LogEnd follow(LogEnd from) {
        LogEnd end = from;
        Segment segment = segmentAt(from.offset());
        while (true) {
            end = followWithin(segment, end);
            Segment following = segments.at(segment.end());
            if (following == null || !continues(following, following.start(), end)) {
                return end;
            }
            segment = following;
            end = new LogEnd(following.start(), end.nextIndex(), end.term(), end.timestampMs());
        }
    }

    private Segment segmentAt(long offset) {
        Segment segment = segments.at(offset);
        if (segment == null) {
            segment = segments.last();
            if (offset != segment.end()) {
                throw new Corrupt("file=" + segment.name() + ": the checkpoint points at log offset " + offset
                        + ", but the log's files hold " + segments.first().base() + " to " + segment.end());
            }
        }
        return segment;
    }

    private LogEnd followWithin(Segment segment, LogEnd from) {
        LogEnd end = from;
        MemorySegment bytes = segment.bytes();
        while (continues(segment, end.offset(), end)) {
            long at = end.offset() - segment.base();
            if (end.offset() < applyTo) {
                apply(segment, at);
            }
            long length = Entry.length(bytes, at);
            replayedBytes += length;
            if (replayedBytes >= storeAtBytes) {
                indexes.store();
                storeAtBytes = replayedBytes + storeEveryBytes;
            }
            long timestampMs = Entry.timestampMs(bytes, at);
            segment.timestampMaxMs(timestampMs);
            end = new LogEnd(
                    Entry.padded(end.offset() + length), end.nextIndex() + 1, Entry.term(bytes, at), timestampMs);
        }
        return end;
    }

    private boolean continues(Segment segment, long offset, LogEnd before) {
        return isIntact(segment, offset)
                && Entry.index(segment.bytes(), offset - segment.base()) == before.nextIndex()
                && Entry.term(segment.bytes(), offset - segment.base()) >= before.term();
    }

    private boolean isIntact(Segment segment, long offset) {
        return segment.holds(offset) && Entry.isIntact(segment.bytes(), offset - segment.base(), offset, crc, scratch);
    }

    private void apply(Segment segment, long at) {
        MemorySegment bytes = segment.bytes();
        switch (Entry.type(bytes, at)) {
            case Entry.MESSAGES, Entry.SCHEDULE -> {
                if (segment.base() + at >= Math.min(queuesFrom, keysFrom)) {
                    indexRecords(segment, at);
                }
            }
            case Entry.COMMANDED -> applyMetadata(segment, at, indexRecords(segment, at));
            case Entry.METADATA -> applyMetadata(segment, at, at + Entry.HEADER_BYTES);
            case Entry.MARK, Entry.CONFIGURATION -> {}
            default ->
                throw new NotUnderstood(
                        at(segment, segment.base() + at) + ": an entry of unknown type " + Entry.type(bytes, at));
        }
    }

    private void applyMetadata(Segment segment, long at, long commandAt) {
        long index = Entry.index(segment.bytes(), at);
        long length = at + Entry.length(segment.bytes(), at) - commandAt;
        ByteBuffer entry = segment.bytes().asSlice(commandAt, length).asByteBuffer();
        if (index > stateIndex) {
            apply(index, entry.duplicate(), segment, at);
        }
        if (segment.base() + at >= queuesFrom) {
            indexes.queues().forget(listener.deletedTopic(entry));
        }
    }

    /** The entry is intact: what the listener does not read of it, nobody damaged. */
    private void apply(long index, ByteBuffer entry, Segment segment, long at) {
        try {
            listener.onMetadata(index, entry);
        } catch (Corrupt unknown) {
            throw new NotUnderstood(at(segment, segment.base() + at) + ": " + unknown.getMessage(), unknown);
        }
    }

    /** Puts the records into the indexes that lack them, and returns where what follows them stands. */
    private long indexRecords(Segment segment, long entryAt) {
        long logOffset = segment.base() + entryAt;
        return indexer.index(segment, entryAt, logOffset >= queuesFrom, logOffset >= keysFrom, (_, _) -> {});
    }

    /** Looks for proof, behind the end, that forced bytes were damaged rather than a last write cut short. */
    private void refuseDamage(LogEnd end) {
        Segment segment = segmentAt(end.offset());
        search(segment, Entry.padded(end.offset()), end);
        for (Segment later = segments.at(segment.end()); later != null; later = segments.at(later.end())) {
            search(later, later.start(), end);
        }
    }

    private void search(Segment segment, long from, LogEnd end) {
        long limit = Math.min(segment.end(), from + SEARCH_BYTES);
        for (long offset = from; offset + Entry.HEADER_BYTES <= limit; offset += 8) {
            refuseIfProof(segment, offset, end);
        }
    }

    private void refuseIfProof(Segment segment, long offset, LogEnd end) {
        MemorySegment bytes = segment.bytes();
        long at = offset - segment.base();
        if (Entry.length(bytes, at) >= Entry.HEADER_BYTES
                && Entry.index(bytes, at) > end.nextIndex()
                && Entry.term(bytes, at) >= end.term()
                && Entry.forced(bytes, at) > end.offset()
                && isIntact(segment, offset)) {
            throw damaged(
                    end.offset(),
                    "entry " + end.nextIndex() + " is damaged, but entry "
                            + Entry.index(bytes, at) + " at log offset " + offset
                            + " proves that everything up to log offset " + Entry.forced(bytes, at) + " was on disk");
        }
    }

    private Corrupt damaged(long logOffset, String why) {
        Segment segment = segmentAt(logOffset);
        return new Corrupt(
                at(segment, logOffset) + ": " + why + ". Restore the file from a copy, or move the data folder away");
    }

    private static String at(Segment segment, long logOffset) {
        return "file=" + segment.name() + " offset=" + (logOffset - segment.base()) + " logOffset=" + logOffset;
    }
}
