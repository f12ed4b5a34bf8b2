package io.carillon.log;

import io.carillon.base.CarillonException.Corrupt;
import io.carillon.base.CarillonException.NotUnderstood;
import io.carillon.base.Storage;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * A small file that is replaced as a whole: written beside, forced, renamed. After a crash the old or the new content
 * is there, never a mixture.
 *
 * <pre>
 *  0  magic    8   "CARILSNP"
 *  8  version  4   1
 * 12  length   4   of the content
 * 16  crc      4   CRC32C of version, length and content
 * 20  content
 * </pre>
 */
public final class SealedFile {
    private static final long MAGIC = 0x434152494C534E50L;
    private static final int VERSION = 1;
    private static final int HEADER_BYTES = 20;

    private final Storage storage;
    private final String name;

    public SealedFile(Storage storage, String name) {
        this.storage = storage;
        this.name = name;
    }

    /** Whether it was ever written. */
    boolean isThere() {
        return storage.exists(name);
    }

    /** Replaces the content; durable when this returns. */
    public void write(ByteBuffer content) {
        String fresh = name + ".new";
        storage.delete(fresh);
        try (Storage.File file = storage.open(fresh)) {
            int length = content.remaining();
            ByteBuffer header = ByteBuffer.allocate(HEADER_BYTES);
            header.putLong(MAGIC).putInt(VERSION).putInt(length).putInt(crc(VERSION, content.duplicate()));
            file.write(0, header.flip());
            file.write(HEADER_BYTES, content);
            file.force();
        }
        storage.rename(fresh, name);
        storage.forceFolder("");
    }

    /** Deletes the file; durable when this returns. */
    void delete() {
        storage.delete(name);
        storage.forceFolder("");
    }

    /**
     * The content, or null when the file was never written.
     *
     * @throws Corrupt when the file is not what {@link #write} made
     * @throws NotUnderstood when a newer program made it
     */
    @Nullable
    public ByteBuffer read() {
        if (!storage.exists(name)) {
            return null;
        }
        try (Storage.File file = storage.open(name)) {
            ByteBuffer all = ByteBuffer.allocate(Math.toIntExact(file.size()));
            file.read(0, all);
            all.flip();
            if (all.limit() < HEADER_BYTES || all.getLong(0) != MAGIC) {
                throw corrupt("its header is not that of a sealed file");
            }
            ByteBuffer content = all.slice(HEADER_BYTES, all.limit() - HEADER_BYTES);
            int version = all.getInt(8);
            if (content.limit() != all.getInt(12) || crc(version, content.duplicate()) != all.getInt(16)) {
                throw corrupt("length or checksum do not suit its content");
            }
            if (version != VERSION) {
                throw new NotUnderstood(
                        "file=" + name + " offset=8: version " + version + ", this program knows " + VERSION);
            }
            return content;
        }
    }

    private Corrupt corrupt(String why) {
        return new Corrupt("file=" + name + " offset=0: " + why);
    }

    private static int crc(int version, ByteBuffer content) {
        CRC32C crc = new CRC32C();
        crc.update(ByteBuffer.allocate(8)
                .putInt(version)
                .putInt(content.remaining())
                .flip());
        crc.update(content);
        return (int) crc.getValue();
    }
}
