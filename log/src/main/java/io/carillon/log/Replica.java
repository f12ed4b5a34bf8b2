package io.carillon.log;

import io.carillon.base.CarillonException.Corrupt;
import io.carillon.base.CarillonException.StorageFault;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * FACE: the log of one replica as its {@link Consensus} sees it: entries that are appended, may be cut off again as long as
 * they are not committed, and take effect when they are. The entries of all replicas are the same to the byte.
 *
 * <p>{@link #append} and {@link #truncate} are one thread's, {@link #commit}, {@link #lead} and {@link #follow} another
 * one's; all else is for any thread. When one of them throws, the replica must not go on: it takes nothing more.
 */
public final class Replica {
    /** What an entry is to its consensus. */
    public enum Kind {
        /** Messages or metadata: {@link Item#bytes} are an entry of this log, or what a {@link Proposal} holds. */
        DATA,
        /** Who the replicas are: bytes of the consensus' own. */
        CONFIGURATION,
        /** Starts a term; no bytes. */
        NO_OP
    }

    /** One entry. The bytes are read only; what {@link #item} returns is valid until the entry's segment is dropped. */
    public record Item(long index, long term, Kind kind, ByteBuffer bytes) {}

    /** Somebody who waits for an entry looks so often whether there is still hope. */
    private static final long AWAIT_MS = 20;

    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final Segments segments;
    private final Flusher flusher;
    private final Stamper stamper;
    private final TailOffsets tail;
    private final EntryPlaces places;
    private final Applier applier;
    private final Proposer proposer;
    private final ReplicaNotes notes;
    private final Supplier<LogEnd> checkpoint;
    private final boolean isForcing;
    private final Staging staging = new Staging();
    private final IdentityHashMap<ByteBuffer, Proposal> proposals = new IdentityHashMap<>();
    /** How many proposals neither took effect nor were refused. */
    private final AtomicInteger open = new AtomicInteger();

    private final AtomicReference<@Nullable Runnable> whenSettled = new AtomicReference<>();

    private Segment segment;
    private long timestampMs;
    private volatile boolean isRoomWanted;
    private final Object appended = new Object();
    private volatile boolean isAwaited;
    /** Where the log ends, and where it will when what is staged is written. */
    private volatile LogEnd end;

    private LogEnd stagedEnd;

    Replica(
            Segments segments,
            Flusher flusher,
            Indexes indexes,
            LogListener listener,
            Applier applier,
            Proposer proposer,
            ReplicaNotes notes,
            Supplier<LogEnd> checkpoint,
            boolean isForcing,
            LogEnd end) {
        this.segments = segments;
        this.flusher = flusher;
        this.tail = new TailOffsets(indexes.queues(), listener, applier::appliedIndex);
        this.stamper = new Stamper(tail, listener);
        this.places = new EntryPlaces(segments);
        this.applier = applier;
        this.proposer = proposer;
        this.notes = notes;
        this.checkpoint = checkpoint;
        this.isForcing = isForcing;
        this.segment = segments.last();
        this.end = end;
        this.stagedEnd = end;
        timestampMs = end.timestampMs();
        noteTail();
        staging.reset(end.offset());
        noteConfigurations();
    }

    /** What the checkpoint does not have may be missing there, or stand there though it is cut off. */
    private void noteConfigurations() {
        long known = checkpointIndex();
        notes.cut(known);
        for (long index = known + 1; index <= indexMax(); index++) {
            Item item = item(index);
            if (item != null && item.kind() == Kind.CONFIGURATION) {
                notes.configured(item, known);
            }
        }
    }

    /** The index of the oldest entry that is there; the next one's when there is none. */
    public long indexMin() {
        return end.nextIndex() == 1 ? 1 : places.indexMin();
    }

    /** The index of the last entry; 0 when there never was one. */
    public long indexMax() {
        return end.nextIndex() - 1;
    }

    /**
     * The index of the oldest entry that other replicas are given one by one; who lacks an earlier one copies files. It
     * survives, and never falls.
     */
    public long firstIndex() {
        return notes.firstIndex();
    }

    /**
     * Entries before this one are not given to others any more, and may be dropped when their time is over; durable when this
     * returns. Never goes beyond what a start of this replica would need: then it keeps more. Any thread.
     */
    public void keepFrom(long index) {
        notes.keepFrom(Math.min(index, checkpointIndex() + 1));
    }

    /** Whether others may still be given an entry before this place of the log, one by one. */
    boolean isKept(long logOffset) {
        Segment following = segments.at(logOffset);
        long next = following == null ? end.nextIndex() : Entry.index(following.bytes(), Segment.HEADER_BYTES);
        boolean isKept = firstIndex() < next;
        isRoomWanted |= isKept;
        return isKept;
    }

    /** Whether retention waits for {@link #keepFrom} to drop something; asking forgets it. */
    public boolean takeIsRoomWanted() {
        boolean isWanted = isRoomWanted;
        isRoomWanted = false;
        return isWanted;
    }

    /** The entries that say who the replicas are, oldest first: the last one that the checkpoint has, and all later ones. */
    public List<Item> configurations() {
        return notes.configurations();
    }

    /** The last entry that a start of this replica would not have to let take effect again. */
    public long checkpointIndex() {
        return checkpoint.get().nextIndex() - 1;
    }

    /** The index and the term of that entry: one moment's. */
    public Item checkpoint() {
        LogEnd stored = checkpoint.get();
        return new Item(stored.nextIndex() - 1, stored.term(), Kind.NO_OP, NOTHING);
    }

    /**
     * Why this replica must not vote before it has copied the log of another one, for people; null when it may. It lost
     * something that it had told others to have.
     */
    public @Nullable String noVote() {
        return notes.noVote();
    }

    /** It may vote with what it has, though that may be less than it had: an operator takes the loss. */
    public void acceptLoss() {
        notes.mayVote();
    }

    /** The index of the last entry that took effect. */
    public long appliedIndex() {
        return applier.appliedIndex();
    }

    /** The log offset after the last entry. */
    long appendedOffset() {
        return end.offset();
    }

    /** The term of an entry; 0 when it is not there. */
    public long term(long index) {
        LogEnd last = end;
        if (index == last.nextIndex() - 1) {
            return last.term();
        }
        long logOffset = placeOf(index);
        Segment holding = segments.at(logOffset);
        return holding == null ? 0 : Entry.term(holding.bytes(), logOffset - holding.base());
    }

    /** Where an entry stands; -1 when it is not there. */
    private long placeOf(long index) {
        return index < 1 || index >= end.nextIndex() ? -1 : places.logOffset(index);
    }

    /** The entry with this index, or null when it is not there. */
    public @Nullable Item item(long index) {
        try {
            long logOffset = placeOf(index);
            Segment holding = segments.at(logOffset);
            return holding == null ? null : item(holding, logOffset - holding.base());
        } catch (IllegalStateException closed) {
            return null; // retention dropped its segment just now
        }
    }

    private static Item item(Segment holding, long at) {
        MemorySegment bytes = holding.bytes();
        int length = Entry.length(bytes, at);
        long index = Entry.index(bytes, at);
        long term = Entry.term(bytes, at);
        return switch (Entry.type(bytes, at)) {
            case Entry.MARK -> new Item(index, term, Kind.NO_OP, NOTHING);
            case Entry.CONFIGURATION ->
                new Item(
                        index,
                        term,
                        Kind.CONFIGURATION,
                        read(bytes, at + Entry.HEADER_BYTES, length - Entry.HEADER_BYTES));
            default -> new Item(index, term, Kind.DATA, read(bytes, at, length));
        };
    }

    private static ByteBuffer read(MemorySegment bytes, long at, int length) {
        return bytes.asSlice(at, length).asByteBuffer().asReadOnlyBuffer();
    }

    /**
     * Appends entries; all of them are on disk when this returns, or written where {@link LogConfig.Flush#ASYNC} says that
     * this is enough.
     *
     * @throws StorageFault when the disk refuses
     * @throws Corrupt when one is damaged, does not follow the last one, or would not be the same as on its leader
     */
    public void append(List<Item> items) {
        try {
            for (Item item : items) {
                stage(item);
            }
            write();
            forceIfWanted();
        } catch (RuntimeException | Error fault) {
            proposer.fail();
            throw fault;
        }
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
            Proposal proposal = takeProposal(bytes);
            if (proposal != null) {
                proposal.placed(item.index(), stamper.places());
            }
        } else {
            staging.beginEntry();
            if (item.kind() == Kind.CONFIGURATION) {
                // Before anybody sees the entry: a checkpoint that has it must not overtake the note.
                notes.configured(item, checkpointIndex());
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
        proposer.rolled();
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
        if (isAwaited) {
            synchronized (appended) {
                appended.notifyAll();
            }
        }
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

    /** Remembers who waits for what this replica proposes; before its consensus hears of it. */
    void expect(Proposal proposal) {
        open.incrementAndGet();
        proposal.onEnd(() -> {
            if (open.decrementAndGet() == 0) {
                settled();
            }
        });
        synchronized (proposals) {
            proposals.put(proposal.entry(), proposal);
        }
    }

    private @Nullable Proposal takeProposal(ByteBuffer entry) {
        synchronized (proposals) {
            return proposals.remove(entry);
        }
    }

    /**
     * Runs this when all that this replica proposed took effect or was refused: now, or by the thread that ends the last one.
     * Only while it does not lead; a later call replaces an earlier one.
     */
    public void whenSettled(Runnable then) {
        whenSettled.set(then);
        if (open.get() == 0) {
            settled();
        }
    }

    private void settled() {
        Runnable then = whenSettled.getAndSet(null);
        if (then != null) {
            then.run();
        }
    }

    /** Says that a proposal is not known ever to be committed. Any thread; once. */
    public void refuse(Proposal proposal) {
        takeProposal(proposal.entry());
        proposal.refused();
    }

    /**
     * Cuts off the entries behind this one, which are not committed; durable when this returns.
     *
     * @throws IllegalStateException when one of them took effect: then more than a minority has lost what it had forced
     */
    public void truncate(long indexKept) {
        if (indexKept < appliedIndex()) {
            throw new IllegalStateException("entries behind " + indexKept + " were to be cut off, but those up to "
                    + appliedIndex() + " took effect");
        }
        try {
            cut(indexKept);
            places.forget();
            noteTail();
            notes.cut(indexKept);
        } catch (RuntimeException | Error fault) {
            proposer.fail();
            throw fault;
        }
    }

    private void cut(long indexKept) {
        clearBehind(indexKept);
        end = endAt(indexKept);
        stagedEnd = end;
        timestampMs = end.timestampMs();
        Segment last = segments.at(end.offset());
        segment = last == null ? segments.last() : last;
        flusher.cutAt(end.offset(), () -> segments.cutAfter(segment));
        staging.reset(end.offset());
    }

    /**
     * Clears each of the entries, for what is written there next may end where one of them begins, which must not seem to
     * go on with it. From the back to the front, and never one that another claims to be on disk whose own clearing may
     * not be: whenever a crash comes, what is left opens as the beginning of what was there.
     */
    private void clearBehind(long indexKept) {
        long claimed = 0;
        for (long index = indexMax(); index > indexKept; index--) {
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
        for (long index = appliedIndex() + 1; index <= indexMax(); index++) {
            long logOffset = places.logOffset(index);
            Segment holding = segments.holding(logOffset);
            stamper.note(holding, logOffset - holding.base());
        }
    }

    /**
     * Says that the entry with this index and this term is committed, and lets it take effect; in the order of the indexes.
     * Others may have agreed on it while this replica still writes it, or has another one there that is yet to be cut off:
     * then this waits for that.
     *
     * @throws StorageFault when it is not going to be written, for the log takes nothing more
     * @param proposal whose entry it is, when this replica proposed it
     */
    public void commit(long index, long term, @Nullable Proposal proposal) {
        awaitStored(index, term);
        long logOffset = places.logOffset(index);
        Segment holding = segments.holding(logOffset);
        applier.apply(holding, logOffset - holding.base(), proposer::fail);
        if (proposal != null) {
            proposal.committed();
        }
    }

    /**
     * Waits until the entry with this index and this term, which is committed, stands in the log: then those before it are
     * the committed ones, too.
     *
     * @throws StorageFault when it is not going to be written, for the log takes nothing more
     */
    public void awaitStored(long index, long term) {
        if (!isStored(index, term)) {
            await(() -> isStored(index, term), "entry " + index + " of term " + term);
        }
    }

    private boolean isStored(long index, long term) {
        try {
            return term(index) == term;
        } catch (IllegalStateException closed) {
            return false; // its segment was cut off just now
        }
    }

    /**
     * Waits until the log ends with an entry of this term or of a later one.
     *
     * @throws StorageFault when there is not going to be one, for the log takes nothing more
     */
    public void awaitTerm(long term) {
        await(() -> end.term() >= term, "an entry of term " + term);
    }

    private void await(BooleanSupplier isThere, String what) {
        synchronized (appended) {
            isAwaited = true;
            while (!isThere.getAsBoolean()) {
                if (proposer.state() != null) {
                    throw new StorageFault(what + " is committed, and not in the log of this replica", null);
                }
                try {
                    appended.wait(AWAIT_MS);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    throw new StorageFault("interrupted while " + what + " is written", e);
                }
            }
            isAwaited = false;
        }
    }

    /** From now on this replica leads: everything before its term took effect. */
    public void lead(long term, Consensus consensus) {
        proposer.lead(term, consensus, this);
    }

    /** From now on {@link #commit} does not wait for what is stored by others: whoever stops lets what is committed take effect. Any thread. */
    public void letGo() {
        proposer.letGo();
    }

    /** From now on this replica leads no more. */
    public void follow() {
        proposer.follow();
    }
}
