package io.carillon.schedule;

import io.carillon.base.CarillonException.Corrupt;
import io.carillon.base.Storage;
import io.carillon.log.MessageLog;
import io.carillon.log.QueueEntries;
import io.carillon.message.DueTime;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.time.LocalDate;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The file of one day (UTC): runs of messages that are due on it, each written when a segment of the log was dropped,
 * its messages in the order in which they are due. Numbers are big-endian:
 *
 * <pre>
 * run     magic 4 "CRKR" | CRC-32C of the rest of header and index 4 | count 4 | bytes of the whole run 8
 *         index: count entries, by hour and place
 *         records as in the log, in the order in which they are due
 * entry   hour 4 | place 4 | due time 8 (as in records) | position of the record in the file 8 | its size 4 | its CRC-32C 4
 * </pre>
 *
 * A run that is not whole at the end of the file is one that a crash cut short: the log still has its messages. Reading
 * is for any thread, appending for one.
 */
final class KeptDay implements AutoCloseable {
    private static final Logger LOG = System.getLogger(KeptDay.class.getName());
    static final int MAGIC = 0x43524B52;
    static final int HEADER_BYTES = 20;
    static final int ENTRY_BYTES = 32;
    private static final int WRITE_BYTES = 1 << 20;

    /** A message that is to be kept. */
    record Survivor(int hour, int place, long due, long logOffset, int size) {}

    private final Storage.File file;
    private final List<KeptRun> runs = new CopyOnWriteArrayList<>();
    private long end;

    private KeptDay(Storage.File file) {
        this.file = file;
    }

    static String nameOf(int day) {
        return LocalDate.ofEpochDay(day).toString();
    }

    /** The day whose file has this name, or null when none has. */
    static @Nullable Integer dayOf(String name) {
        try {
            return Math.toIntExact(LocalDate.parse(name).toEpochDay());
        } catch (DateTimeParseException | ArithmeticException _) {
            return null;
        }
    }

    /** Opens the file, or makes an empty one; forces nothing. */
    static KeptDay open(Storage storage, String name) {
        KeptDay day = new KeptDay(storage.open(name));
        day.findRuns();
        return day;
    }

    private void findRuns() {
        long size = file.size();
        KeptRun run = KeptRun.read(file, end, size);
        while (run != null) {
            runs.add(run);
            end = run.end();
            run = KeptRun.read(file, end, size);
        }
        if (end < size) {
            LOG.log(
                    Level.INFO,
                    "{0} ends at {1} of {2} bytes: the rest was being written when the broker was stopped",
                    file.name(),
                    end,
                    size);
            file.truncate(end);
        }
    }

    // ---- any thread

    void read(int hour, long place, int count, QueueEntries into) {
        for (KeptRun run : runs) {
            run.read(hour, place, count, into);
        }
    }

    boolean holds(int hour, int place) {
        for (KeptRun run : runs) {
            if (run.find(hour, place) >= 0) {
                return true;
            }
        }
        return false;
    }

    /** The place after the last one of an hour that is kept. */
    int keptTo(int hour) {
        int to = 0;
        for (KeptRun run : runs) {
            to = Math.max(to, run.placesEnd(hour));
        }
        return to;
    }

    @Nullable
    MemorySegment record(int hour, int place) {
        for (KeptRun run : runs) {
            int entry = run.find(hour, place);
            if (entry >= 0) {
                return record(run, entry);
            }
        }
        return null;
    }

    private MemorySegment record(KeptRun run, int entry) {
        ByteBuffer bytes = ByteBuffer.allocateDirect(run.size(entry));
        file.read(run.position(entry), bytes);
        bytes.flip();
        CRC32C crc = new CRC32C();
        crc.update(bytes.duplicate());
        if ((int) crc.getValue() != run.crc(entry) || bytes.remaining() != run.size(entry)) {
            throw new Corrupt(file.name() + ": the message at position " + run.position(entry) + " of "
                    + run.size(entry) + " bytes does not read back as it was written");
        }
        return MemorySegment.ofBuffer(bytes);
    }

    long bytes() {
        return end;
    }

    // ---- retention's thread

    /** Copies these messages from the log; durable when this returns, but for the folder when the file is new. */
    void append(List<Survivor> survivors, MessageLog log) {
        List<Survivor> byDue = new ArrayList<>(survivors);
        byDue.sort(Comparator.comparingLong((Survivor one) -> DueTime.ms(one.due()))
                .thenComparingInt(one -> DueTime.rank(one.due()))
                .thenComparingInt(Survivor::place));
        long at = end + HEADER_BYTES + (long) ENTRY_BYTES * survivors.size();
        List<Entry> entries = new ArrayList<>(survivors.size());
        ByteBuffer buffer = ByteBuffer.allocateDirect(WRITE_BYTES);
        long bufferAt = at;
        for (Survivor one : byDue) {
            MemorySegment record = log.record(one.logOffset());
            if (record == null) {
                throw new Corrupt("the log has no record at " + one.logOffset() + ", where the index of hour "
                        + one.hour() + " has place " + one.place());
            }
            ByteBuffer bytes = record.asByteBuffer();
            if (bytes.remaining() > buffer.remaining()) {
                bufferAt = flush(buffer, bufferAt);
            }
            if (bytes.remaining() > buffer.capacity()) {
                file.write(bufferAt, bytes.duplicate());
                bufferAt += bytes.remaining();
            } else {
                buffer.put(bytes.duplicate());
            }
            CRC32C crc = new CRC32C();
            crc.update(bytes.duplicate());
            entries.add(new Entry(one.hour(), one.place(), one.due(), at, bytes.remaining(), (int) crc.getValue()));
            at += bytes.remaining();
        }
        flush(buffer, bufferAt);
        ByteBuffer head = head(entries, at - end);
        file.write(end, head);
        file.force();
        KeptRun run = KeptRun.read(file, end, at);
        if (run == null) {
            throw new Corrupt(file.name() + ": the run written at " + end + " does not read back");
        }
        runs.add(run);
        end = at;
    }

    private record Entry(int hour, int place, long due, long position, int size, int crc) {}

    private long flush(ByteBuffer buffer, long at) {
        buffer.flip();
        int count = buffer.remaining();
        file.write(at, buffer);
        buffer.clear();
        return at + count;
    }

    private static ByteBuffer head(List<Entry> entries, long runBytes) {
        entries.sort(Comparator.comparingInt(Entry::hour).thenComparingInt(Entry::place));
        ByteBuffer head = ByteBuffer.allocateDirect(HEADER_BYTES + ENTRY_BYTES * entries.size());
        head.putInt(MAGIC).putInt(0).putInt(entries.size()).putLong(runBytes);
        for (Entry one : entries) {
            head.putInt(one.hour()).putInt(one.place()).putLong(one.due());
            head.putLong(one.position()).putInt(one.size()).putInt(one.crc());
        }
        CRC32C crc = new CRC32C();
        crc.update(head.duplicate().flip().position(8));
        head.putInt(4, (int) crc.getValue());
        return head.flip();
    }

    @Override
    public void close() {
        file.close();
    }
}
