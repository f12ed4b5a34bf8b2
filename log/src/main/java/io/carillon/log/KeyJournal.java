package io.carillon.log;

import io.carillon.base.Storage;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/**
 * The entries of the key index that are not in a sealed file yet: chunks of entries in the order of the log, one for
 * each checkpoint. What is behind the last whole chunk is of a checkpoint that did not end.
 *
 * <pre>
 * chunk:  0 crc32c of the rest 4 | 4 entries 4 | 8 first store time 8 | 16 last store time 8 | 24 entries of 16 bytes
 * </pre>
 */
final class KeyJournal {
    private static final int HEADER_BYTES = 24;

    private KeyJournal() {}

    /** Appends the entries {@code [part.journaled, to)}; the caller forces the file. Returns the new end of the journal. */
    static long append(Storage.File file, KeyPart part, int to) {
        int entries = to - part.journaled;
        ByteBuffer chunk = ByteBuffer.allocate(HEADER_BYTES + entries * KeyPart.ENTRY_BYTES);
        chunk.putInt(0).putInt(entries).putLong(part.timeMin()).putLong(part.timeMax());
        part.copy(part.journaled, to, chunk);
        chunk.putInt(0, crc(chunk, 4, chunk.capacity() - 4));
        file.write(part.journalEnd, chunk.flip());
        return part.journalEnd + chunk.capacity();
    }

    /** Reads all whole chunks into an empty part, and cuts off the rest. */
    static void load(Storage.File file, KeyPart part) {
        ByteBuffer all = ByteBuffer.allocate(Math.toIntExact(file.size()));
        file.read(0, all);
        all.flip();
        int at = 0;
        while (isWhole(all, at)) {
            int entries = all.getInt(at + 4);
            for (int i = 0; i < entries; i++) {
                int entryAt = at + HEADER_BYTES + i * KeyPart.ENTRY_BYTES;
                part.add(all.getLong(entryAt), all.getLong(entryAt + 8), all.getLong(at + 8));
            }
            part.widen(all.getLong(at + 16));
            at += HEADER_BYTES + entries * KeyPart.ENTRY_BYTES;
        }
        part.journaled = part.count();
        part.journalEnd = at;
        if (at < all.limit()) {
            file.truncate(at);
        }
        // A process that died may have left chunks that are not durable.
        file.force();
    }

    private static boolean isWhole(ByteBuffer all, int at) {
        if (all.limit() - at < HEADER_BYTES) {
            return false;
        }
        int entries = all.getInt(at + 4);
        return entries > 0
                && entries <= (all.limit() - at - HEADER_BYTES) / KeyPart.ENTRY_BYTES
                && crc(all, at + 4, HEADER_BYTES - 4 + entries * KeyPart.ENTRY_BYTES) == all.getInt(at);
    }

    private static int crc(ByteBuffer bytes, int from, int length) {
        CRC32C crc = new CRC32C();
        crc.update(bytes.duplicate().clear().slice(from, length));
        return (int) crc.getValue();
    }
}
