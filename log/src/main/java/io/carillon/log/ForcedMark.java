package io.carillon.log;

import io.carillon.base.CarillonException.StorageFault;
import io.carillon.base.Storage;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Up to where a replica's log was on disk when it was forced last: it told others that it has that. What is missing of it when the
 * log is opened was damaged, though it looks like a write that was cut short. The mark is written after each force, and is not forced itself,
 * which would cost as much again: it outlives the process, and a power loss but for the last seconds. It never says too much.
 *
 * <pre>
 *  0  magic   8   "CARILFRC"
 *  8  offset  8   a log offset
 * 16  crc     4   CRC32C of what is before
 * </pre>
 *
 * One thread at a time.
 */
final class ForcedMark {
    static final String FILE = "forced";
    private static final Logger LOG = System.getLogger(ForcedMark.class.getName());
    private static final long MAGIC = 0x434152494C465243L;
    private static final int BYTES = 20;

    private final ByteBuffer bytes = ByteBuffer.allocate(BYTES);
    private final CRC32C crc = new CRC32C();
    /** Null when the disk refuses it: then the log is opened without that knowledge. */
    private Storage.@Nullable File file;

    private long offset;

    private ForcedMark(Storage.@Nullable File file) {
        this.file = file;
    }

    /** That of a data folder, made when there is none. */
    static ForcedMark open(Storage storage) {
        try {
            ForcedMark mark = new ForcedMark(storage.open(FILE));
            mark.offset = mark.read();
            return mark;
        } catch (StorageFault fault) {
            tell(fault);
            return new ForcedMark(null);
        }
    }

    private static void tell(StorageFault fault) {
        LOG.log(
                Level.WARNING,
                "up to where the log is forced is not noted until the next start: damage of its very last entries may"
                        + " not be found then: {0}",
                fault.getMessage());
    }

    private long read() {
        if (file == null
                || file.read(0, bytes.clear()) < BYTES
                || bytes.getLong(0) != MAGIC
                || bytes.getInt(16) != sum()) {
            return 0;
        }
        return bytes.getLong(8);
    }

    private int sum() {
        crc.reset();
        crc.update(bytes.array(), 0, 16);
        return (int) crc.getValue();
    }

    /** Everything before this log offset was on disk; 0 when that is not known. */
    long offset() {
        return offset;
    }

    /** Everything before this log offset is on disk. */
    void raise(long to) {
        if (file == null || to <= offset) {
            return;
        }
        try {
            write(file, to);
        } catch (StorageFault fault) {
            // What it said before is still so.
            tell(fault);
            close();
        }
    }

    /**
     * What is behind this log offset is not there, or is about to be cut off; durable when this returns.
     *
     * @throws StorageFault when the disk refuses: nothing may be cut off then
     */
    void lower(long to) {
        if (file != null && to < offset) {
            write(file, to);
            file.force();
        }
    }

    private void write(Storage.File into, long to) {
        bytes.clear().putLong(MAGIC).putLong(to);
        bytes.putInt(sum()).flip();
        into.write(0, bytes);
        offset = to;
    }

    /** Durable when this returns, if the disk does not refuse. */
    void close() {
        if (file != null) {
            try (Storage.File last = file) {
                file = null;
                last.force();
            } catch (StorageFault fault) {
                tell(fault);
            }
        }
    }
}
