package io.carillon.log;

import io.carillon.base.CarillonException.StorageFault;
import io.carillon.base.HotPath;
import io.carillon.base.Ticker;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The only writer of the log: assigns offsets, stamps records, indexes them, and writes what has gathered in one go.
 * Runs on the thread of whoever appends, see {@link WriterLine}.
 */
@HotPath
final class LogWriter implements WriterLine.Writer, Intake {
    /** An entry is closed when it would grow beyond this: the size that replicates well. */
    private static final int ENTRY_BYTES_MAX = 256 << 10;
    /** What is staged is written when it grows beyond this. */
    private static final int GROUP_BYTES_MAX = 1 << 20;
    /** More than what may follow an entry so that the next one is aligned. */
    private static final int PADDING = 8;

    private final Segments segments;
    private final Indexes indexes;
    private final Outcome outcome;
    private final Staging staging = new Staging();
    private final EntryStaging entries;
    /** What a segment keeps free for metadata when no further segment can be had: consumers go on, producers wait. */
    private final long metadataReserve;

    private final HeldAppends held;
    private final WriterLine line;

    private Segment segment;
    private WriteGroup group = new WriteGroup();

    private volatile long appendedOffset;
    private volatile @Nullable Refusal state;
    private volatile Runnable onRoll = () -> {};
    private volatile Consumer<Throwable> onFault = _ -> {};

    /** Where a group goes after it was written. */
    interface Outcome {
        void written(WriteGroup group);
    }

    LogWriter(
            Segments segments,
            Indexes indexes,
            Ticker ticker,
            Flusher flusher,
            Outcome outcome,
            LogEnd end,
            LogConfig config) {
        this.segments = segments;
        this.indexes = indexes;
        this.outcome = outcome;
        this.segment = segments.last();
        this.metadataReserve = Math.min(segment.capacity() / 8, 4 << 20);
        this.appendedOffset = end.offset();
        this.entries = new EntryStaging(staging, segments, indexes, flusher, ticker, end);
        this.held = new HeldAppends(indexes, config);
        this.line = new WriterLine(held, this);
        staging.reset(end.offset());
    }

    @Override
    public void onRoll(Runnable work) {
        onRoll = work;
    }

    @Override
    public void onFault(Consumer<Throwable> told) {
        onFault = told;
    }

    /** Writes the entry that starts this opening's term. Before anything else; the caller forces it. */
    void writeMark() {
        if (!hasRoom(Entry.HEADER_BYTES, 0)) {
            throw new StorageFault("there is no room to open the log: free some disk space", null, true);
        }
        entries.begin(Entry.MARK);
        entries.seal();
        segment.write(staging.base(), staging.content());
        staging.written();
        advance();
    }

    @Override
    public void append(Append part) {
        line.append(part);
    }

    @Override
    public void checkpointStored() {
        line.checkpointStored();
    }

    @Override
    public void letGo() {
        line.letGo();
    }

    @Override
    public void refuseHeld() {
        line.refuseHeld();
    }

    /** Metadata has room kept for it. */
    @Override
    public void refuseNext(Append part) {
        if (part instanceof MetadataAppend) {
            takeNext(part);
            return;
        }
        try {
            part.complete(Refusal.DISK_FULL);
        } catch (RuntimeException e) {
            giveUp(new WriteGroup(), e);
        }
    }

    @Override
    public boolean isHolding() {
        return held.isAny();
    }

    @Override
    public long unstoredBytes() {
        return held.unstoredBytes();
    }

    /** Others stand in line behind: whatever goes wrong with one, the line must move on. */
    @Override
    public void takeNext(Append part) {
        try {
            take(part);
        } catch (RuntimeException | Error e) {
            WriteGroup staged = group;
            group = new WriteGroup();
            if (!(part instanceof WriterTask) && !staged.parts().contains(part)) {
                staged.add(part);
            }
            giveUp(staged, e);
        }
    }

    /**
     * Something is wrong that nobody thought of. What the log holds is known again when it was opened anew; until then
     * it takes nothing, and whoever waits is told.
     */
    private void giveUp(WriteGroup unwritten, Throwable why) {
        fail();
        staging.reset(Math.max(appendedOffset, segment.start()));
        unwritten.parts().forEach(part -> line.tell(part, Refusal.FAULT));
        onFault.accept(why);
    }

    private void take(Append part) {
        if (part instanceof WriterTask task) {
            writeGroup();
            task.complete(null);
            return;
        }
        Refusal refusal = state == null ? stage(part) : state;
        if (refusal != null) {
            part.complete(refusal);
        } else if (staging.size() >= GROUP_BYTES_MAX) {
            writeGroup();
        }
    }

    private @Nullable Refusal stage(Append part) {
        return switch (part) {
            case AppendBatch batch -> stageBatch(batch);
            case MetadataAppend metadata -> stageMetadata(metadata);
            case WriterTask _ -> throw new IllegalStateException("a task is not staged");
        };
    }

