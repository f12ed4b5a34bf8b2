package io.carillon.log;

import io.carillon.base.CarillonException.BadConfig;
import io.carillon.base.CarillonException.StorageFault;
import io.carillon.base.Counters;
import io.carillon.base.Storage;
import io.carillon.base.Ticker;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Opens what a data folder has of a log and puts the parts of a {@link MessageLog} together above it: those of a log that
 * one process has for itself, or those of one of several replicas. Used once.
 */
final class LogAssembly {
    private static final Logger LOG = System.getLogger(LogAssembly.class.getName());

    private final LogConfig config;
    private final Storage storage;
    private final Ticker ticker;
    private final LogListener listener;
    private final Counters counters;
    private final Checkpoint checkpoint;
    private final ReplicaFile replicaFile;
    private final ReplicaFile.@Nullable Content known;
    private final Opener.Opened opened;
    private final Indexes indexes;
    private final Segments segments;
    private final Publisher publisher;
    private final Flusher flusher;

    /** What a log is made of; the last three are there where it is one of several replicas. */
    record Parts(
            Segments segments,
            Indexes indexes,
            LogReader reader,
            Publisher publisher,
            Flusher flusher,
            Intake writer,
            Checkpointer checkpointer,
            LogCopies copies,
            Retention retention,
            SpareFile spareFile,
            Scrub scrub,
            @Nullable Replica replica,
            @Nullable ReplicaNotes notes,
            @Nullable ReplicaCopy replicaCopy) {}

    private LogAssembly(
            LogConfig config,
            Storage storage,
            Ticker ticker,
            LogListener listener,
            Counters counters,
            boolean isReplica) {
        this.config = config;
        this.storage = storage;
        this.ticker = ticker;
        this.listener = listener;
        this.counters = counters;
        LogRestore.requireDone(storage);
        replicaFile = new ReplicaFile(storage);
        known = replicaFile.read();
        if (!isReplica && known != null) {
            throw new BadConfig("the data folder is one of a replica of a group, and its log is not this process' own:"
                    + " start it as a member of its group, or begin with an empty folder or a restored backup");
        }
        checkpoint = new Checkpoint(storage);
        // What one process had for itself was settled when it was written.
        boolean isOfOne = known == null;
        opened = new Opener(config, storage, ticker, checkpoint, !isOfOne).open(listener);
        segments = opened.segments();
        indexes = opened.indexes();
        publisher = new Publisher(indexes.queues(), listener);
        flusher = new Flusher(segments, config, ticker, counters);
    }

    /** As {@link MessageLog#open} has it. */
    static Parts ofOne(LogConfig config, Storage storage, Ticker ticker, LogListener listener, Counters counters) {
        return new LogAssembly(config, storage, ticker, listener, counters, false).ofOne();
    }

    /** As {@link MessageLog#openReplica} has it. */
    static Parts ofReplica(
            LogConfig config,
            Storage storage,
            Ticker ticker,
            LogListener listener,
            Counters counters,
            String machineRun) {
        return new LogAssembly(config, storage, ticker, listener, counters, true).ofReplica(machineRun);
    }

    private Parts ofOne() {
        LogWriter writer = new LogWriter(segments, indexes, ticker, flusher, flusher::written, opened.end(), config);
        flusher.startAt(opened.storedOffset(), writer, publisher);
        writer.writeMark();
        // What an earlier process wrote and did not force stands in the page cache at best: the mark's force is for
        // all.
        flusher.forceAll(writer.appendedOffset());
        publisher.startAt(writer.appendedOffset(), opened.end().nextIndex());
        return parts(writer, LogCopies.Written.to(writer::appendedOffset), checkpointer(writer), null, null);
    }

