package io.carillon.log;

import io.carillon.base.CarillonException.Corrupt;
import io.carillon.base.CarillonException.NotUnderstood;
import io.carillon.base.Storage;
import io.carillon.base.Ticker;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Opens the files of a data folder and brings all that is derived from the log up to its end. Used once. */
final class Opener {
    private static final Logger LOG = System.getLogger(Opener.class.getName());

    /** How far back a start looks for unique ids at most: it must not take long. */
    private static final long DEDUP_BYTES_MAX = 2L << 30;

    private final LogConfig config;
    private final Storage storage;
    private final Ticker ticker;
    private final Checkpoint checkpoint;
    private final boolean isReplica;
    private final Segments segments;
    private final Checkpoint.@Nullable State state;
    private final DedupWindow dedup;

    /** @param isReplica whether what stands behind the checkpoint must wait for others to say that it is committed */
    Opener(LogConfig config, Storage storage, Ticker ticker, Checkpoint checkpoint, boolean isReplica) {
        this.config = config;
        this.isReplica = isReplica;
        this.storage = storage;
        this.ticker = ticker;
        this.checkpoint = checkpoint;
        segments = Segments.open(storage, config);
        state = checkpoint.readState();
        dedup = new DedupWindow(config.dedupCount(), config.dedupWindow().toMillis());
    }

    /**
     * What was found.
     *
     * @param end the end of the log
     * @param storedOffset the log offset before which a recovery after this one would need nothing
     * @param applied up to where the log took effect: its end, or with a replica the checkpoint
     * @param stateIndex the last entry that the state has
     */
    record Opened(Segments segments, Indexes indexes, LogEnd end, long storedOffset, LogEnd applied, long stateIndex) {}

    /**
     * Opens everything, restores and replays the listener's state.
     *
     * @throws Corrupt when an entry before the end is damaged, or a file that the log cannot replace
     * @throws NotUnderstood when something is intact, but of a kind that this program does not know
     */
    Opened open(LogListener listener) {
        long startedNs = ticker.nanoTime();
        if (state == null && segments.first().base() > 0) {
            throw new Corrupt("file=" + Checkpoint.STATE_FILE
                    + ": missing, and the log's beginning is gone, so the topics and offsets cannot be found again");
        }
        if (state != null) {
            restore(listener, state);
        }
        Checkpoint.Indexed stored = checkpoint.readIndexed();
        QueueIndex queues = stored == null ? null : openQueues(stored);
        KeyIndex keys = stored == null ? null : openKeys(stored);
        LogEnd queuesTo = stored == null || queues == null ? null : stored.end();
        LogEnd keysTo = stored == null || keys == null ? null : stored.end();
        if (queuesTo == null || keysTo == null) {
            // What is built from here on is stored bit by bit, and must not be taken for whole after a crash.
            checkpoint.discardIndexed();
        }
        Indexes indexes =
                new Indexes(queues == null ? queuesAnew() : queues, keys == null ? keysAnew() : keys, dedup, listener);
        Recovery recovery = recovery(indexes, listener, new Recovery.From(queuesTo, keysTo, state));
        LogEnd end = recovery.replay();
        requireWithin(state, end);
        segments.cutAfter(lastSegmentOf(end));
        if (!isSound(indexes.queues(), end)) {
            queuesTo = null;
            indexes = withQueuesAnew(indexes, listener, end);
        }
        LOG.log(
                Level.INFO,
                "log recovered: offset={0,number,#} entry={1,number,#} replayed_bytes={2,number,#} ms={3,number,#}",
                end.offset(),
                end.nextIndex(),
                recovery.replayedBytes(),
                (ticker.nanoTime() - startedNs) / 1_000_000);
        LogEnd applied = isReplica ? checkpointed() : end;
        long stateIndex = Math.max(state == null ? 0 : state.index(), applied.nextIndex() - 1);
        return new Opened(segments, indexes, end, storedOffset(queuesTo, keysTo), applied, stateIndex);
    }

    /** The file's checksum was right: what the listener does not read of it, nobody damaged. */
    private static void restore(LogListener listener, Checkpoint.State state) {
        try {
            listener.restore(state.bytes());
        } catch (Corrupt unknown) {
            throw new NotUnderstood("file=" + Checkpoint.STATE_FILE + ": " + unknown.getMessage(), unknown);
        }
    }

    private LogEnd checkpointed() {
        return state == null ? new LogEnd(segments.first().start(), 1, 0, 0) : state.from();
    }