    private @Nullable Refusal stageBatch(AppendBatch batch) {
        byte[] command = batch.command();
        if (command != null) {
            return stageCommanded(batch, command);
        }
        int payload = batch.end();
        if (staging.isEntryOpen() && staging.entryBytes() + payload > ENTRY_BYTES_MAX) {
            entries.seal();
        }
        // What is due later and what is not do not share an entry: in the worst case each record has its own.
        long bytes = payload + (batch.scheduledCount() == 0 ? 1L : batch.count()) * (Entry.HEADER_BYTES + PADDING);
        if (isTooLarge(bytes, metadataReserve)) {
            return Refusal.TOO_LARGE;
        }
        if (!hasRoom(bytes, metadataReserve)) {
            return Refusal.DISK_FULL;
        }
        entries.add(batch);
        group.add(batch);
        return null;
    }

    /** The records and the command of such a batch are one entry. */
    private @Nullable Refusal stageCommanded(AppendBatch batch, byte[] command) {
        long bytes = (long) Entry.HEADER_BYTES + batch.end() + command.length;
        if (isTooLarge(bytes, metadataReserve)) {
            return Refusal.TOO_LARGE;
        }
        entries.seal();
        if (!hasRoom(bytes, metadataReserve)) {
            return Refusal.DISK_FULL;
        }
        entries.addCommanded(batch);
        group.add(batch);
        return null;
    }

    private @Nullable Refusal stageMetadata(MetadataAppend metadata) {
        entries.seal();
        int bytes = Entry.HEADER_BYTES + metadata.entry().length;
        if (isTooLarge(bytes, 0)) {
            return Refusal.TOO_LARGE;
        }
        if (!hasRoom(bytes, 0)) {
            return Refusal.DISK_FULL;
        }
        entries.addMetadata(metadata);
        group.add(metadata);
        return null;
    }

    /** Whether not even an empty segment has room for so much. */
    private boolean isTooLarge(long bytes, long reserve) {
        return bytes + PADDING > segment.capacity() - Segment.HEADER_BYTES - reserve;
    }

    /** Whether so much more can be staged; begins a new segment when this one is full. */
    private boolean hasRoom(long bytes, long reserve) {
        if (fits(bytes, reserve)) {
            return true;
        }
        writeGroup();
        if (state != null) {
            return false;
        }
        Segment fresh = rolled();
        if (fresh == null) {
            return fits(bytes, reserve);
        }
        segment = fresh;
        staging.reset(fresh.start());
        onRoll.run();
        return fits(bytes, reserve);
    }

    /** Without a spare file, a full segment keeps its last part for metadata: only when that is used up it is full. */
    private boolean fits(long bytes, long reserve) {
        return staging.nextLogOffset() + bytes + PADDING <= segment.end() - reserve;
    }

    private @Nullable Segment rolled() {
        try {
            return segments.roll();
        } catch (StorageFault fault) {
            if (!fault.isDiskFull()) {
                fail();
            }
            return null;
        }
    }

    @Override
    public boolean takesNothing() {
        return state != null;
    }

    @Override
    public void writeTaken() {
        writeGroup();
    }

    private void writeGroup() {
        WriteGroup full = group;
        group = new WriteGroup();
        try {
            write(full);
        } catch (RuntimeException | Error e) {
            giveUp(full, e);
        }
    }

    private void write(WriteGroup full) {
        entries.seal();
        if (full.isEmpty()) {
            return;
        }
        if (staging.size() > 0 && !write()) {
            refuse(full);
            return;
        }
        for (Append part : full.parts()) {
            if (part instanceof AppendBatch batch) {
                indexes.addKeys(batch, entries.timestampMs());
            }
        }
        held.noteWritten();
        full.end(appendedOffset);
        outcome.written(full);
    }

    private boolean write() {
        try {
            segment.write(staging.base(), staging.content());
            advance();
            return true;
        } catch (StorageFault fault) {
            if (!fault.isDiskFull()) {
                fail();
            }
            return false;
        } finally {
            staging.written();
        }
    }

    private void advance() {
        segment.timestampMaxMs(entries.timestampMs());
        entries.written();
        appendedOffset = staging.nextLogOffset();
        staging.reset(appendedOffset);
    }

    /** Takes back what was staged and could not be written; nothing of it was published. */
    private void refuse(WriteGroup unwritten) {
        entries.takeBack(unwritten);
        // The write that failed may have been the first one of a new segment.
        staging.reset(Math.max(appendedOffset, segment.start()));
        Refusal why = state == null ? Refusal.DISK_FULL : Refusal.FAULT;
        for (Append part : unwritten.parts()) {
            part.complete(why);
        }
    }

    /** The log offset after the last written entry. Any thread. */
    long appendedOffset() {
        return appendedOffset;
    }

    @Override
    public long indexedOffset() {
        return appendedOffset;
    }

    @Override
    public @Nullable Refusal state() {
        return state;
    }

    @Override
    public void fail() {
        state = Refusal.FAULT;
    }

    @Override
    public void close() {
        if (state == null) {
            state = Refusal.CLOSED;
        }
    }

    @Override
    public LogEnd position() {
        return entries.end(appendedOffset);
    }
}
