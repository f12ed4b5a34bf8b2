package io.carillon.log;

import io.carillon.base.CarillonException.StorageFault;
import io.carillon.base.Storage;
import io.carillon.base.Ticker;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.LongSupplier;

/**
 * Lets a running log be copied: for a backup, or by a replica that is far behind. A copy is what a power loss at the
 * moment of its beginning could have left: the segments up to a place that is forced, the state and the ends of queues as
 * they were last stored, and what was taken along of dropped segments. The indexes are not in it: whoever opens the copy
 * makes them anew. Any thread; all methods may wait for the disk, and for retention while that drops a segment.
 */
public final class LogCopies implements AutoCloseable {
    /** So many bytes of a copy are read at once at most. */
    public static final int PART_BYTES_MAX = 1 << 20;

    private static final Logger LOG = System.getLogger(LogCopies.class.getName());
    /** Each holds a few files open, and keeps segments from being dropped. */
    private static final int COPIES_MAX = 4;
    /** Of a copy in which nothing is that could be cut off. */
    private static final int NO_CUTS = -1;
    /** A copy of which nothing was read for so long is given up. */
    private static final long LEASE_NS = 60_000_000_000L;
    /** Whoever has made a copy opens it, and then wants what came after it: for so long at least, or for as long again. */
    private static final long FOLLOWED_NS = 60_000_000_000L;

    private final Segments segments;
    private final Intake writer;
    private final Written written;
    private final Flusher flusher;
    private final Storage storage;
    private final Ticker ticker;
    private final long hotBytes;
    private final long openedAt;
    private final List<String> folders = new CopyOnWriteArrayList<>();
    private final Map<String, LogCopy> copies = new ConcurrentHashMap<>();
    private long begun;
    private volatile long followedToNs;

    /** What is written of the log, settled or not. */
    interface Written {
        /** Where it ends. */
        long offset();

        /** Changes before something of it is cut off, and again after. */
        int cuts();

        /** Of a log from whose end nothing is ever cut off. */
        static Written to(LongSupplier offset) {
            return new Written() {
                @Override
                public long offset() {
                    return offset.getAsLong();
                }

                @Override
                public int cuts() {
                    return 0;
                }
            };
        }
    }

    /** @param openedAt differs for every opening of the log, so that no copy is taken for one of an earlier process */
    LogCopies(
            Segments segments,
            Intake writer,
            Written written,
            Flusher flusher,
            Storage storage,
            Ticker ticker,
            LogConfig config,
            long openedAt) {
        this.segments = segments;
        this.writer = writer;
        this.written = written;
        this.flusher = flusher;
        this.storage = storage;
        this.ticker = ticker;
        this.hotBytes = config.hotBytes().bytes();
        this.openedAt = openedAt;
        this.followedToNs = ticker.nanoTime();
    }

    /** Files of this folder belong to copies, too. */
    void alsoIn(String folder) {
        folders.add(folder);
    }

    /** The folders whose files belong to copies beside the log's own. */
    List<String> folders() {
        return folders;
    }

    /**
     * Begins a copy that has all that was acknowledged before; of a replica that does not lead, all of which it knows that.
     * It is ended by {@link #end}, or when nothing was asked of it for a minute.
     *
     * @param origin whose log this is
     * @throws StorageFault when a file cannot be opened
     */
    public CopyStart begin(String origin) {
        return begin(origin, false);
    }

    /**
     * Likewise a copy that has all that is written, whether this replica knows it to be settled or not: for an operator who
     * has nothing else left of a group. Whoever opens it for himself takes all of it for settled. It is given up when
     * the replica cuts off what is not, as a new leader may want.
     */
    public CopyStart beginAllWritten(String origin) {
        return begin(origin, true);
    }

    private synchronized CopyStart begin(String origin, boolean isAllWritten) {
        expire();
        if (copies.size() >= COPIES_MAX) {
            return new CopyEnded(COPIES_MAX + " copies are being made already; try again when one of them has ended, or"
                    + " was given up for a minute");
        }
        LogCopy copy = new LogCopy(segments, storage, ticker.nanoTime(), isAllWritten ? written.cuts() : NO_CUTS);
        try {
            return list(copy, origin, isAllWritten);
        } catch (StorageFault fault) {
            copy.close();
            throw fault;
        }
    }

    /** The state is held before the end is chosen, so that the log of the copy has all that the state has. */
    private CopyListing list(LogCopy copy, String origin, boolean isAllWritten) {
        copy.hold(Checkpoint.STATE_FILE, false);
        copy.hold(QueueEnds.FILE, false);
        copy.hold(ReplicaFile.FILE, false);
        for (String folder : folders) {
            storage.list(folder).stream()
                    .map(name -> folder + "/" + name)
                    .filter(CopiedFile::isName)
                    .forEach(name -> copy.hold(name, true));
        }
        // What a failed force left is in doubt; else all that is written soon is on disk.
        long settled = isAllWritten ? written.offset() : writer.indexedOffset();
        long to = writer.state() == Refusal.FAULT ? flusher.forcedOffset() : settled;
        flusher.want(to);
        copy.addSegments(to);
        String name = openedAt + "-" + ++begun;
        copies.put(name, copy);
        LOG.log(Level.INFO, "a copy of the log is being made: copy={0} to={1,number,#}", name, to);
        return new CopyListing(
                name,
                origin,
                copy.neededFrom(),
                to,
                new ArrayList<>(copy.files().values()));
    }