    private Parts ofReplica(String machineRun) {
        Applier applier = new Applier(indexes, publisher, config, opened.applied(), opened.stateIndex());
        Proposer proposer = new Proposer(segments, indexes, listener, ticker, flusher, publisher, applier);
        ForcedMark mark = ForcedMark.open(storage);
        flusher.startAt(opened.storedOffset(), proposer, publisher);
        flusher.forceAll(opened.end().offset());
        publisher.startAt(opened.applied().offset(), opened.stateIndex());
        Checkpointer checkpointer = checkpointer(proposer);
        ReplicaNotes notes = new ReplicaNotes(
                replicaFile, known == null ? settled(checkpointer, proposer) : known.startedIn(machineRun));
        boolean isForcing = config.flush() == LogConfig.Flush.SYNC;
        notes.opened(isForcing ? "" : machineRun);
        requireForced(mark, notes);
        flusher.markBy(mark);
        Replica replica = new Replica(
                segments,
                flusher,
                indexes,
                listener,
                applier,
                proposer,
                notes,
                checkpointer::storedEnd,
                isForcing,
                opened.end());
        return parts(proposer, replica.written(), checkpointer, replica, notes);
    }

    /** What was forced and is not there any more, others were told to be: without it this replica must not vote. */
    private void requireForced(ForcedMark mark, ReplicaNotes notes) {
        long end = opened.end().offset();
        if (mark.offset() <= end) {
            mark.raise(end);
            return;
        }
        String why = "its log ends at log offset " + end + ", but it was on disk up to " + mark.offset()
                + ": its last entries are damaged";
        LOG.log(Level.ERROR, "the log of this replica lacks what was forced: {0}", why);
        if (notes.noVote() == null) {
            notes.mayNotVote(why);
        }
        mark.lower(end);
    }

    private Checkpointer checkpointer(Intake writer) {
        Checkpointer checkpointer = new Checkpointer(writer, flusher, indexes, publisher, checkpoint, ticker, config);
        checkpointer.startAt(opened.storedOffset(), opened.applied());
        return checkpointer;
    }

    /** All in the log took effect; a checkpoint says so before the folder becomes one of a replica. */
    private ReplicaFile.Content settled(Checkpointer checkpointer, Intake writer) {
        long next = opened.end().nextIndex();
        if (next > 1) {
            checkpointer.storeNow();
            if (checkpointer.storedEnd().nextIndex() != next || writer.state() == Refusal.FAULT) {
                throw new StorageFault("the checkpoint of the log could not be written", null);
            }
        }
        ReplicaFile.Content content = new ReplicaFile.Content(next, "", "", List.of());
        replicaFile.write(content);
        return content;
    }

    private Parts parts(
            Intake writer,
            LogCopies.Written written,
            Checkpointer checkpointer,
            @Nullable Replica replica,
            @Nullable ReplicaNotes notes) {
        LogCopies copies = new LogCopies(
                segments,
                writer,
                written,
                flusher,
                storage,
                ticker,
                config,
                opened.end().nextIndex());
        Retention retention = new Retention(
                segments, indexes, writer, flusher, checkpointer, storage, ticker, config, copies, replica);
        Scrub scrub = new Scrub(segments, storage, checkpointer::storedOffset, ticker, config);
        gauges(writer, copies, scrub);
        return new Parts(
                segments,
                indexes,
                new LogReader(segments, publisher),
                publisher,
                flusher,
                writer,
                checkpointer,
                copies,
                retention,
                new SpareFile(segments, ticker, config),
                scrub,
                replica,
                notes,
                replica == null ? null : new ReplicaCopy(storage, copies::folders));
    }

    private void gauges(Intake writer, LogCopies copies, Scrub scrub) {
        counters.gauge("log_bytes", segments::diskBytes);
        counters.gauge("log_index_unstored_bytes", writer::unstoredBytes);
        counters.gauge("log_copies", copies::count);
        counters.gauge("log_damages", scrub::damages);
        counters.gauge("log_offset_max", publisher::readableOffset);
        counters.gauge("log_offset_forced", flusher::forcedOffset);
    }
}
