package io.carillon.log;

import io.carillon.base.CarillonException.Corrupt;
import io.carillon.base.CarillonException.StorageFault;
import io.carillon.log.Replica.Item;
import io.carillon.log.Replica.Kind;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.Consumer;

/**
 * Writes the entries of a {@link Replica} at the end of its log, and cuts off those that are not committed. One thread; only
 * {@link #end} is for any. What throws leaves this of no use.
 */
final class ReplicaWriter {
    private final Segments segments;
    private final Flusher flusher;
    private final TailOffsets tail;
    private final Stamper stamper;
    private final EntryPlaces places;
    private final Applier applier;
    private final OpenProposals proposals;
    private final Arrivals arrivals;
    private final Consumer<Item> onConfiguration;
    private final Runnable onRoll;
    private final boolean isForcing;
    private final Staging staging = new Staging();

    private Segment segment;
    private long timestampMs;
    /** Where the log ends, and where it will when what is staged is written. */
    private volatile LogEnd end;

    private LogEnd stagedEnd;

    /**
     * @param onConfiguration told of an entry that says who the replicas are, before it is written
     * @param onRoll runs when a segment was begun
     * @param isForcing whether what is appended is to be on disk
     */
    ReplicaWriter(
            Segments segments,
            Flusher flusher,
            TailOffsets tail,
            Stamper stamper,
            EntryPlaces places,
            Applier applier,
            OpenProposals proposals,
            Arrivals arrivals,
            Consumer<Item> onConfiguration,
            Runnable onRoll,
            boolean isForcing,
            LogEnd end) {
        this.segments = segments;
        this.flusher = flusher;
        this.tail = tail;
        this.stamper = stamper;
        this.places = places;
        this.applier = applier;
        this.proposals = proposals;
        this.arrivals = arrivals;
        this.onConfiguration = onConfiguration;
        this.onRoll = onRoll;
        this.isForcing = isForcing;
        this.segment = segments.last();
        this.end = end;
        this.stagedEnd = end;
        timestampMs = end.timestampMs();
        noteTail();
        staging.reset(end.offset());
    }

    /** Where the log ends. Any thread. */
    LogEnd end() {
        return end;
    }

    /** As {@link Replica#append}. */
    void append(List<Item> items) {
        for (Item item : items) {
            stage(item);
        }
        write();
        forceIfWanted();
    }

    private void stage(Item item) {
        if (item.index() != stagedEnd.nextIndex() || item.term() < stagedEnd.term()) {
            throw new Corrupt("entry " + item.index() + " of term " + item.term() + " does not follow entry "
                    + (stagedEnd.nextIndex() - 1) + " of term " + stagedEnd.term());
        }
        ByteBuffer bytes = item.bytes();
        boolean isData = item.kind() == Kind.DATA;
        makeRoom(isData ? Stamper.length(bytes) : Entry.HEADER_BYTES + bytes.remaining());
        if (isData) {
            // An entry tells recovery what is on disk before it, and this must be so here, too.
            forceBefore(Stamper.forced(bytes));
            timestampMs = stamper.stage(staging, bytes, item.index(), item.term(), timestampMs);
            Proposal proposal = proposals.take(bytes);
            if (proposal != null) {
                proposal.placed(item.index(), stamper.places());
            }
        } else {
            staging.beginEntry();
            if (item.kind() == Kind.CONFIGURATION) {
                // Before anybody sees the entry: a checkpoint that has it must not overtake the note.
                onConfiguration.accept(item);
            }
            byte[] payload = new byte[bytes.remaining()];
            bytes.duplicate().get(payload);
            staging.addBytes(payload);
            byte type = item.kind() == Kind.NO_OP ? Entry.MARK : Entry.CONFIGURATION;
            staging.sealEntry(item.index(), item.term(), timestampMs, 0, type);
        }
        stagedEnd = new LogEnd(staging.nextLogOffset(), item.index() + 1, item.term(), timestampMs);
    }

    /** Begins a new segment when this one is full. None is ever filled to its last byte: the log's end is in one. */
    private void makeRoom(long bytes) {
        if (staging.nextLogOffset() + Entry.padded(bytes) < segment.end()) {
            return;
        }
        write();
        Segment fresh = segments.rollSame();
        if (fresh.start() + Entry.padded(bytes) >= fresh.end()) {
            throw new Corrupt("an entry of " + bytes + " bytes does not fit in a segment of " + fresh.capacity());
        }
        segment = fresh;
        staging.reset(fresh.start());
        onRoll.run();
    }

    private void forceBefore(long logOffset) {
        if (logOffset > flusher.forcedOffset()) {
            write();
            force(end.offset());
        }
    }

    private void write() {
        if (staging.size() == 0) {
            return;
        }
        try {
            segment.write(staging.base(), staging.content());
        } finally {
            staging.written();
        }
        segment.timestampMaxMs(stagedEnd.timestampMs());
        end = stagedEnd;
        arrivals.written();
        staging.reset(end.offset());
    }

    private void forceIfWanted() {
        if (isForcing) {
            force(end.offset());
        } else {
            flusher.wrote(end.offset());
        }
    }

    private void force(long to) {
        if (!flusher.forceTo(to)) {
            throw new StorageFault("the log could not be forced", null, false);
        }
    }

    /** Cuts off the entries behind this one, none of which took effect; durable when this returns. */
    void cut(long indexKept) {
        flusher.cutsAt(endAt(indexKept).offset());
        clearBehind(indexKept);
        end = endAt(indexKept);
        stagedEnd = end;
        timestampMs = end.timestampMs();
        Segment last = segments.at(end.offset());
        segment = last == null ? segments.last() : last;
        flusher.cutAt(end.offset(), () -> segments.cutAfter(segment));
        staging.reset(end.offset());
        places.forget();
        noteTail();
    }

    /**
     * Clears each of the entries, for what is written there next may end where one of them begins, which must not seem to
     * go on with it. From the back to the front, and never one that another claims to be on disk whose own clearing may
     * not be: whenever a crash comes, what is left opens as the beginning of what was there.
     */
    private void clearBehind(long indexKept) {
        long claimed = 0;
        for (long index = end.nextIndex() - 1; index > indexKept; index--) {
            long logOffset = places.logOffset(index);
            if (claimed > logOffset) {
                forceFrom(logOffset);
                claimed = 0;
            }
            Segment holding = segments.holding(logOffset);
            claimed = Math.max(claimed, Entry.forced(holding.bytes(), logOffset - holding.base()));
            holding.write(logOffset, ByteBuffer.allocate(Entry.HEADER_BYTES));
        }
        forceFrom(endAt(indexKept).offset());
    }

    private void forceFrom(long logOffset) {
        for (Segment changed : segments.row()) {
            if (changed.end() > logOffset) {
                changed.force();
            }
        }
    }

    private LogEnd endAt(long index) {
        if (index == 0) {
            return new LogEnd(segments.first().start(), 1, 0, 0);
        }
        long logOffset = places.logOffset(index);
        Segment holding = segments.holding(logOffset);
        long at = logOffset - holding.base();
        MemorySegment bytes = holding.bytes();
        return new LogEnd(
                Entry.padded(logOffset + Entry.length(bytes, at)),
                index + 1,
                Entry.term(bytes, at),
                Entry.timestampMs(bytes, at));
    }

    /** Notes which offsets the entries gave out that are not applied. */
    private void noteTail() {
        tail.clear();
        for (long index = applier.appliedIndex() + 1; index < end.nextIndex(); index++) {
            long logOffset = places.logOffset(index);
            Segment holding = segments.holding(logOffset);
            stamper.note(holding, logOffset - holding.base());
        }
    }
}
