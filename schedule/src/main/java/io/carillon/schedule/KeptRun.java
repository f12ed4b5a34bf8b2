package io.carillon.schedule;

import io.carillon.base.Storage;
import io.carillon.log.QueueEntries;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/** The index of one run of a {@link KeptDay}, mapped; the hours asked for must be of that day. Any thread. */
final class KeptRun {
    private static final int HOURS = 24;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

    private final MemorySegment index;
    private final long end;

    /** Where the entries of each hour of the day begin, for there may be hundreds of runs to look through. */
    private final int[] hourStarts = new int[HOURS + 1];

    private final int hourFirst;

    private KeptRun(MemorySegment index, int count, long end) {
        this.index = index;
        this.end = end;
        hourFirst = Math.floorDiv(hour(0), HOURS) * HOURS;
        hourStarts[HOURS] = count;
        for (int i = 1; i < HOURS; i++) {
            hourStarts[i] = firstFrom(hourFirst + i, 0, 0, count);
        }
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
        return at < endOf(hour) && place(at) == place ? at : -1;
    }

    void read(int hour, long place, int wanted, QueueEntries into) {
        int at = firstFrom(hour, Math.toIntExact(place));
        int hourEnd = endOf(hour);
        while (at < hourEnd && place(at) < place + wanted) {
            int i = (int) (place(at) - place);
            into.logOffsets[i] = -1;
            into.sizes[i] = size(at);
            into.tagsCodes[i] = due(at);
            at++;
        }
    }

    /** The place after the last one of an hour; 0 when there is none. */
    int placesEnd(int hour) {
        int hourEnd = endOf(hour);
        return hourEnd == startOf(hour) ? 0 : place(hourEnd - 1) + 1;
    }

    private int startOf(int hour) {
        return hourStarts[hour - hourFirst];
    }

    private int endOf(int hour) {
        return hourStarts[hour - hourFirst + 1];
    }

    private int firstFrom(int hour, int place) {
        int start = startOf(hour);
        int hourEnd = endOf(hour);
        // Most runs are all before the place, or all after it.
        if (start == hourEnd || place(start) >= place) {
            return start;
        }
        return place(hourEnd - 1) < place ? hourEnd : firstFrom(hour, place, start, hourEnd);
    }

    private int firstFrom(int hour, int place, int from, int to) {
        int low = from;
        int high = to;
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
