package io.carillon.log;

import io.carillon.base.Agent;
import io.carillon.base.CarillonException.Corrupt;
import io.carillon.base.CarillonException.StorageFault;
import io.carillon.base.Ticker;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import org.jspecify.annotations.Nullable;

/**
 * Stores the indexes and the replicated state from time to time, so that recovery has little to replay. In steps: cut
 * the indexes at one place of the log (between two appends); once everything before it is readable, take the state; once
 * the log is forced beyond all that was taken, store it. May wait for the disk.
 */
final class Checkpointer implements Agent {
    private static final Logger LOG = System.getLogger(Checkpointer.class.getName());
    private static final long STEP_REST_NS = 2_000_000;
    private static final long RETRY_NS = 1_000_000_000L;

    private final Intake writer;
    private final Flusher flusher;
    private final Indexes indexes;
    private final Publisher publisher;
    private final Checkpoint checkpoint;
    private final Ticker ticker;
    private volatile long intervalNs;
    private volatile long bytesMax;
    private final long memoryMax;

    private volatile long storedOffset;
    private volatile LogEnd storedEnd = new LogEnd(0, 1, 0, 0);
    private volatile @Nullable Cut cut;
    private Publisher.@Nullable Snapshot snapshot;
    private boolean isCutting;
    private long lastNs;
    private long notBeforeNs;

    /** The indexes as they were at one place of the log. */
    private record Cut(LogEnd end, QueueIndex.Cut queues, KeyIndex.Cut keys) {}

    Checkpointer(
            Intake writer,
            Flusher flusher,
            Indexes indexes,
            Publisher publisher,
            Checkpoint checkpoint,
            Ticker ticker,
            LogConfig config) {
        this.writer = writer;
        this.flusher = flusher;
        this.indexes = indexes;
        this.publisher = publisher;
        this.checkpoint = checkpoint;
        this.ticker = ticker;
        this.intervalNs = config.checkpointInterval().toNanos();
        this.bytesMax = config.checkpointBytes().bytes();
        this.memoryMax = config.indexMemory().bytes();
        this.lastNs = ticker.nanoTime();
        this.notBeforeNs = lastNs;
    }

    /** When the next cut is due. Any thread. */
    void reconfigure(LogConfig config) {
        intervalNs = config.checkpointInterval().toNanos();
        bytesMax = config.checkpointBytes().bytes();
    }

    /** The log offset before which recovery needs nothing. Any thread. */
    long storedOffset() {
        return storedOffset;
    }

    @Override
    public int doWork() {
        if (writer.state() == Refusal.FAULT) {
            writer.letGo();
            return 0;
        }
        Cut taken = cut;
        if (taken != null) {
            return store(taken) ? 1 : 0;
        }
        if (isCutting || !isDue()) {
            return 0;
        }
        beginCut();
        return 1;
    }

    private boolean isDue() {
        long appended = writer.indexedOffset();
        boolean isHolding = writer.isHolding();
        return (appended > storedOffset || isHolding)
                && ticker.nanoTime() - notBeforeNs >= 0
                && (appended - storedOffset >= bytesMax
                        || isHolding
                        || writer.unstoredBytes() >= memoryMax
                        || ticker.nanoTime() - lastNs >= intervalNs);
    }

    private void beginCut() {
        isCutting = true;
        writer.append(new WriterTask(() -> {
            LogEnd end = writer.position();
            cut = new Cut(end, indexes.queues().cut(), indexes.keys().cut());
        }));
    }

    /** Stores what was cut as soon as the log surely holds it; false when that is not so yet. */
    private synchronized boolean store(Cut taken) {
        if (writer.state() == Refusal.FAULT) {
            return false; // retention found the index damaged just now
        }
        if (snapshot == null && publisher.readableOffset() >= taken.end().offset()) {
            snapshot = publisher.snapshot(taken.queues()::takeDropped);
        }
        long needed = snapshot == null ? taken.end().offset() : snapshot.readableOffset();
        if (snapshot == null || flusher.forcedOffset() < needed) {
            flusher.want(needed);
            return false;
        }
        try {
            taken.queues().store();
            taken.keys().store();
            // The state first: the other way round, a crash in between would leave one that needs more of the log.
            checkpoint.writeState(new Checkpoint.State(snapshot.index(), snapshot.state(), taken.end()));
            checkpoint.writeIndexed(new Checkpoint.Indexed(
                    taken.end(), taken.queues().epoch(), taken.keys().logOffsetLast()));
            storedOffset = taken.end().offset();
            storedEnd = taken.end();
        } catch (StorageFault fault) {
            refused(taken, fault);
        } catch (Corrupt corrupt) {
            indexDamaged(corrupt);
        }
        cut = null;
        snapshot = null;
        isCutting = false;
        lastNs = ticker.nanoTime();
        writer.checkpointStored();
        return true;
    }

    /**
     * What the disk holds of a file whose force failed is unknown, and what was not stored would pile up in memory: the
     * log then takes nothing more, as after a failed force of its own files. All else may pass, as a full disk does.
     */
    private void refused(Cut taken, StorageFault fault) {
        if (taken.queues().hasFailed() || taken.keys().hasFailed()) {
            writer.fail();
            LOG.log(
                    Level.ERROR,
                    "forcing an index failed, the log takes nothing more until the server is started again; "
                            + "reading goes on",
                    fault);
        } else {
            LOG.log(Level.WARNING, "no checkpoint could be written, trying again later: " + fault.getMessage());
            notBeforeNs = ticker.nanoTime() + RETRY_NS;
            if (fault.isDiskFull()) {
                writer.refuseHeld();
            }
        }
    }

    /** An index is not what was stored: nothing may rest on it any more, and the next start makes it anew. */
    synchronized void indexDamaged(Corrupt corrupt) {
        writer.fail();
        LOG.log(
                Level.ERROR,
                "an index is damaged, the log takes nothing more until the server is started again, which builds the"
                        + " indexes anew; reading goes on",
                corrupt);
        try {
            checkpoint.discardIndexed();
        } catch (StorageFault fault) {
            LOG.log(Level.ERROR, "the file " + Checkpoint.INDEX_FILE + " could not be deleted: do so by hand", fault);
        }
    }

    /** Cuts and stores at once. The caller has stopped the agents and forced the log. */
    void storeNow() {
        if (cut == null) {
            beginCut();
        }
        Cut taken = cut;
        if (taken != null) {
            store(taken);
        }
    }

    /** @param end of the last checkpoint */
    void startAt(long offset, LogEnd end) {
        storedOffset = offset;
        storedEnd = end;
    }

    /** The place in the log of the last checkpoint. Any thread. */
    LogEnd storedEnd() {
        return storedEnd;
    }

    @Override
    public long restNs() {
        if (writer.state() == Refusal.FAULT) {
            return writer.isHolding() ? STEP_REST_NS : Long.MAX_VALUE;
        }
        return cut != null || isCutting ? STEP_REST_NS : Math.min(intervalNs, 100_000_000L + intervalNs / 10);
    }

    @Override
    public String name() {
        return "log-checkpoint";
    }
}
