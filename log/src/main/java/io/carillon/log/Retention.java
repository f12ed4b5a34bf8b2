package io.carillon.log;

import io.carillon.base.Agent;
import io.carillon.base.CarillonException.Corrupt;
import io.carillon.base.CarillonException.StorageFault;
import io.carillon.base.Storage;
import io.carillon.base.Ticker;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Drops whole segments from the old end: when all in them is older than the time to keep, or when the log or the disk
 * holds more than it may. Never the last segment, and never one that a recovery would still need. It also keeps a spare
 * file ready for the next segment. May wait for the disk.
 */
final class Retention implements Agent {
    private static final Logger LOG = System.getLogger(Retention.class.getName());
    private static final long CHECK_NS = 5_000_000_000L;

    private final Segments segments;
    private final Indexes indexes;
    private final Checkpointer checkpointer;
    private final Storage storage;
    private final QueueEnds queueEnds;
    private final Ticker ticker;
    private final LogConfig config;
    private volatile boolean isSpareWanted = true;
    private volatile Runnable waker = () -> {};
    private final List<Rescue> rescues = new CopyOnWriteArrayList<>();
    private long nextCheckNs;

    Retention(
            Segments segments,
            Indexes indexes,
            Checkpointer checkpointer,
            Storage storage,
            Ticker ticker,
            LogConfig config) {
        this.segments = segments;
        this.indexes = indexes;
        this.checkpointer = checkpointer;
        this.storage = storage;
        this.queueEnds = new QueueEnds(storage);
        this.ticker = ticker;
        this.config = config;
        this.nextCheckNs = ticker.nanoTime();
    }

    /** The writer began a segment: the next one wants a spare file. Any thread. */
    void wantSpare() {
        isSpareWanted = true;
        waker.run();
    }

    void rescueBy(Rescue newRescue) {
        rescues.add(newRescue);
    }

    @Override
    public int doWork() {
        int done = 0;
        if (ticker.nanoTime() - nextCheckNs >= 0) {
            nextCheckNs = ticker.nanoTime() + CHECK_NS;
            done = dropOld();
            isSpareWanted |= !segments.hasSpare();
        }
        if (isSpareWanted) {
            isSpareWanted = false;
            done += fillSpare();
        }
        return done;
    }

    private int fillSpare() {
        try {
            return !segments.hasSpare() && segments.fillSpare() ? 1 : 0;
        } catch (StorageFault fault) {
            LOG.log(Level.WARNING, "no spare log file could be made, trying again: " + fault.getMessage());
            return 0;
        }
    }

    private int dropOld() {
        int dropped = 0;
        try {
            if (segments.isBelowReserve()) {
                segments.dropSpare();
            }
            while (mayDropOldest() && isTooMuch() && isLetGo()) {
                dropOldest();
                dropped++;
            }
            rescues.forEach(Rescue::tidy);
        } catch (StorageFault fault) {
            LOG.log(Level.WARNING, "retention could not drop a segment, trying again: " + fault.getMessage());
        } catch (Corrupt corrupt) {
            checkpointer.indexDamaged(corrupt);
        }
        return dropped;
    }

    /** Every rescue is asked, so that they make ready at the same time. */
    private boolean isLetGo() {
        long min = startAfter(segments.first());
        boolean isReady = true;
        for (Rescue rescue : rescues) {
            isReady &= rescue.isReady(min);
        }
        return isReady;
    }

    private void dropOldest() {
        Segment oldest = segments.first();
        long min = startAfter(oldest);
        rescues.forEach(rescue -> rescue.before(min));
        LOG.log(Level.INFO, "dropping log segment {0}, last written at {1}", oldest.name(), timeOf(oldest));
        // On a disk that is quite full, this makes the room for the next file.
        indexes.keys().dropBefore(min);
        queueEnds.write(indexes.queues().all(), min);
        indexes.queues().dropBefore(min);
        segments.dropOldest();
    }

    private long startAfter(Segment oldest) {
        Segment following = segments.at(oldest.end());
        return following == null ? oldest.end() : following.start();
    }

    private boolean mayDropOldest() {
        return segments.row().length > 1 && segments.first().end() <= checkpointer.storedOffset();
    }

    private boolean isTooMuch() {
        long keepAtMost = config.keepAtMost().bytes();
        return timeOf(segments.first()) < ticker.nowMs() - config.keepFor().toMillis()
                || (keepAtMost > 0 && segments.diskBytes() > keepAtMost)
                || isDiskTooFull();
    }

    private boolean isDiskTooFull() {
        long total = storage.totalBytes();
        return total > 0 && (total - storage.usableBytes()) * 100 / total >= config.diskUseMax();
    }

    /** When the last entry of a segment was written: not after the first one of the segment that follows. */
    private long timeOf(Segment segment) {
        if (segment.timestampMaxMs() > 0) {
            return segment.timestampMaxMs();
        }
        Segment following = segments.at(segment.end());
        return following == null ? Long.MAX_VALUE : Entry.timestampMs(following.bytes(), Segment.HEADER_BYTES);
    }

    @Override
    public long restNs() {
        return isSpareWanted ? 1 : Math.max(1, nextCheckNs - ticker.nanoTime());
    }

    @Override
    public void wakeBy(Runnable runnerWaker) {
        waker = runnerWaker;
    }

    @Override
    public String name() {
        return "log-retention";
    }
}
