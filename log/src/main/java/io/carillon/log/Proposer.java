package io.carillon.log;

import io.carillon.base.Ticker;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Makes proposals out of what is appended, while this replica leads. Like {@link LogWriter}, which has the log for itself,
 * it has no thread of its own: whoever finds nobody at it proposes for all, see {@link WorkLine}.
 */
final class Proposer implements Intake {
    private static final Logger LOG = System.getLogger(Proposer.class.getName());

    /** An entry is closed when it would grow beyond this: the size that replicates well. */
    private static final int ENTRY_BYTES_MAX = 256 << 10;

    private static final int PADDING = 8;
    private static final int[] NO_PLACES = {};
    private static final long DISK_CHECK_NS = 500_000_000;

    private final Segments segments;
    private final Ticker ticker;
    private final Flusher flusher;
    private final Publisher publisher;
    private final Applier applier;
    private final Retries retries;
    private final LightTopics lightTopics;
    private final WorkLine<Append> line = new WorkLine<>();
    private final ProposalBuilder builder = new ProposalBuilder();

    private volatile @Nullable Lead lead;
    private volatile @Nullable Refusal state;
    private volatile Runnable onRoll = () -> {};
    private volatile Consumer<Throwable> onFault = _ -> {};
    private boolean isDiskFull;
    private long diskCheckNs;
    /** Who leads while the open entry is put together. */
    private @Nullable Lead openLead;

    private long leads;

    /** @param number of this leadership: there may be several in a term */
    private record Lead(long number, long term, Consensus consensus, Replica replica) {}

    Proposer(
            Segments segments,
            Indexes indexes,
            LogListener listener,
            Ticker ticker,
            Flusher flusher,
            Publisher publisher,
            Applier applier) {
        this.segments = segments;
        this.ticker = ticker;
        this.flusher = flusher;
        this.publisher = publisher;
        this.applier = applier;
        this.retries = new Retries(segments, indexes, publisher, ticker, this::append);
        this.lightTopics = new LightTopics(listener);
        this.diskCheckNs = ticker.nanoTime();
    }

    /** One thread at a time. */
    void lead(long term, Consensus consensus, Replica replica) {
        lead = new Lead(++leads, term, consensus, replica);
    }

    void follow() {
        lead = null;
    }

    @Override
    public void append(Append part) {
        if (part instanceof WriterTask) {
            publisher.exclusively(() -> part.complete(null));
            return;
        }
        line.add(part);
        if (line.begins()) {
            drain();
        }
    }

    private void drain() {
        do {
            Append part;
            while ((part = line.next()) != null) {
                takeOrGiveUp(part);
            }
            proposeLast();
        } while (!line.ends());
    }

    private void proposeLast() {
        try {
            propose(NO_PLACES);
        } catch (RuntimeException | Error e) {
            line.failed(e);
        }
    }

    private void takeOrGiveUp(Append part) {
        try {
            Refusal refusal = take(part);
            if (refusal != null) {
                part.complete(refusal);
            }
        } catch (RuntimeException | Error e) {
            giveUp(part, e);
        }
    }

    private void giveUp(Append part, Throwable why) {
        fail();
        try {
            onFault.accept(why);
            part.complete(Refusal.FAULT);
        } catch (RuntimeException | Error e) {
            line.failed(e);
        }
    }

    private @Nullable Refusal take(Append part) {
        if (state != null) {
            return state;
        }
        if (builder.isOpen() && !Objects.equals(lead, openLead)) {
            propose(NO_PLACES);
        }
        if (lead == null) {
            return Refusal.NOT_LEADER;
        }
        return switch (part) {
            case AppendBatch batch -> take(batch);
            case MetadataAppend metadata -> take(metadata);
            case WriterTask _ -> throw new IllegalStateException("a task is not proposed");
        };
    }

    private @Nullable Refusal take(AppendBatch batch) {
        byte[] command = batch.command();
        long bytes = (long) batch.end() + (command == null ? 0 : command.length);
        if (isTooLarge(bytes)) {
            return Refusal.TOO_LARGE;
        }
        if (isDiskFull()) {
            return Refusal.DISK_FULL;
        }
        Retries.Known known = retries.admit(batch);
        if (known == null) {
            return null; // it comes again when the one that it may repeat is settled
        }
        BatchProgress progress = new BatchProgress(batch, known, retries);
        if (command != null) {
            takeCommanded(progress, command);
        } else {
            for (int i = 0; i < batch.count(); i++) {
                if (known.isNew(i)) {
                    take(progress, i, batch.isScheduled(i) ? Entry.SCHEDULE : Entry.MESSAGES);
                }
            }
        }
        progress.allProposed();
        return null;
    }

