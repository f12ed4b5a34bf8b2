package io.carillon.schedule;

import io.carillon.base.Storage;
import io.carillon.log.QueueEntries;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/** The index of one run of a {@link KeptDay}, mapped. Any thread. */
final class KeptRun {
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

    private final MemorySegment index;
    private final int count;
    private final long end;

    private KeptRun(MemorySegment index, int count, long end) {
        this.index = index;
        this.count = count;
        this.end = end;
    }

    /** The run at this position of a file, or null when none is there, or not the whole of it. */
    static @Nullable KeptRun read(Storage.File file, long at, long fileBytes) {
        if (fileBytes - at < KeptDay.HEADER_BYTES) {
            return null;
        }
        ByteBuffer head = ByteBuffer.allocate(KeptDay.HEADER_BYTES);
        file.read(at, head);
        head.flip();
        int magic = head.getInt();
        int crc = head.getInt();
        int count = head.getInt();
        long bytes = head.getLong();
        long headBytes = KeptDay.HEADER_BYTES + (long) KeptDay.ENTRY_BYTES * count;
        if (magic != KeptDay.MAGIC || count < 1 || bytes < headBytes || bytes > fileBytes - at) {
            return null;
        }
        MemorySegment whole = file.map(at + headBytes);
        MemorySegment checked = whole.asSlice(at + 8, headBytes - 8);
        return crcOf(checked) == crc
                ? new KeptRun(
                        whole.asSlice(at + KeptDay.HEADER_BYTES, headBytes - KeptDay.HEADER_BYTES), count, at + bytes)
                : null;
    }

    private static int crcOf(MemorySegment bytes) {
        CRC32C crc = new CRC32C();
        long at = 0;
        while (at < bytes.byteSize()) {
            long part = Math.min(1 << 30, bytes.byteSize() - at);
            crc.update(bytes.asSlice(at, part).asByteBuffer());
            at += part;
        }
        return (int) crc.getValue();
    }

    /** Where the run ends in its file. */
    long end() {
        return end;
    }

    /** The entry of this message, or -1. */
    int find(int hour, int place) {
        int at = firstFrom(hour, place);
        return at < count && hour(at) == hour && place(at) == place ? at : -1;
    }

    void read(int hour, long place, int wanted, QueueEntries into) {
        int at = firstFrom(hour, Math.toIntExact(place));
        while (at < count && hour(at) == hour && place(at) < place + wanted) {
            int i = (int) (place(at) - place);
            into.logOffsets[i] = -1;
            into.sizes[i] = size(at);
            into.tagsCodes[i] = due(at);
            at++;
        }
    }

    private int firstFrom(int hour, int place) {
        int low = 0;
        int high = count;
        while (low < high) {
            int mid = (low + high) >>> 1;
            if (hour(mid) < hour || (hour(mid) == hour && place(mid) < place)) {
                low = mid + 1;
            } else {
                high = mid;
            }
        }
        return low;
    }

    private long at(int entry) {
        return (long) entry * KeptDay.ENTRY_BYTES;
    }

    private int hour(int entry) {
        return index.get(INT, at(entry));
    }

    private int place(int entry) {
        return index.get(INT, at(entry) + 4);
    }

    private long due(int entry) {
        return index.get(LONG, at(entry) + 8);
    }

    long position(int entry) {
        return index.get(LONG, at(entry) + 16);
    }

    int size(int entry) {
        return index.get(INT, at(entry) + 24);
    }

    int crc(int entry) {
        return index.get(INT, at(entry) + 28);
    }
}