    /**
     * Reads a part of a file of a copy. Files are read in the order of their list: segments before the one that is read
     * are not kept for this copy any more.
     *
     * @param length at most {@link #PART_BYTES_MAX}
     * @param withBytes whether the bytes are wanted, or only their checksum
     * @throws IllegalArgumentException when the copy has no such part
     * @throws StorageFault when it cannot be read
     */
    public CopyAnswer part(String name, String file, long at, int length, boolean withBytes) {
        LogCopy copy = copies.get(name);
        if (copy == null) {
            return new CopyEnded("there is no copy " + name + " here: nothing was asked of it for a minute, or the"
                    + " server was started again since");
        }
        copy.touch(ticker.nanoTime());
        CopiedFile wanted = copy.files().get(file);
        if (wanted == null) {
            throw new IllegalArgumentException("the copy has no file '" + file + "'");
        }
        if (length < 0 || length > PART_BYTES_MAX) {
            throw new IllegalArgumentException("at most " + PART_BYTES_MAX + " bytes are read at once, not " + length);
        }
        if (at < 0 || at > wanted.size() - length) {
            throw new IllegalArgumentException("the copy has no " + length + " bytes at " + at + " of " + file);
        }
        if (wanted.isSegment() && wanted.base() + at + length > flusher.forcedOffset()) {
            return notForced();
        }
        CopyAnswer answer = copy.read(wanted, at, length, withBytes, isHot(wanted, at));
        // Looked at after reading, as whether it was ended.
        if (copy.cuts() != NO_CUTS && copy.cuts() != written.cuts()) {
            giveUp(name, copy, "entries that were not settled were cut off from the log; begin anew");
            return new CopyEnded("entries that were not settled were cut off from the log, begin anew");
        }
        return answer;
    }

    private boolean isHot(CopiedFile file, long at) {
        return file.isSegment() && writer.indexedOffset() - file.base() - at <= hotBytes;
    }

    private CopyAnswer notForced() {
        if (writer.state() == Refusal.FAULT) {
            return new CopyEnded("the log failed and was not forced to disk up to here; begin anew, with what was");
        }
        return new CopyAnswer.NotYet();
    }

    /** Lets go of what a copy needs; nothing happens when there is none of that name. */
    public void end(String name) {
        LogCopy copy = copies.remove(name);
        if (copy != null) {
            copy.end("the copy was ended");
            copy.close();
            long nowNs = ticker.nanoTime();
            followedToNs = nowNs + Math.max(FOLLOWED_NS, 2 * (nowNs - copy.begunNs()));
            LOG.log(Level.INFO, "a copy of the log has ended: copy={0}", name);
        }
    }

    // ---- for retention

    /** Does this while no copy begins. */
    synchronized void exclusively(Runnable work) {
        work.run();
    }

    /** Drops segments before this log offset unless a copy needs them; returns whether they were dropped. */
    synchronized boolean dropUnlessNeeded(long before, Runnable drop) {
        if (isNeeded(before)) {
            return false;
        }
        drop.run();
        return true;
    }

    /** Whether a copy that is being made needs what stands before this log offset. */
    boolean isNeeded(long before) {
        return copies.values().stream().anyMatch(copy -> copy.neededFrom() < before);
    }

    /** Gives up those of which nothing was read for long. */
    void expire() {
        long nowNs = ticker.nanoTime();
        copies.forEach((name, copy) -> {
            if (copy.idleNs(nowNs) > LEASE_NS) {
                giveUp(name, copy, "nothing was asked of it for a minute");
            }
        });
    }

    /** Gives up those that need what stands before this log offset: sends go before copies. */
    void giveUpFor(long before) {
        copies.forEach((name, copy) -> {
            if (copy.neededFrom() < before) {
                giveUp(name, copy, "the disk of the server is full, and the copy kept it from dropping old messages");
            }
        });
    }

    private void giveUp(String name, LogCopy copy, String why) {
        LOG.log(Level.WARNING, "a copy of the log is given up: copy={0}: {1}", name, why);
        copy.end("the copy was given up: " + why);
        copies.remove(name);
        copy.close();
    }

    /**
     * Whether somebody makes a copy, or made one so short a time ago that he may not have gone on with it yet: what came after
     * it should be kept. Any thread.
     */
    public boolean isFollowed() {
        return !copies.isEmpty() || followedToNs - ticker.nanoTime() > 0;
    }

    /** How many are being made. */
    int count() {
        return copies.size();
    }

    @Override
    public void close() {
        Collection<String> names = List.copyOf(copies.keySet());
        names.forEach(this::end);
    }
}