    private void take(BatchProgress progress, int record, byte type) {
        int size = progress.batch().size(record);
        if (builder.isOpen() && (builder.type() != type || builder.bytes() + size > ENTRY_BYTES_MAX)) {
            propose(NO_PLACES);
        }
        if (!builder.isOpen()) {
            begin(type);
        }
        add(progress, record);
    }

    private void add(BatchProgress progress, int record) {
        AppendBatch batch = progress.batch();
        builder.addPart(progress.record(record, builder.records()));
        if (batch.isLight(record)) {
            lightTopics.close(batch.bytes(), batch.start(record));
        }
        builder.addRecord(batch.buffer(), batch.start(record), batch.size(record));
    }

    /** The records and the command of such a batch are one entry, or there is none when one of them is stored already. */
    private void takeCommanded(BatchProgress progress, byte[] command) {
        propose(NO_PLACES);
        if (progress.known().isAnyStored()) {
            return;
        }
        AppendBatch batch = progress.batch();
        begin(Entry.COMMANDED);
        int[] inEntry = new int[batch.count()];
        for (int i = 0; i < batch.count(); i++) {
            inEntry[i] = builder.records();
            if (progress.known().isNew(i)) {
                add(progress, i);
            } else {
                inEntry[i] = inEntry[progress.known().sameAs(i)];
            }
        }
        builder.addBytes(command);
        builder.addPart(progress.command());
        propose(batch.placesInCommand(inEntry));
    }

    private @Nullable Refusal take(MetadataAppend metadata) {
        if (isTooLarge(metadata.entry().length)) {
            return Refusal.TOO_LARGE;
        }
        propose(NO_PLACES);
        lightTopics.deletionProposed(metadata.entry());
        begin(Entry.METADATA);
        builder.addBytes(metadata.entry());
        builder.addPart(new Proposal.Part() {
            @Override
            public void placed(long index, Stamper.Places places) {}

            @Override
            public void ended(boolean isCommitted) {
                lightTopics.deletionEnded(metadata.entry());
                metadata.complete(isCommitted ? null : Refusal.NOT_LEADER);
            }
        });
        propose(NO_PLACES);
        return null;
    }

    private void begin(byte type) {
        openLead = lead;
        builder.begin(type);
    }

    /** Proposes the entry that is open, if any. */
    private void propose(int[] places) {
        if (!builder.isOpen()) {
            return;
        }
        Proposal proposal = builder.end(ticker.nowMs(), flusher.forcedOffset(), places);
        Lead leading = openLead;
        if (leading == null) {
            proposal.refused();
            return;
        }
        // Expected first: whoever ends this leadership then sees it, or it sees the end.
        leading.replica().expect(proposal);
        if (!leading.equals(lead)) {
            leading.replica().refuse(proposal);
            return;
        }
        try {
            leading.consensus().propose(proposal, leading.term());
        } catch (RuntimeException | Error e) {
            // It is being stopped, and may have refused the proposal already.
            LOG.log(Level.WARNING, "what was to be stored was refused", e);
            leading.replica().refuse(proposal);
        }
    }

    private boolean isTooLarge(long payload) {
        long bytes = Entry.HEADER_BYTES + payload + PADDING;
        return bytes > segments.last().capacity() - Segment.HEADER_BYTES;
    }

    private boolean isDiskFull() {
        if (ticker.nanoTime() - diskCheckNs >= 0) {
            diskCheckNs = ticker.nanoTime() + DISK_CHECK_NS;
            isDiskFull = segments.isShortOfNext();
        }
        return isDiskFull;
    }

    void rolled() {
        onRoll.run();
    }

    @Override
    public long indexedOffset() {
        return applier.applied().offset();
    }

    @Override
    public LogEnd position() {
        return applier.applied();
    }

    @Override
    public @Nullable Refusal state() {
        return state;
    }

    @Override
    public void fail() {
        state = Refusal.FAULT;
        applier.close();
    }

    @Override
    public void close() {
        if (state == null) {
            state = Refusal.CLOSED;
        }
        applier.close();
    }

    @Override
    public boolean isHolding() {
        return applier.isWaiting();
    }

    @Override
    public long unstoredBytes() {
        return applier.unstoredBytes();
    }

    @Override
    public void checkpointStored() {
        applier.checkpointStored();
    }

    @Override
    public void letGo() {
        applier.close();
    }

    /** Nothing is held before it is proposed; what is committed waits for as long as it takes. */
    @Override
    public void refuseHeld() {}

    @Override
    public void onRoll(Runnable work) {
        onRoll = work;
    }

    @Override
    public void onFault(Consumer<Throwable> told) {
        onFault = told;
    }
}
