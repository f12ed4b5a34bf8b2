package io.carillon.log;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/** Where the writer puts entries together before one positional write takes them to the segment. One thread. */
final class Staging {
    private static final int BYTES_FIRST = 1 << 20;
    private static final int BYTES_KEPT = 8 << 20;

    private final CRC32C crc = new CRC32C();
    private final ByteBuffer scratch = Entry.crcScratch();
    private ByteBuffer buffer = ByteBuffer.allocateDirect(BYTES_FIRST);
    private MemorySegment bytes = MemorySegment.ofBuffer(buffer);
    private long base;
    private int end;
    private int entryAt = -1;
    private int entryCount;

    /** Empties the staging; what comes next will be written at this log offset. */
    void reset(long logOffset) {
        base = logOffset;
        end = 0;
        entryAt = -1;
        if (buffer.capacity() > BYTES_KEPT) {
            buffer = ByteBuffer.allocateDirect(BYTES_FIRST);
            bytes = MemorySegment.ofBuffer(buffer);
        }
    }

    /** The log offset at which the next byte will stand. */
    long nextLogOffset() {
        return base + end;
    }

    long base() {
        return base;
    }

    int size() {
        return end;
    }

    boolean isEntryOpen() {
        return entryAt >= 0;
    }

    int entryBytes() {
        return isEntryOpen() ? end - entryAt : 0;
    }

    void beginEntry() {
        ensure(Entry.HEADER_BYTES);
        entryAt = end;
        entryCount = 0;
        end += Entry.HEADER_BYTES;
    }

    /** Copies a record into the open entry; returns where it stands in {@link #bytes}. */
    int addRecord(ByteBuffer from, int at, int size) {
        ensure(size);
        int recordAt = end;
        buffer.put(end, from, at, size);
        end += size;
        entryCount++;
        return recordAt;
    }

    void addBytes(byte[] from) {
        ensure(from.length);
        buffer.put(end, from);
        end += from.length;
    }

    /** Ends the open entry; returns its checksum. */
    int sealEntry(long index, long term, long timestampMs, long forced, byte type) {
        Entry.putHeader(buffer, entryAt, end - entryAt, index, term, timestampMs, forced, type, entryCount);
        int sum = Entry.putCrc(buffer, entryAt, base + entryAt, crc, scratch);
        entryAt = -1;
        pad();
        return sum;
    }

    private void pad() {
        int padded = (int) (Entry.padded(base + end) - base);
        ensure(padded - end);
        while (end < padded) {
            buffer.put(end++, (byte) 0);
        }
    }

    private void ensure(int more) {
        if (end + more > buffer.capacity()) {
            ByteBuffer larger = ByteBuffer.allocateDirect(Math.max(Math.addExact(end, more), 2 * buffer.capacity()));
            larger.put(0, buffer, 0, end);
            buffer = larger;
            bytes = MemorySegment.ofBuffer(buffer);
        }
    }

    MemorySegment bytes() {
        return bytes;
    }

    /** All that was staged, ready to be written at {@link #base}. */
    ByteBuffer content() {
        return buffer.limit(end).position(0);
    }

    void written() {
        buffer.clear();
    }
}
