package io.carillon.log;

import io.carillon.base.CarillonException.Corrupt;
import io.carillon.base.Storage;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/**
 * Checks the segments of a copy, one after the other from the oldest on: that every entry is intact and follows the one
 * before it, up to the end of the copy. A server that starts would find damage too, but not as long as there is still
 * another copy to be had.
 */
final class LogCheck {
    private final long to;
    private final CRC32C crc = new CRC32C();
    private final ByteBuffer scratch = Entry.crcScratch();
    private long nextIndex = -1;
    private String stoppedIn = "";
    private long stoppedAt;

    /** @param to the log offset at which the log ends */
    LogCheck(long to) {
        this.to = to;
    }

    /**
     * Checks the next segment, of which all bytes that count are in the file.
     *
     * @throws Corrupt when an entry before it, or its header, is damaged: names file and offset
     */
    void segment(Storage.File file, long base) {
        long end = Math.min(base + Segment.capacityOf(file, base), to);
        MemorySegment bytes = file.map(file.size());
        long at = Segment.HEADER_BYTES;
        while (base + at < end && isNext(bytes, at, base + at)) {
            nextIndex = Entry.index(bytes, at) + 1;
            at = Entry.padded(at + Entry.length(bytes, at));
        }
        stoppedIn = file.name();
        stoppedAt = at;
        if (end == to && base + at < to) {
            throw damaged();
        }
    }

    private boolean isNext(MemorySegment bytes, long at, long logOffset) {
        if (!Entry.isIntact(bytes, at, logOffset, crc, scratch)) {
            return false;
        }
        long index = Entry.index(bytes, at);
        if (nextIndex >= 0 && index != nextIndex && at == Segment.HEADER_BYTES) {
            throw damaged(); // the segment before this one ended too early
        }
        return nextIndex < 0 || index == nextIndex;
    }

    private Corrupt damaged() {
        return new Corrupt("file=" + stoppedIn + " offset=" + stoppedAt + ": entry " + nextIndex + " is damaged");
    }
}
