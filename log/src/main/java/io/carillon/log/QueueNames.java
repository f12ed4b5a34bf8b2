package io.carillon.log;

import io.carillon.base.CarillonException.Corrupt;
import io.carillon.base.Storage;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.CRC32C;

/**
 * The file that says what each queue's id stands for. Only appended to; ids are never used twice. A queue is named here
 * before the table has a row of it, so that what cannot be read at the end is of a checkpoint that did not end.
 *
 * <pre>
 * header:  0 magic 8 | 8 zero 4 | 12 crc32c 4
 * record:  0 crc32c of the rest 4 | 4 length of the rest 2 | 6 kind 1 (1 named, 2 dropped) | 7 id 4 | 11 number 4 | 15 topic
 * </pre>
 */
final class QueueNames implements AutoCloseable {
    private static final long MAGIC = 0x4341524C4E414D45L;
    private static final int HEADER_BYTES = 16;
    private static final int RECORD_BYTES_MIN = 15;
    private static final byte NAMED = 1;
    private static final byte DROPPED = 2;
    private static final int DEAD_BYTES_KEPT = 64 * 1024;

    /** What an id stands for. */
    record Name(String topic, int number) {}

    private final Storage.File file;
    private final Map<Integer, Name> names = new TreeMap<>();
    private long end = HEADER_BYTES;
    private int appended;
    private int idNext;

    private QueueNames(Storage.File file) {
        this.file = file;
    }

    /** Makes a file without names, durable up to its name: the caller forces the folder. */
    static void create(Storage storage, String name) {
        try (Storage.File file = storage.open(name)) {
            file.truncate(0);
            ByteBuffer header = ByteBuffer.allocate(HEADER_BYTES);
            header.putLong(MAGIC).putInt(0);
            header.putInt(crc(header, 0, 12)).flip();
            file.write(0, header);
            file.force();
        }
    }

    /** @throws Corrupt when the header is damaged */
    static QueueNames open(Storage storage, String name) {
        QueueNames names = new QueueNames(storage.open(name));
        try {
            names.load();
            return names;
        } catch (RuntimeException e) {
            names.close();
            throw e;
        }
    }

    /** Writes the file anew when most of it speaks of dropped queues. */
    static QueueNames openCompacted(Storage storage, String folder, String name) {
        QueueNames names = open(storage, name);
        long live = HEADER_BYTES
                + names.names.values().stream().mapToLong(QueueNames::bytesOf).sum();
        if (names.end - live < DEAD_BYTES_KEPT || names.end < 2 * live) {
            return names;
        }
        String fresh = name + ".new";
        storage.delete(fresh);
        create(storage, fresh);
        try (names;
                QueueNames copy = open(storage, fresh)) {
            copy.append(names.names, List.of());
            copy.force();
            // The ids that were dropped must not be used again, and the last one says where to go on.
            copy.append(Map.of(), List.of(names.idNext));
            copy.force();
        }
        storage.rename(fresh, name);
        storage.forceFolder(folder);
        return open(storage, name);
    }

    private static long bytesOf(Name name) {
        return (long) RECORD_BYTES_MIN + name.topic().getBytes(StandardCharsets.UTF_8).length;
    }

    private void load() {
        ByteBuffer all = ByteBuffer.allocate(Math.toIntExact(file.size()));
        file.read(0, all);
        all.flip();
        if (all.limit() < HEADER_BYTES || all.getLong(0) != MAGIC || crc(all, 0, 12) != all.getInt(12)) {
            throw new Corrupt("header of queue names is damaged file=" + file.name() + " position=0");
        }
        int at = HEADER_BYTES;
        while (isWhole(all, at)) {
            apply(all, at);
            at += 6 + all.getShort(at + 4);
        }
        end = at;
        if (at < all.limit()) {
            // What follows must not come to life again behind the records that we are going to write here.
            file.truncate(at);
        }
        // A process that died may have left names that are not durable, and rows are going to rely on them.
        file.force();
    }

    private static boolean isWhole(ByteBuffer all, int at) {
        if (all.limit() - at < RECORD_BYTES_MIN) {
            return false;
        }
        int length = all.getShort(at + 4);
        return length >= RECORD_BYTES_MIN - 6
                && at + 6 + length <= all.limit()
                && crc(all, at + 4, length + 2) == all.getInt(at);
    }

    private void apply(ByteBuffer all, int at) {
        int id = all.getInt(at + 7);
        if (all.get(at + 6) == NAMED) {
            int topicBytes = all.getShort(at + 4) - (RECORD_BYTES_MIN - 6);
            String topic = StandardCharsets.UTF_8
                    .decode(all.slice(at + RECORD_BYTES_MIN, topicBytes))
                    .toString();
            names.put(id, new Name(topic, all.getInt(at + 11)));
        } else {
            names.remove(id);
        }
        idNext = Math.max(idNext, id + 1);
    }

    Map<Integer, Name> names() {
        return names;
    }

    /** The smallest id that was never used. */
    int idNext() {
        return idNext;
    }

    int takeId() {
        return idNext++;
    }

    /** Appends, to be followed by {@link #force}; when either fails, the same may be appended once more. */
    void append(Map<Integer, Name> named, List<Integer> dropped) {
        ByteBuffer bytes = ByteBuffer.allocate(Math.toIntExact(
                named.values().stream().mapToLong(QueueNames::bytesOf).sum()
                        + (long) RECORD_BYTES_MIN * dropped.size()));
        dropped.forEach(id -> encode(DROPPED, id, new Name("", 0), bytes));
        named.forEach((id, name) -> encode(NAMED, id, name, bytes));
        file.write(end, bytes.flip());
        appended = bytes.limit();
    }

    void force() {
        file.force();
        end += appended;
        appended = 0;
    }

    private static void encode(byte kind, int id, Name name, ByteBuffer into) {
        byte[] topic = name.topic().getBytes(StandardCharsets.UTF_8);
        int start = into.position();
        into.putInt(0).putShort((short) (RECORD_BYTES_MIN - 6 + topic.length)).put(kind);
        into.putInt(id).putInt(name.number()).put(topic);
        into.putInt(start, crc(into, start + 4, into.position() - start - 4));
    }

    private static int crc(ByteBuffer bytes, int from, int length) {
        CRC32C crc = new CRC32C();
        crc.update(bytes.slice(from, length));
        return (int) crc.getValue();
    }

    @Override
    public void close() {
        file.close();
    }
}
