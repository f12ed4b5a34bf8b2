package io.carillon.log;

import io.carillon.base.CarillonException.Corrupt;
import io.carillon.base.CarillonException.StorageFault;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
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

    static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final Segments segments;
    private final EntryPlaces places;
    private final ReplicaWriter writer;
    private final EntryReader entries;
    private final OpenProposals proposals = new OpenProposals();
    private final Arrivals arrivals;
    private final Applier applier;
    private final Proposer proposer;
    private final ReplicaNotes notes;
    private final Supplier<LogEnd> checkpoint;
    /** Raised before something is cut off, and again after. */
    private final AtomicInteger cuts = new AtomicInteger();

    private volatile boolean isRoomWanted;

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
        this.applier = applier;
        this.proposer = proposer;
        this.notes = notes;
        this.checkpoint = checkpoint;
        places = new EntryPlaces(segments);
        arrivals = new Arrivals(() -> proposer.state() != null);
        TailOffsets tail = new TailOffsets(indexes.queues(), listener, applier::appliedIndex);
        writer = new ReplicaWriter(
                segments,
                flusher,
                tail,
                new Stamper(tail, listener),
                places,
                applier,
                proposals,
                arrivals,
                this::configured,
                proposer::rolled,
                isForcing,
                end);
        entries = new EntryReader(segments, places, writer);
        noteConfigurations();
    }

    private void configured(Item item) {
        notes.configured(item, checkpointIndex());
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
        return entries.indexMin();
    }

    /** The index of the last entry; 0 when there never was one. */
    public long indexMax() {
        return writer.end().nextIndex() - 1;
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
        long next = following == null ? writer.end().nextIndex() : Entry.index(following.bytes(), Segment.HEADER_BYTES);
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

    /**
     * The entries that say who the replicas are, oldest first: the last one that the checkpoint has, and all later ones; two at
     * least, if there were so many since the log was empty.
     */
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

    /**
     * It must not vote before it has copied the log of another one: what it told others is lost. Durable when this returns.
     *
     * @param why for people
     */
    public void giveUpVote(String why) {
        notes.mayNotVote(why);
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
        return writer.end().offset();
    }

    /** What is written, for copies of it. */
    LogCopies.Written written() {
        return new LogCopies.Written() {
            @Override
            public long offset() {
                return appendedOffset();
            }

            @Override
            public int cuts() {
                return cuts.get();
            }
        };
    }

    /** The log offset after this entry, or that after the last one if there are fewer; -1 when it is not there any more. */
    public long offsetAfter(long index) {
        return index >= indexMax() ? appendedOffset() : places.logOffset(index + 1);
    }

    /** The term of an entry; 0 when it is not there. */
    public long term(long index) {
        return entries.term(index);
    }

    /** The entry with this index, or null when it is not there. */
    public @Nullable Item item(long index) {
        return entries.item(index);
    }

    /**
     * Likewise, to be given to others: nobody gets what is damaged here. What did not take effect yet was written or read since
     * the log was opened, and is not checked again.
     *
     * @throws Corrupt when the entry is damaged on this replica's disk
     */
    public @Nullable Item itemForOthers(long index) {
        return index > appliedIndex() ? entries.item(index) : entries.intact(index);
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
            writer.append(items);
        } catch (RuntimeException | Error fault) {
            proposer.fail();
            throw fault;
        }
    }

    /** Remembers who waits for what this replica proposes; before its consensus hears of it. */
    void expect(Proposal proposal) {
        proposals.expect(proposal);
    }

    /**
     * Runs this when all that this replica proposed took effect or was refused: now, or by the thread that ends the last one.
     * Only while it does not lead; a later call replaces an earlier one.
     */
    public void whenSettled(Runnable then) {
        proposals.whenSettled(then);
    }

    /** Says that a proposal is not known ever to be committed. Any thread; once. */
    public void refuse(Proposal proposal) {
        proposals.refuse(proposal);
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
        cuts.incrementAndGet();
        try {
            writer.cut(indexKept);
            notes.cut(indexKept);
            cuts.incrementAndGet();
        } catch (RuntimeException | Error fault) {
            proposer.fail();
            throw fault;
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
            arrivals.await(() -> isStored(index, term), "entry " + index + " of term " + term);
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
        arrivals.await(() -> writer.end().term() >= term, "an entry of term " + term);
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
