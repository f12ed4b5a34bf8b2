package io.carillon.log;

import io.carillon.base.CarillonException.Corrupt;
import io.carillon.base.Storage;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The files that hold the stored entries of all queues, in blocks. Files are opened and mapped when they are first
 * needed; they grow by doubling, and are mapped anew then. A block is checked against the table's checksum when it is first read.
 *
 * <pre>
 * block:  0 magic 4 | 4 queue's id 4 | 8 seq 4 | 12 zero 4 | 16 entries of 20 bytes: log offset 8, size 4, tags code 8
 * </pre>
 */
final class IndexBlocks implements AutoCloseable {
    private static final int MAGIC = 0xCA517B10;
    private static final int BLOCKS_START = 16;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

    private final class BlockFile {
        final Storage.File file;
        /** What was mapped before stays valid too, for whoever reads it at that moment. */
        volatile MemorySegment map;

        volatile boolean isNameForced;
        final AtomicLongArray checked = new AtomicLongArray((layout.blocksPerFile() + 63) / 64);

        BlockFile(Storage.File file) {
            this.file = file;
            map = file.map(Math.min(layout.fileBytes(), file.size()));
        }

        /** Makes the file at least this long. The room is a hole in the file until something is written there. */
        void grow(long bytes) {
            if (map.byteSize() < bytes) {
                long start = (long) BLOCKS_START * layout.blockBytes();
                long size = Math.min(layout.fileBytes(), Math.max(bytes, Math.max(start, 2 * map.byteSize())));
                if (file.size() < size) {
                    file.write(size - 1, ByteBuffer.allocate(1));
                }
                map = file.map(size);
            }
        }

        boolean isChecked(int block) {
            int bit = block % layout.blocksPerFile();
            return (checked.get(bit >> 6) & 1L << (bit & 63)) != 0;
        }

        void setChecked(int block) {
            int bit = block % layout.blocksPerFile();
            checked.getAndUpdate(bit >> 6, bits -> bits | 1L << (bit & 63));
        }
    }

    private final Storage storage;
    private final String folder;
    private final IndexLayout layout;
    private final QueueTable table;
    private volatile @Nullable BlockFile[] files = new BlockFile[0];

    IndexBlocks(Storage storage, String folder, IndexLayout layout, QueueTable table) {
        this.storage = storage;
        this.folder = folder;
        this.layout = layout;
        this.table = table;
    }

    IndexLayout layout() {
        return layout;
    }

    String nameOf(int file) {
        return String.format(Locale.ROOT, "%s/blocks.%04d", folder, file);
    }

    void read(int block, int slot, QueueEntry into) {
        MemorySegment map = checked(block).map;
        long at = at(block, slot);
        into.logOffset = map.get(LONG, at);
        into.size = map.get(INT, at + 8);
        into.tagsCode = map.get(LONG, at + 12);
    }

    void read(int block, int slot, int count, QueueEntries into, int intoAt) {
        MemorySegment map = checked(block).map;
        long at = at(block, slot);
        for (int i = intoAt; i < intoAt + count; i++) {
            into.logOffsets[i] = map.get(LONG, at);
            into.sizes[i] = map.get(INT, at + 8);
            into.tagsCodes[i] = map.get(LONG, at + 12);
            at += IndexLayout.ENTRY_BYTES;
        }
    }

    private long at(int block, int slot) {
        return layout.positionOf(block) + IndexLayout.HEADER_BYTES + (long) slot * IndexLayout.ENTRY_BYTES;
    }

    private BlockFile checked(int block) {
        BlockFile file = file(layout.fileOf(block));
        if (!file.isChecked(block)) {
            check(block, file);
        }
        return file;
    }

    private void check(int block, BlockFile file) {
        QueueTable.Row row = table.read(block);
        int length = IndexLayout.HEADER_BYTES + row.end() * IndexLayout.ENTRY_BYTES;
        long at = layout.positionOf(block);
        boolean isGood = length <= layout.blockBytes()
                && crc(file.map.asSlice(at, length).asByteBuffer()) == row.crc()
                && isOf(file.map, at, row);
        // A block that is filled anew meanwhile was marked before its first byte was written.
        if (!isGood && !file.isChecked(block)) {
            throw new Corrupt(
                    "block of entries does not match its checksum file=" + file.file.name() + " position=" + at);
        }
        file.setChecked(block);
    }

    private static boolean isOf(MemorySegment map, long at, QueueTable.Row row) {
        return map.get(INT, at) == MAGIC && map.get(INT, at + 4) == row.queue() && map.get(INT, at + 8) == row.seq();
    }

    private static int crc(ByteBuffer bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes);
        return (int) crc.getValue();
    }

    private BlockFile file(int number) {
        BlockFile[] known = files;
        BlockFile file = number < known.length ? known[number] : null;
        return file == null ? openFile(number) : file;
    }

    private synchronized BlockFile openFile(int number) {
        BlockFile[] known = files;
        BlockFile file = number < known.length ? known[number] : null;
        if (file != null) {
            return file;
        }
        Storage.File opened = storage.open(nameOf(number));
        try {
            file = new BlockFile(opened);
        } catch (RuntimeException e) {
            opened.close();
            throw e;
        }
        BlockFile[] more = Arrays.copyOf(known, Math.max(known.length, number + 1));
        more[number] = file;
        files = more;
        return file;
    }

    /**
     * Checks that a file is long enough for a block that the table speaks of.
     *
     * @throws Corrupt when it is not
     */
    void requireRoom(int block) {
        String name = nameOf(layout.fileOf(block));
        if (!storage.exists(name)) {
            throw new Corrupt("file is missing file=" + name);
        }
        try (Storage.File file = storage.open(name)) {
            if (file.size() < layout.positionOf(block) + layout.blockBytes()) {
                throw new Corrupt("file is too short for block " + block + " file=" + name + " bytes=" + file.size());
            }
        }
    }

    // ---- the checkpoint

    /**
     * Encodes a block: what it holds already, then entries of a tail.
     *
     * @return the checksum for the table
     */
    int encode(QueueTable.Row row, int block, int slot, Tail tail, long offset, ByteBuffer into) {
        int start = into.position();
        into.putInt(MAGIC).putInt(row.queue()).putInt(row.seq()).putInt(0);
        if (slot > row.first()) {
            int stored = slot * IndexLayout.ENTRY_BYTES;
            into.put(checked(block).map.asSlice(at(block, 0), stored).asByteBuffer());
        } else {
            into.put(new byte[slot * IndexLayout.ENTRY_BYTES]);
        }
        tail.copy(offset, row.end() - slot, into);
        int crc = crc(into.slice(start, into.position() - start));
        into.put(new byte[layout.blockBytes() - (into.position() - start)]);
        return crc;
    }

    /** Writes whole blocks that stand side by side in one file. */
    void write(int block, ByteBuffer bytes) {
        BlockFile file = file(layout.fileOf(block));
        file.grow(layout.positionOf(block) + bytes.remaining());
        for (int i = 0; i < bytes.remaining() / layout.blockBytes(); i++) {
            file.setChecked(block + i);
        }
        file.file.write(layout.positionOf(block), bytes);
    }

    /** Makes the bytes durable, and the name when this process never did: one that died may have made the file. */
    void force(int number) {
        BlockFile file = file(number);
        file.file.force();
        if (!file.isNameForced) {
            storage.forceFolder(folder);
            file.isNameForced = true;
        }
    }

    @Override
    public synchronized void close() {
        for (BlockFile file : files) {
            if (file != null) {
                file.file.close();
            }
        }
    }
}
