package io.carillon.log;

import io.carillon.base.CarillonException.Corrupt;
import io.carillon.base.Storage;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/**
 * The file that says whose each block of entries is. The header commits: a row of a later epoch than the header's comes
 * from a checkpoint that did not end, and counts for nothing. Rows and header never cross a sector.
 *
 * <pre>
 * header:  0 magic 8 | 8 block bytes 4 | 12 blocks per file 4 | 16 epoch 4 | 20 rows 4 | 24 zero 4 | 28 crc32c 4
 * row i, at 512 + 32 i:  0 queue's id 4 | 4 seq 4 | 8 epoch of the block's allocation 4 | 12 first slot 2 | 14 end slot 2
 *                       16 log offset of the last entry 8 | 24 crc32c of the block up to its end 4 | 28 crc32c of i and 0..27
 * </pre>
 *
 * A row of zeros is a free block.
 */
final class QueueTable implements AutoCloseable {
    static final int ROW_BYTES = 32;
    private static final int ROWS_AT = 512;
    private static final int CHUNK_ROWS = 2048;
    private static final long MAGIC = 0x4341524C5441424CL;

    /** Whose a block is and what it holds: the slots {@code [first, end)}. */
    record Row(int queue, int seq, int epoch, int first, int end, long logOffsetLast, int crc) {
        static final Row FREE = new Row(0, 0, 0, 0, 0, 0, 0);

        boolean isFree() {
            return end == 0;
        }
    }

    /** Told of each row when the table is read from its start. */
    @FunctionalInterface
    interface Visitor {
        void row(int block, Row row);
    }

    private final Storage.File file;
    private final IndexLayout layout;
    private int epoch;
    private int rows;

    private QueueTable(Storage.File file, IndexLayout layout) {
        this.file = file;
        this.layout = layout;
    }

    /** Makes a table without rows, durable up to its name: the caller forces the folder. */
    static void create(Storage storage, String name, IndexLayout layout) {
        try (Storage.File file = storage.open(name)) {
            QueueTable table = new QueueTable(file, layout);
            table.writeHeader(0, 0);
            table.force();
        }
    }

    /** @throws Corrupt when the header is damaged or of another layout */
    static QueueTable open(Storage storage, String name, IndexLayout layout) {
        Storage.File file = storage.open(name);
        try {
            QueueTable table = new QueueTable(file, layout);
            table.readHeader();
            return table;
        } catch (RuntimeException e) {
            file.close();
            throw e;
        }
    }

    private void readHeader() {
        ByteBuffer header = ByteBuffer.allocate(ROW_BYTES);
        if (file.read(0, header) < ROW_BYTES || crc(header.array(), 28) != header.getInt(28)) {
            throw corrupt("header does not match its checksum", 0);
        }
        if (header.getLong(0) != MAGIC
                || header.getInt(8) != layout.blockBytes()
                || header.getInt(12) != layout.blocksPerFile()) {
            throw corrupt("header is of another format", 0);
        }
        epoch = header.getInt(16);
        rows = header.getInt(20);
        if (rows > 0 && file.size() < ROWS_AT + (long) rows * ROW_BYTES) {
            throw corrupt("file is shorter than its " + rows + " rows", file.size());
        }
    }

    /** The last checkpoint that ended, counted from 1; 0 when there was none. */
    int epoch() {
        return epoch;
    }

    int rows() {
        return rows;
    }

    /** @throws Corrupt when a row is damaged */
    void forEach(Visitor visitor) {
        ByteBuffer chunk = ByteBuffer.allocate(CHUNK_ROWS * ROW_BYTES);
        for (int block = 0; block < rows; block += CHUNK_ROWS) {
            int count = Math.min(CHUNK_ROWS, rows - block);
            chunk.clear().limit(count * ROW_BYTES);
            file.read(positionOf(block), chunk);
            for (int i = 0; i < count; i++) {
                visitor.row(block + i, decode(block + i, chunk, i * ROW_BYTES));
            }
        }
    }

    /** @throws Corrupt when the row is damaged */
    Row read(int block) {
        ByteBuffer bytes = ByteBuffer.allocate(ROW_BYTES);
        file.read(positionOf(block), bytes);
        return decode(block, bytes, 0);
    }

    private Row decode(int block, ByteBuffer from, int at) {
        if (isZero(from, at)) {
            return Row.FREE;
        }
        Row row = new Row(
                from.getInt(at),
                from.getInt(at + 4),
                from.getInt(at + 8),
                from.getShort(at + 12),
                from.getShort(at + 14),
                from.getLong(at + 16),
                from.getInt(at + 24));
        if (rowCrc(block, from, at) != from.getInt(at + 28) || row.isFree()) {
            throw corrupt("row of block " + block + " does not match its checksum", positionOf(block));
        }
        return row;
    }

    private static boolean isZero(ByteBuffer from, int at) {
        return (from.getLong(at) | from.getLong(at + 8) | from.getLong(at + 16) | from.getLong(at + 24)) == 0;
    }

    /** Writes rows that stand side by side. */
    void write(int block, Row[] side) {
        ByteBuffer bytes = ByteBuffer.allocate(side.length * ROW_BYTES);
        for (int i = 0; i < side.length; i++) {
            encode(block + i, side[i], bytes);
        }
        file.write(positionOf(block), bytes.flip());
    }

    private static void encode(int block, Row row, ByteBuffer into) {
        int start = into.position();
        into.putInt(row.queue()).putInt(row.seq()).putInt(row.epoch());
        into.putShort((short) row.first()).putShort((short) row.end());
        into.putLong(row.logOffsetLast()).putInt(row.crc());
        into.putInt(row.isFree() ? 0 : rowCrc(block, into, start));
    }

    void force() {
        file.force();
    }

    /** Makes the rows of this epoch count, once it is forced; the rows themselves must be durable already. */
    void writeHeader(int newEpoch, int newRows) {
        ByteBuffer header = ByteBuffer.allocate(ROW_BYTES);
        header.putLong(MAGIC).putInt(layout.blockBytes()).putInt(layout.blocksPerFile());
        header.putInt(newEpoch).putInt(newRows).putInt(0);
        header.putInt(crc(header.array(), 28)).flip();
        file.write(0, header);
    }

    void committed(int newEpoch, int newRows) {
        epoch = newEpoch;
        rows = newRows;
    }

    private static long positionOf(int block) {
        return ROWS_AT + (long) block * ROW_BYTES;
    }

    private static int crc(byte[] bytes, int length) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, 0, length);
        return (int) crc.getValue();
    }

    /** The row's place is part of its checksum, so that a row that was written elsewhere is found out. */
    private static int rowCrc(int block, ByteBuffer bytes, int at) {
        CRC32C crc = new CRC32C();
        for (int shift = 24; shift >= 0; shift -= 8) {
            crc.update(block >>> shift);
        }
        crc.update(bytes.slice(at, ROW_BYTES - 4));
        return (int) crc.getValue();
    }

    private Corrupt corrupt(String what, long position) {
        return new Corrupt("table of queues: " + what + " file=" + file.name() + " position=" + position);
    }

    @Override
    public void close() {
        file.close();
    }
}
