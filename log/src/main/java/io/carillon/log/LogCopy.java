package io.carillon.log;

import io.carillon.base.CarillonException.StorageFault;
import io.carillon.base.Storage;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * One copy of the log that somebody is making. Files that may be replaced or deleted meanwhile are held open; segments are
 * kept in the log from the one on that was read last.
 */
final class LogCopy implements AutoCloseable {
    private final Segments segments;
    private final Storage storage;
    private final Map<String, CopiedFile> files = new LinkedHashMap<>();
    private final Map<String, Storage.Source> held = new HashMap<>();
    private @Nullable CopiedFile current;
    private Storage.@Nullable Source currentSource;
    private volatile long neededFrom;
    private final long begunNs;
    private final int cuts;
    private volatile long touchedNs;
    private volatile @Nullable String ended;

    /** @param cuts what {@link LogCopies.Written#cuts} was, or -1 when that is of no interest */
    LogCopy(Segments segments, Storage storage, long nowNs, int cuts) {
        this.cuts = cuts;
        this.segments = segments;
        this.storage = storage;
        neededFrom = segments.first().base();
        begunNs = nowNs;
        touchedNs = nowNs;
    }

    long begunNs() {
        return begunNs;
    }

    int cuts() {
        return cuts;
    }

    /** Holds a file as it is now; nothing happens when there is none. */
    void hold(String name, boolean grows) {
        if (storage.exists(name)) {
            Storage.Source source = storage.openAside(name);
            held.put(name, source);
            files.put(name, new CopiedFile(name, source.size(), grows));
        }
    }

    /** Adds the segments that begin before this place. */
    void addSegments(long to) {
        for (Segment segment : segments.row()) {
            if (segment.base() < to) {
                long size = Math.min(segment.end(), to) - segment.base();
                files.put(segment.name(), new CopiedFile(segment.name(), size, true));
            }
        }
    }

    Map<String, CopiedFile> files() {
        return files;
    }

    /** From which log offset on segments must stay. Any thread. */
    long neededFrom() {
        return ended == null ? neededFrom : Long.MAX_VALUE;
    }

    void touch(long nowNs) {
        touchedNs = nowNs;
    }

    long idleNs(long nowNs) {
        return nowNs - touchedNs;
    }

    /** Nothing is kept for this copy any more, and no part of it is given out. Any thread. */
    void end(String why) {
        ended = why;
    }

    /** @param isHot whether the part, which the file has, is likely in memory */
    synchronized CopyAnswer read(CopiedFile file, long at, int length, boolean withBytes, boolean isHot) {
        if (file.isSegment()) {
            neededFrom = Math.max(neededFrom, file.base());
        }
        if (ended != null) {
            return new CopyEnded(ended);
        }
        byte[] bytes = new byte[length];
        boolean isInMemory = file.isSegment() && isHot;
        boolean isRead = isInMemory ? copyFromMemory(file, at, bytes) : readAside(file, at, bytes);
        // Looked at after reading: before this was said, nothing was dropped.
        String why = ended;
        if (why != null || !isRead) {
            return new CopyEnded(why == null ? file.name() + " is gone" : why);
        }
        CRC32C crc = new CRC32C();
        crc.update(bytes);
        return new CopyAnswer.Part(withBytes ? bytes : new byte[0], (int) crc.getValue());
    }

    private boolean copyFromMemory(CopiedFile file, long at, byte[] into) {
        Segment segment = segments.at(file.base());
        if (segment == null) {
            return false;
        }
        try {
            MemorySegment.copy(segment.bytes(), ValueLayout.JAVA_BYTE, at, into, 0, into.length);
            return true;
        } catch (IllegalStateException closed) {
            return false;
        }
    }

    private boolean readAside(CopiedFile file, long at, byte[] into) {
        try {
            return source(file).read(at, ByteBuffer.wrap(into)) == into.length;
        } catch (StorageFault fault) {
            if (ended != null) {
                return false; // what was let go may be gone
            }
            throw fault;
        }
    }

    private Storage.Source source(CopiedFile file) {
        Storage.Source known = held.get(file.name());
        if (known != null) {
            return known;
        }
        if (currentSource == null || !file.equals(current)) {
            closeCurrent();
            currentSource = storage.openAside(file.name());
            current = file;
        }
        return currentSource;
    }

    private void closeCurrent() {
        if (currentSource != null) {
            currentSource.close();
            currentSource = null;
        }
    }

    @Override
    public synchronized void close() {
        closeCurrent();
        held.values().forEach(Storage.Source::close);
        held.clear();
    }
}
