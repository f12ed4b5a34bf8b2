package io.carillon.log;

import io.carillon.base.CarillonException.Corrupt;
import io.carillon.base.Storage;
import java.nio.ByteBuffer;
import java.util.Locale;
import java.util.zip.CRC32C;

/**
 * One sealed file of the key index: its entries sorted by hash (as unsigned), those of one hash in the order of the log.
 * Open only while it is read, for few look here and there may be many of them. Any thread may call.
 *
 * <pre>
 * header:  0 magic 8 | 8 entries 4 | 12 crc32c of the entries 4 | 16 first log offset 8 | 24 last log offset 8
 *          32 first store time 8 | 40 last store time 8 | 48 zero 12 | 60 crc32c of 0..59 4
 * entry i, at 64 + 16 i:  0 hash 8 | 8 log offset 8
 * </pre>
 */
final class KeyFile {
    private static final long MAGIC = 0x4341524C4B455931L;
    private static final int HEADER_BYTES = 64;
    private static final int ENTRY_BYTES = KeyPart.ENTRY_BYTES;

    private final Storage storage;
    private final String name;
    private final int count;
    private final int crc;
    private final long logOffsetFirst;
    private final long logOffsetLast;
    private final long timeMin;
    private final long timeMax;
    private volatile boolean isChecked;

    private KeyFile(Storage storage, String name, ByteBuffer header) {
        this.storage = storage;
        this.name = name;
        count = header.getInt(8);
        crc = header.getInt(12);
        logOffsetFirst = header.getLong(16);
        logOffsetLast = header.getLong(24);
        timeMin = header.getLong(32);
        timeMax = header.getLong(40);
    }

    static String nameOf(String folder, long logOffsetFirst) {
        return String.format(Locale.ROOT, "%s/%020d", folder, logOffsetFirst);
    }

    /** Writes a part, durable but for the name. */
    static void write(Storage storage, String name, KeyPart part) {
        int entries = part.count();
        ByteBuffer bytes = ByteBuffer.allocate(HEADER_BYTES + entries * ENTRY_BYTES);
        bytes.position(HEADER_BYTES);
        part.copySorted(bytes);
        bytes.putLong(0, MAGIC).putInt(8, entries).putInt(12, crc(bytes, HEADER_BYTES, entries * ENTRY_BYTES));
        bytes.putLong(16, part.logOffsetFirst()).putLong(24, part.logOffsetLast());
        bytes.putLong(32, part.timeMin()).putLong(40, part.timeMax());
        bytes.putInt(60, crc(bytes, 0, 60));
        // Never the file of a failed attempt: it must not be forced again.
        storage.delete(name);
        try (Storage.File file = storage.open(name)) {
            file.write(0, bytes.flip());
            file.force();
        }
    }

    /** @throws Corrupt when the header is damaged or the file too short */
    static KeyFile open(Storage storage, String name) {
        ByteBuffer header = ByteBuffer.allocate(HEADER_BYTES);
        try (Storage.File file = storage.open(name)) {
            if (file.read(0, header) < HEADER_BYTES
                    || header.getLong(0) != MAGIC
                    || crc(header, 0, 60) != header.getInt(60)
                    || file.size() != HEADER_BYTES + (long) header.getInt(8) * ENTRY_BYTES) {
                throw new Corrupt("header of a file of keys is damaged file=" + name + " position=0");
            }
        }
        return new KeyFile(storage, name, header);
    }

    String name() {
        return name;
    }

    long logOffsetFirst() {
        return logOffsetFirst;
    }

    long logOffsetLast() {
        return logOffsetLast;
    }

    /**
     * Appends what bears this hash to {@code found}, newest first, and returns how many there are now.
     *
     * @throws Corrupt when the entries are not what was written
     */
    int find(long hash, long fromMs, long toMs, long[] found, int foundCount) {
        if (timeMax < fromMs || timeMin > toMs) {
            return foundCount;
        }
        try (Storage.File file = storage.open(name)) {
            check(file);
            ByteBuffer entry = ByteBuffer.allocate(ENTRY_BYTES);
            int n = foundCount;
            for (int i = firstAfter(file, hash, entry) - 1; i >= 0 && n < found.length; i--) {
                read(file, i, entry);
                if (entry.getLong(0) != hash) {
                    break;
                }
                found[n++] = entry.getLong(8);
            }
            return n;
        }
    }

    private int firstAfter(Storage.File file, long hash, ByteBuffer entry) {
        int low = 0;
        int high = count;
        while (low < high) {
            int mid = (low + high) >>> 1;
            read(file, mid, entry);
            if (Long.compareUnsigned(entry.getLong(0), hash) <= 0) {
                low = mid + 1;
            } else {
                high = mid;
            }
        }
        return low;
    }

    private static void read(Storage.File file, int i, ByteBuffer entry) {
        entry.clear();
        file.read(HEADER_BYTES + (long) i * ENTRY_BYTES, entry);
    }

    private void check(Storage.File file) {
        if (!isChecked) {
            readAll(file);
            isChecked = true;
        }
    }

    private ByteBuffer readAll(Storage.File file) {
        ByteBuffer all = ByteBuffer.allocate(count * ENTRY_BYTES);
        file.read(HEADER_BYTES, all);
        if (crc(all, 0, all.capacity()) != crc) {
            throw new Corrupt("keys do not match their checksum file=" + name + " position=" + HEADER_BYTES);
        }
        return all;
    }

    /** The unique ids at or after a place, in the order of the log. */
    void forEachUnique(long logOffsetMin, KeyIndex.Visitor visitor) {
        ByteBuffer all;
        try (Storage.File file = storage.open(name)) {
            all = readAll(file);
        }
        long[] logOffsets = new long[count];
        for (int i = 0; i < count; i++) {
            logOffsets[i] = all.getLong(i * ENTRY_BYTES + 8);
        }
        for (int i : KeySort.order(logOffsets, count)) {
            long hash = all.getLong(i * ENTRY_BYTES);
            if (logOffsets[i] >= logOffsetMin && KeyHash.isUnique(hash)) {
                visitor.entry(hash, logOffsets[i]);
            }
        }
    }

    private static int crc(ByteBuffer bytes, int from, int length) {
        CRC32C crc = new CRC32C();
        crc.update(bytes.duplicate().clear().slice(from, length));
        return (int) crc.getValue();
    }
}
