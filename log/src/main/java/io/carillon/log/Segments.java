package io.carillon.log;

import io.carillon.base.CarillonException.Corrupt;
import io.carillon.base.CarillonException.StorageFault;
import io.carillon.base.Storage;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The row of segments that make up the log, oldest first, and the spare file that the next one is made of. Any thread
 * may look; {@link #roll} is the writer's, {@link #fillSpare} and {@link #dropOldest} are one agent's: who changes the
 * row or the spare file holds the monitor.
 */
final class Segments implements AutoCloseable {
    /** How much of a new file is written ahead of time in one go. */
    private static final int CHUNK_BYTES = 1 << 20;
    /** How much of the very first segment is written before the log opens: enough for the first moments. */
    private static final int FIRST_BYTES = 1 << 20;

    /** What is left alone at the start of a spare file when it is filled, for its header stands there. */
    private static final int PREPARED_BYTES = 4096;

    private static final String SPARE = Segment.FOLDER + "/spare";
    private static final String NEXT = Segment.FOLDER + "/next";
    private static final String SPARE_IN_WORK = Segment.FOLDER + "/spare.new";

    private final Storage storage;
    private final long capacity;
    private volatile long diskReserve;
    private final boolean isSync;
    private volatile Segment[] row;

    private Segments(Storage storage, LogConfig config, Segment[] row) {
        this.storage = storage;
        this.capacity = config.segmentSize().bytes();
        this.diskReserve = config.diskReserve().bytes();
        this.isSync = config.flush() == LogConfig.Flush.SYNC;
        this.row = row;
    }

    /**
     * Opens all segments; makes the first one in an empty folder.
     *
     * @throws Corrupt when a segment's header is damaged or a segment is missing between two others
     */
    static Segments open(Storage storage, LogConfig config) {
        storage.delete(SPARE_IN_WORK);
        storage.delete(NEXT);
        // A process that died may have left names that are not durable; a file must not be used anew before they are.
        storage.forceFolder(Segment.FOLDER);
        List<Segment> found = new ArrayList<>();
        for (String name : storage.list(Segment.FOLDER)) {
            if (name.matches("\\d{20}")) {
                found.add(openOne(storage, name, found.isEmpty() ? null : found.getLast()));
            }
        }
        Segments segments = new Segments(storage, config, found.toArray(Segment[]::new));
        if (found.isEmpty()) {
            segments.row = new Segment[] {segments.create(0, segments.capacity, FIRST_BYTES)};
        }
        return segments;
    }

    private static Segment openOne(Storage storage, String name, @Nullable Segment before) {
        long base = Long.parseLong(name);
        if (before != null && before.end() != base) {
            throw new Corrupt("file=" + Segment.FOLDER + "/" + name + " offset=0: the segment before it, "
                    + before.name() + ", ends at log offset " + before.end() + ": a segment is missing between them");
        }
        return Segment.open(storage.open(Segment.FOLDER + "/" + name), base);
    }

    /**
     * Makes a segment from the spare file or a new one. It gets its name only when its header is on disk, so that every
     * file of that name is whole; the name is durable when this returns.
     */
    private Segment create(long base, long size, long writeAhead) {
        boolean isSpare = size == capacity && storage.exists(SPARE);
        String inWork = isSpare ? SPARE : NEXT;
        if (!isSpare) {
            storage.delete(NEXT);
        }
        Storage.File file = storage.open(inWork);
        try {
            if (file.size() < size) {
                fill(file, 0, Math.min(writeAhead, size));
            }
            Segment segment = Segment.format(file, base, size);
            storage.rename(inWork, Segment.nameOf(base));
            storage.forceFolder(Segment.FOLDER);
            return segment;
        } catch (StorageFault fault) {
            file.close();
            throw fault;
        }
    }

    private static void fill(Storage.File file, long from, long size) {
        ByteBuffer zeros = ByteBuffer.allocateDirect((int) Math.min(CHUNK_BYTES, size));
        for (long at = from; at < size; at += zeros.capacity()) {
            zeros.clear().limit((int) Math.min(zeros.capacity(), size - at));
            file.write(at, zeros);
        }
    }

    /** What is left free of the disk from now on. Any thread. */
    void reconfigure(LogConfig config) {
        diskReserve = config.diskReserve().bytes();
    }

    Segment[] row() {
        return row;
    }

    Segment first() {
        return row[0];
    }

    Segment last() {
        Segment[] all = row;
        return all[all.length - 1];
    }

    /** The segment that holds this log offset, or null. */
    @Nullable
    Segment at(long logOffset) {
        Segment[] all = row;
        Segment last = all[all.length - 1];
        if (last.holds(logOffset)) {
            return last;
        }
        int low = 0;
        int high = all.length - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            Segment segment = all[middle];
            if (logOffset < segment.base()) {
                high = middle - 1;
            } else if (logOffset >= segment.end()) {
                low = middle + 1;
            } else {
                return segment;
            }
        }
        return null;
    }

    /**
     * Adds a segment at the end: from the spare file when there is one, else a new file that grows as it is written.
     * Its header and name are durable when this returns. Writer only.
     *
     * @return null when there is no room for it
     */
    @Nullable
    Segment roll() {
        return roll(capacity, diskReserve);
    }

    /**
     * Likewise, and as large as the last one: where a segment ends is part of what replicas have in common, whatever the
     * size of new ones may be. It may take what is left alone of the disk: that is for entries that cannot be refused.
     *
     * @throws StorageFault when there is no room for it
     */
    Segment rollSame() {
        Segment fresh = roll(last().capacity(), 0);
        if (fresh == null) {
            throw new StorageFault("there is no room for another segment of the log: free some disk space", null, true);
        }
        return fresh;
    }

    private synchronized @Nullable Segment roll(long size, long reserve) {
        if (!storage.exists(SPARE) && storage.usableBytes() < reserve + size) {
            return null;
        }
        Segment fresh = create(last().end(), size, 0);
        Segment[] all = row;
        Segment[] longer = Arrays.copyOf(all, all.length + 1);
        longer[all.length] = fresh;
        row = longer;
        return fresh;
    }

    /**
     * Whether the next segment would take some of what is left alone. A replica refuses messages then, as long as it leads:
     * what others agreed on it cannot refuse.
     */
    boolean isShortOfNext() {
        long next = storage.exists(SPARE) ? 0 : last().capacity();
        return storage.usableBytes() < diskReserve + next;
    }

    /** Whether the disk has so little room left that sends must be refused before it is full. */
    boolean isBelowReserve() {
        return storage.usableBytes() < diskReserve;
    }

    boolean hasSpare() {
        return storage.exists(SPARE);
    }

    /**
     * Makes a spare file that is written in full, so that the log never waits for the file system to find room. Agent
     * only.
     *
     * @return whether there was room for it
     */
    boolean fillSpare() {
        if (storage.usableBytes() < diskReserve + 2 * capacity) {
            return false;
        }
        try (Storage.File file = storage.open(SPARE_IN_WORK)) {
            // While nothing else is to be forced: the writer would wait for all the zeros.
            Segment.prepare(file, last().end(), capacity);
            fill(file, PREPARED_BYTES, capacity);
            if (isSync) {
                // So that a force of the log writes data alone. Without, the zeros need not reach the disk at all.
                file.force();
            }
        } catch (StorageFault fault) {
            storage.delete(SPARE_IN_WORK);
            throw fault;
        }
        synchronized (this) {
            storage.rename(SPARE_IN_WORK, SPARE);
        }
        return true;
    }

    /** As {@link #at}, for a log offset that is known to be there. */
    Segment holding(long logOffset) {
        Segment segment = at(logOffset);
        if (segment == null) {
            throw new IllegalStateException("no segment holds log offset " + logOffset);
        }
        return segment;
    }

    /** Deletes the segments after this one: the log ends in it. */
    synchronized void cutAfter(Segment end) {
        List<Segment> kept = new ArrayList<>();
        for (Segment segment : row) {
            if (segment.base() <= end.base()) {
                kept.add(segment);
            } else {
                segment.close();
                storage.delete(segment.name());
            }
        }
        if (kept.size() < row.length) {
            storage.forceFolder(Segment.FOLDER);
            row = kept.toArray(Segment[]::new);
        }
    }

    /**
     * Removes the oldest segment from the row. Its file is kept as the spare one, where that is wanted and there is none.
     * Else it is deleted: to write into a file whose old pages are not in memory any more would have them read first.
     */
    synchronized void dropOldest() {
        Segment[] all = row;
        Segment oldest = all[0];
        row = Arrays.copyOfRange(all, 1, all.length);
        oldest.close();
        if (!isSync || storage.exists(SPARE) || oldest.capacity() != capacity) {
            storage.delete(oldest.name());
        } else {
            storage.rename(oldest.name(), SPARE);
        }
        storage.forceFolder(Segment.FOLDER);
    }

    /** Gives the spare file's room back to the disk. */
    synchronized void dropSpare() {
        if (storage.exists(SPARE)) {
            storage.delete(SPARE);
            storage.forceFolder(Segment.FOLDER);
        }
    }

    long diskBytes() {
        long sum = 0;
        for (Segment segment : row) {
            sum += segment.capacity();
        }
        return sum;
    }

    @Override
    public void close() {
        for (Segment segment : row) {
            segment.close();
        }
    }
}