    /** Builds the index of the queues from the whole log; the keys are kept. */
    private Indexes withQueuesAnew(Indexes damaged, LogListener listener, LogEnd end) {
        checkpoint.discardIndexed();
        damaged.queues().close();
        Indexes anew = new Indexes(queuesAnew(), damaged.keys(), dedup, listener);
        recovery(anew, listener, new Recovery.From(null, end, state)).replay();
        settle(anew.queues());
        return anew;
    }

    private static void requireWithin(Checkpoint.@Nullable State state, LogEnd end) {
        if (state != null && state.index() >= end.nextIndex()) {
            throw new Corrupt("file=" + Checkpoint.STATE_FILE + ": it holds changes up to entry " + state.index()
                    + ", but the log ends before entry " + end.nextIndex());
        }
    }

    /** Where the next recovery would begin if none of what comes now were stored. */
    private long storedOffset(@Nullable LogEnd queuesTo, @Nullable LogEnd keysTo) {
        return queuesTo == null || keysTo == null || state == null
                ? segments.first().base()
                : Math.min(
                        Math.min(queuesTo.offset(), keysTo.offset()),
                        state.from().offset());
    }

    /** While an index is built from the whole log, it must not pile up in memory. */
    private Recovery recovery(Indexes indexes, LogListener listener, Recovery.From from) {
        boolean isWhole = from.queues() == null || from.keys() == null;
        long everyBytes = isWhole ? config.checkpointBytes().bytes() : Long.MAX_VALUE;
        long applyTo = isReplica ? checkpointed().offset() : Long.MAX_VALUE;
        return new Recovery(segments, indexes, listener, from, everyBytes, applyTo);
    }

    /** Whether the index fits the log; what of it is only read later is checked then. */
    private boolean isSound(QueueIndex queues, LogEnd end) {
        try {
            queues.requireBelow(end.offset());
            settle(queues);
            return true;
        } catch (Corrupt corrupt) {
            LOG.log(Level.WARNING, "building the index of the queues anew from the log: " + corrupt.getMessage());
            return false;
        }
    }

    private void settle(QueueIndex queues) {
        queues.publishAll();
        queues.dropBefore(segments.first().start());
    }

    private @Nullable QueueIndex openQueues(Checkpoint.Indexed stored) {
        QueueIndex opened = orNull(() -> QueueIndex.open(storage));
        if (opened != null && opened.epoch() < stored.epoch()) {
            opened.close();
            LOG.log(Level.WARNING, "building the index of the queues anew from the log: files of it are missing");
            return null;
        }
        return opened;
    }

    /** Fills the window of known unique ids, too: with what the recovery does not replay. */
    private @Nullable KeyIndex openKeys(Checkpoint.Indexed stored) {
        KeyIndex opened = orNull(() -> {
            KeyIndex keys = KeyIndex.open(storage);
            long nowMs = ticker.nowMs();
            keys.recentUnique(recentFrom(), (hash, logOffset) -> dedup.add(hash, logOffset, nowMs));
            return keys;
        });
        if (opened != null && opened.logOffsetLast() < stored.keysTo()) {
            LOG.log(Level.WARNING, "building the index of the keys anew from the log: files of it are missing");
            return null;
        }
        return opened;
    }

    private static <T> @Nullable T orNull(Supplier<T> index) {
        try {
            return index.get();
        } catch (Corrupt corrupt) {
            LOG.log(Level.WARNING, "building an index anew from the log: " + corrupt.getMessage());
            return null;
        }
    }

    private QueueIndex queuesAnew() {
        QueueIndex.discard(storage);
        QueueIndex empty = QueueIndex.open(storage);
        new QueueEnds(storage).restore(empty, segments.first().start());
        return empty;
    }

    private KeyIndex keysAnew() {
        KeyIndex.discard(storage);
        return KeyIndex.open(storage);
    }

    /** The place in the log from which on messages may be young enough for the window of known unique ids. */
    private long recentFrom() {
        long sinceMs = ticker.nowMs() - config.dedupWindow().toMillis();
        Segment[] row = segments.row();
        int i = row.length - 1;
        while (i > 0 && !isOlder(row[i], sinceMs)) {
            i--;
        }
        return Math.max(row[i].base(), row[row.length - 1].end() - DEDUP_BYTES_MAX);
    }

    /** Whether the segment begins with an entry before this time; an empty one does not. */
    private static boolean isOlder(Segment segment, long timeMs) {
        long firstMs = Entry.timestampMs(segment.bytes(), Segment.HEADER_BYTES);
        return firstMs > 0 && firstMs < timeMs;
    }

    private Segment lastSegmentOf(LogEnd end) {
        Segment segment = segments.at(end.offset());
        return segment == null ? segments.last() : segment;
    }
}
