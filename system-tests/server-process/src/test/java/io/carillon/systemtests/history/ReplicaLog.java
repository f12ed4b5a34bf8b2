package io.carillon.systemtests.history;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.CRC32C;

/**
 * The log of one replica as it lies on disk, read by nothing but what {@code docs/formats.md} says: segment by segment, entry
 * by entry, each with its checksum, up to the first that is not whole. The server may be writing to it meanwhile.
 */
final class ReplicaLog implements AutoCloseable {
    private static final Pattern SEGMENT = Pattern.compile("\\d{20}");
    private static final long MAGIC = 0x434152494C4C4F4EL; // CARILLON
    private static final int SEGMENT_HEADER_BYTES = 64;
    private static final int ENTRY_HEADER_BYTES = 48;

    /** Files are let go of at once: else nobody could unmount their disk. */
    private final Arena arena = Arena.ofShared();

    private final Path folder;
    private final TreeMap<Long, ByteBuffer> segments = new TreeMap<>();
    private final List<Entry> entries = new ArrayList<>();

    /** @param logOffset where it begins */
    record Entry(long index, long term, long logOffset, int length) {
        long end() {
            return logOffset + length;
        }
    }

    private ReplicaLog(Path folder) {
        this.folder = folder;
    }

    /** Reads the log of a data folder. */
    static ReplicaLog read(Path data) throws IOException {
        ReplicaLog log = new ReplicaLog(data.resolve("log"));
        try (Stream<Path> files = Files.list(log.folder)) {
            for (Path file : files.sorted().toList()) {
                if (SEGMENT.matcher(file.getFileName().toString()).matches()) {
                    log.open(file);
                }
            }
        }
        log.segments.forEach(log::follow);
        return log;
    }

    private void open(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file)) {
            ByteBuffer bytes =
                    channel.map(MapMode.READ_ONLY, 0, channel.size(), arena).asByteBuffer();
            long base = Long.parseLong(file.getFileName().toString());
            if (bytes.getLong(0) != MAGIC || bytes.getInt(8) != 1 || bytes.getLong(16) != base) {
                throw new AssertionError(file + " is no segment of a log");
            }
            segments.put(base, bytes);
        }
    }

    private void follow(long base, ByteBuffer bytes) {
        int at = SEGMENT_HEADER_BYTES;
        for (Entry next = entry(base, bytes, at); next != null; next = entry(base, bytes, at)) {
            entries.add(next);
            at = Math.toIntExact(next.end() - base + 7) & ~7;
        }
    }

    /** The entry at this position when there is one that continues the log; else null. */
    private Entry entry(long base, ByteBuffer bytes, int at) {
        if (at + ENTRY_HEADER_BYTES > bytes.limit()) {
            return null;
        }
        int length = bytes.getInt(at);
        if (length < ENTRY_HEADER_BYTES || length > bytes.limit() - at) {
            return null;
        }
        long index = bytes.getLong(at + 8);
        long term = bytes.getLong(at + 16);
        Entry last = entries.isEmpty() ? null : entries.getLast();
        boolean continues = last == null || index == last.index() + 1 && term >= last.term();
        return continues && bytes.getInt(at + 4) == checksum(bytes, base, at, length)
                ? new Entry(index, term, base + at, length)
                : null;
    }

    private static int checksum(ByteBuffer bytes, long base, int at, int length) {
        CRC32C crc = new CRC32C();
        crc.update(ByteBuffer.allocate(12).putLong(base + at).putInt(length).flip());
        crc.update(bytes.slice(at + 8, length - 8));
        return (int) crc.getValue();
    }

    /** From the oldest to the newest. */
    List<Entry> entries() {
        return entries;
    }

    /** The log offset behind the last entry; 0 when there is none. */
    long end() {
        return entries.isEmpty() ? 0 : entries.getLast().end();
    }

    /** The last entry that a later one says to be on disk; empty when there is none behind the checkpoint. */
    Optional<Entry> lastForced() throws IOException {
        long checkpoint = checkpoint();
        long forced = entries.stream().mapToLong(this::forced).max().orElse(0);
        return entries.reversed().stream()
                .filter(entry -> entry.end() <= forced && entry.logOffset() >= checkpoint)
                .findFirst();
    }

    private long forced(Entry entry) {
        return bytes(entry).getLong(32);
    }

    /** Up to where the indexes are stored: where a start begins to look. */
    long checkpoint() throws IOException {
        Path file = folder.resolveSibling("checkpoint");
        return Files.exists(file) ? ByteBuffer.wrap(Files.readAllBytes(file)).getLong(20) : 0;
    }

    /** The segment that holds an entry. */
    Path fileOf(Entry entry) {
        return folder.resolve(String.format("%020d", segments.floorKey(entry.logOffset())));
    }

    /** Where in its segment an entry begins. */
    long positionOf(Entry entry) {
        return entry.logOffset() - segments.floorKey(entry.logOffset());
    }

    /** The bytes of an entry, header and payload. */
    private ByteBuffer bytes(Entry entry) {
        Map.Entry<Long, ByteBuffer> holding = segments.floorEntry(entry.logOffset());
        return holding.getValue().slice(Math.toIntExact(entry.logOffset() - holding.getKey()), entry.length());
    }

    /**
     * How the others differ from the first of the logs: in each of them the entries up to a log offset must be there, and
     * the same to the byte. Where one begins later than another, because it dropped what is old, the later one counts.
     *
     * @param committed a log offset within the last entry that is known to be committed
     */
    static List<String> differences(List<ReplicaLog> logs, long committed) {
        List<String> found = new ArrayList<>();
        for (ReplicaLog log : logs) {
            if (log.end() <= committed) {
                found.add(log.folder + " ends at " + log.end() + ", but what lies at " + committed + " is committed");
            }
        }
        ReplicaLog first = logs.getFirst();
        for (ReplicaLog other : logs.subList(1, logs.size())) {
            first.compare(other, committed, found);
        }
        return found;
    }

    private void compare(ReplicaLog other, long committed, List<String> found) {
        if (entries.isEmpty() || other.entries.isEmpty()) {
            return; // one that is empty was found to be too short
        }
        long from =
                Math.max(entries.getFirst().index(), other.entries.getFirst().index());
        for (long index = from; ; index++) {
            Entry mine = at(index);
            Entry others = other.at(index);
            if (mine == null || others == null || mine.logOffset() > committed) {
                return;
            }
            if (!mine.equals(others) || !bytes(mine).equals(other.bytes(others))) {
                found.add(folder + " has " + mine + " where " + other.folder + " has " + others
                        + (mine.equals(others) ? " of other bytes" : ""));
                return;
            }
        }
    }

    private Entry at(long index) {
        long position = entries.isEmpty() ? -1 : index - entries.getFirst().index();
        return position < 0 || position >= entries.size() ? null : entries.get((int) position);
    }

    @Override
    public void close() {
        arena.close();
    }
}
