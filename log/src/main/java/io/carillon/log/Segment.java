package io.carillon.log;

import io.carillon.base.CarillonException.Corrupt;
import io.carillon.base.CarillonException.NotUnderstood;
import io.carillon.base.Storage;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/**
 * One file of the log: {@code capacity} bytes that hold the log offsets {@code [base, base + capacity)}. The file
 * starts with a header of {@link #HEADER_BYTES}; entries follow. It is written at positions and read through a mapping
 * that shows every write at once.
 *
 * <pre>
 *  0  magic     8   "CARILLON"
 *  8  version   4   1
 * 12  crc       4   CRC32C of version, base and capacity
 * 16  base      8
 * 24  capacity  8
 * 32  zero     32
 * </pre>
 */
final class Segment implements AutoCloseable {
    static final int HEADER_BYTES = 64;
    /** What {@link #prepare} writes: the header, and nothing where the first entry's will stand. */
    private static final int PREPARED_BYTES = HEADER_BYTES + Entry.HEADER_BYTES;

    static final String FOLDER = "log";

    private static final long MAGIC = 0x434152494C4C4F4EL;
    private static final int VERSION = 1;

    private final Storage.File file;
    private final long base;
    private final long capacity;
    private final MemorySegment bytes;
    private volatile long timestampMaxMs;

    private Segment(Storage.File file, long base, long capacity) {
        this.file = file;
        this.base = base;
        this.capacity = capacity;
        this.bytes = file.map(capacity);
    }

    static String nameOf(long base) {
        return FOLDER + "/" + String.format("%020d", base);
    }

    /**
     * Makes a segment out of a file that holds anything; its header is durable when this returns, its name only after
     * the folder was forced.
     */
    static Segment format(Storage.File file, long base, long capacity) {
        long preparedBase = preparedBase(file, capacity);
        if (preparedBase < 0) {
            prepare(file, base, capacity);
        }
        Segment segment = new Segment(file, base, capacity);
        if (preparedBase >= 0 && preparedBase != base) {
            putHeader(file, base, capacity);
            file.force(0, PREPARED_BYTES);
        }
        return segment;
    }

    /** Makes a file a segment without entries that is yet to be named; all of it is durable when this returns. */
    static void prepare(Storage.File file, long base, long capacity) {
        if (file.size() < capacity) {
            file.write(capacity - 1, ByteBuffer.allocate(1));
        }
        putHeader(file, base, capacity);
        file.force();
    }

    private static void putHeader(Storage.File file, long base, long capacity) {
        ByteBuffer header = ByteBuffer.allocate(PREPARED_BYTES);
        header.putLong(MAGIC).putInt(VERSION).putInt(headerCrc(VERSION, base, capacity));
        file.write(0, header.putLong(base).putLong(capacity).position(0));
    }

    /**
     * For which place {@link #prepare} made the file a segment of this size, its size being durable since; -1 when that
     * is not sure, or something was written to it since.
     */
    private static long preparedBase(Storage.File file, long capacity) {
        ByteBuffer found = ByteBuffer.allocate(PREPARED_BYTES);
        if (file.size() != capacity || file.read(0, found) < PREPARED_BYTES || found.getLong(0) != MAGIC) {
            return -1;
        }
        long base = found.getLong(16);
        ByteBuffer wanted = ByteBuffer.allocate(PREPARED_BYTES);
        wanted.putLong(MAGIC).putInt(VERSION).putInt(headerCrc(VERSION, base, capacity));
        wanted.putLong(base).putLong(capacity);
        return found.clear().equals(wanted.clear()) ? base : -1;
    }

    /**
     * Opens an existing segment.
     *
     * @throws Corrupt when the header is not what {@link #format} wrote for this base
     * @throws NotUnderstood when a newer program wrote it
     */
    static Segment open(Storage.File file, long base) {
        long capacity = capacityOf(file, base);
        if (capacity > file.size()) {
            throw new Corrupt("file=" + file.name() + " offset=24: capacity " + capacity + " does not suit a file of "
                    + file.size() + " bytes");
        }
        return new Segment(file, base, capacity);
    }

    /**
     * What the header says, whatever the size of the file.
     *
     * @throws Corrupt when the header is not what {@link #format} wrote for this base
     * @throws NotUnderstood when a newer program wrote it
     */
    static long capacityOf(Storage.File file, long base) {
        ByteBuffer header = ByteBuffer.allocate(HEADER_BYTES);
        int read = file.read(0, header);
        header.flip();
        if (read < HEADER_BYTES
                || header.getLong(0) != MAGIC
                || header.getInt(12) != headerCrc(header.getInt(8), header.getLong(16), header.getLong(24))) {
            throw new Corrupt("file=" + file.name() + " offset=0: not the header of a log segment");
        }
        if (header.getInt(8) != VERSION) {
            throw new NotUnderstood("file=" + file.name() + " offset=8: version " + header.getInt(8)
                    + ", this program knows " + VERSION);
        }
        if (header.getLong(16) != base) {
            throw new Corrupt("file=" + file.name() + " offset=16: it is the segment of log offset "
                    + header.getLong(16) + ", not of " + base);
        }
        return header.getLong(24);
    }

    private static int headerCrc(int version, long base, long capacity) {
        CRC32C crc = new CRC32C();
        crc.update(ByteBuffer.allocate(20)
                .putInt(version)
                .putLong(base)
                .putLong(capacity)
                .flip());
        return (int) crc.getValue();
    }

    /** The file's name once the segment is part of the log. */
    String name() {
        return nameOf(base);
    }

    long base() {
        return base;
    }

    /** The log offset of the segment's first entry. */
    long start() {
        return base + HEADER_BYTES;
    }

    /** The log offset after the segment's last byte. */
    long end() {
        return base + capacity;
    }

    long capacity() {
        return capacity;
    }

    boolean holds(long logOffset) {
        return logOffset >= base && logOffset < base + capacity;
    }

    /** The bytes of the whole file; position 0 is {@link #base}. After {@link #close} an access throws. */
    MemorySegment bytes() {
        return bytes;
    }

    void write(long logOffset, ByteBuffer entries) {
        file.write(logOffset - base, entries);
    }

    void force() {
        file.force();
    }

    /** Forces what was written in {@code [from, to)} of the log, as far as it stands in here. */
    void force(long from, long to) {
        long start = Math.max(from, base) - base;
        file.force(start, Math.min(to, end()) - base - start);
    }

    /** When the last entry in here was written, in epoch ms; 0 when unknown. */
    long timestampMaxMs() {
        return timestampMaxMs;
    }

    void timestampMaxMs(long ms) {
        timestampMaxMs = ms;
    }

    @Override
    public void close() {
        file.close();
    }
}
