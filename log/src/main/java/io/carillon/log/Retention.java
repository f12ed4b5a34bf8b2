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
import org.jspecify.annotations.Nullable;

/**
 * Drops whole segments from the old end: when all in them is older than the time to keep, or when the log or the disk
 * holds more than it may. Never the last segment, and never one that a recovery would still need. May wait for the disk,
 * and long for those who take along what they still need.
 */
final class Retention implements Agent {
    private static final Logger LOG = System.getLogger(Retention.class.getName());
    private static final long CHECK_NS = 5_000_000_000L;
    /** How soon those are asked again who still take something along. */
    private static final long AGAIN_NS = 100_000_000L;

    private final Segments segments;
    private final Indexes indexes;
    private final Intake writer;
    private final Flusher flusher;
    private final Checkpointer checkpointer;
    private final Storage storage;
    private final QueueEnds queueEnds;
    private final Ticker ticker;
    private final LogCopies copies;
    private final @Nullable Replica replica;
    private volatile LogConfig config;
    private final List<Rescue> rescues = new CopyOnWriteArrayList<>();
    private long nextCheckNs;
    /** The messages that everybody lets go, and how far the log must be forced before they are dropped. */
    private long letGoBefore = -1;

    private long forcedFirst;

    Retention(
            Segments segments,
            Indexes indexes,
            Intake writer,
            Flusher flusher,
            Checkpointer checkpointer,
            Storage storage,
            Ticker ticker,
            LogConfig config,
            LogCopies copies,
            @Nullable Replica replica) {
        this.segments = segments;
        this.indexes = indexes;
        this.writer = writer;
        this.flusher = flusher;
        this.checkpointer = checkpointer;
        this.storage = storage;
        this.queueEnds = new QueueEnds(storage);
        this.ticker = ticker;
        this.config = config;
        this.copies = copies;
        this.replica = replica;
        this.nextCheckNs = ticker.nanoTime();
    }

    /** What is kept from the next look on. Any thread. */
    void reconfigure(LogConfig newConfig) {
        config = newConfig;
    }

    void rescueBy(Rescue newRescue) {
        rescues.add(newRescue);
        String folder = newRescue.folder();
        if (folder != null) {
            copies.alsoIn(folder);
        }
    }

    @Override
    public int doWork() {
        if (ticker.nanoTime() - nextCheckNs < 0) {
            return 0;
        }
        nextCheckNs = ticker.nanoTime() + CHECK_NS;
        return dropOld();
    }

    private int dropOld() {
        int dropped = 0;
        copies.expire();
        try {
            if (segments.isBelowReserve()) {
                segments.dropSpare();
                if (segments.row().length > 1 && isTooMuch()) {
                    copies.giveUpFor(segments.first().end());
                }
            }
            while (mayDropOldest() && isTooMuch() && !isKept() && isLetGo() && dropOldestUnlessCopied()) {
                dropped++;
            }
            copies.exclusively(() -> rescues.forEach(Rescue::tidy));
        } catch (StorageFault fault) {
            LOG.log(Level.WARNING, "retention could not drop a segment, trying again: " + fault.getMessage());
        } catch (Corrupt corrupt) {
            checkpointer.indexDamaged(corrupt);
        }
        return dropped;
    }

    private boolean isLetGo() {
        long min = startAfter(segments.first());
        if (!isReady(min) || !isForced(min)) {
            nextCheckNs = ticker.nanoTime() + AGAIN_NS;
            return false;
        }
        return true;
    }

    /** Every rescue is asked, so that they make ready at the same time. */
    private boolean isReady(long min) {
        boolean isReady = true;
        for (Rescue rescue : rescues) {
            isReady &= rescue.isReady(min);
        }
        return isReady;
    }

    /**
     * A message is not needed any more when the state says so, which the disk may not know yet: after a power loss it
     * would be needed again, and gone.
     */
    private boolean isForced(long min) {
        if (letGoBefore != min) {
            letGoBefore = min;
            forcedFirst = writer.indexedOffset();
        }
        flusher.want(forcedFirst);
        return flusher.forcedOffset() >= forcedFirst;
    }

    private boolean dropOldestUnlessCopied() {
        return copies.dropUnlessNeeded(segments.first().end(), this::dropOldest);
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
        Segment oldest = segments.first();
        return segments.row().length > 1
                && oldest.end() <= checkpointer.storedOffset()
                && !copies.isNeeded(oldest.end());
    }

    /** Other replicas may still be given what is in the oldest segment, entry by entry. */
    private boolean isKept() {
        return replica != null && replica.isKept(segments.first().end());
    }

    private boolean isTooMuch() {
        LogConfig now = config;
        long keepAtMost = now.keepAtMost().bytes();
        return timeOf(segments.first()) < ticker.nowMs() - now.keepFor().toMillis()
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
        return Math.max(1, nextCheckNs - ticker.nanoTime());
    }

    @Override
    public String name() {
        return "log-retention";
    }
}
