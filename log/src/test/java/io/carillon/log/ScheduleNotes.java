package io.carillon.log;

import io.carillon.message.MessageRecord;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The part of the tests' replicated state that goes with messages: which of them have left their hour, and where others
 * wait.
 *
 * <pre>
 * change:    CHANGE 8 | waiting 4, each: due 8, place 4, id | left 4, each: id     an id: length 2, UTF-8
 * snapshot:  waiting 4, each: due 8, place 4, id | left 4, each: index 8, id
 * </pre>
 */
final class ScheduleNotes {
    /** What a change begins with, where other entries have a number that is not negative. */
    static final long CHANGE = -1;

    private static final int BYTES_MAX = 64 << 10;

    record Place(long due, int queueOffset) {}

    /** The index of the entry by which a message left, by its id. */
    final Map<String, Long> left = new TreeMap<>();

    final Map<String, Place> waiting = new TreeMap<>();

    /**
     * Gives a batch the command that notes these ids.
     *
     * @param waiting the ids of records of the batch that are due later, by the record's number
     */
    static void command(AppendBatch batch, List<String> left, Map<Integer, String> waiting) {
        ByteBuffer change = ByteBuffer.allocate(BYTES_MAX).putLong(CHANGE).putInt(waiting.size());
        Map<Integer, Integer> placeAt = new TreeMap<>();
        waiting.forEach((record, id) -> {
            change.putLong(MessageRecord.due(batch.bytes(), batch.start(record)));
            placeAt.put(record, change.position());
            putId(change.putInt(-1), id);
        });
        change.putInt(left.size());
        left.forEach(id -> putId(change, id));
        batch.command(bytesOf(change));
        placeAt.forEach(batch::placeInCommand);
    }

    void apply(long index, ByteBuffer change) {
        change.getLong();
        for (int i = change.getInt(); i > 0; i--) {
            Place place = new Place(change.getLong(), change.getInt());
            waiting.put(idOf(change), place);
        }
        for (int i = change.getInt(); i > 0; i--) {
            String id = idOf(change);
            Long before = left.putIfAbsent(id, index);
            if (before != null && before != index) {
                throw new IllegalStateException(id + " left with entry " + before + " and with entry " + index);
            }
        }
    }

    byte[] snapshot() {
        ByteBuffer to = ByteBuffer.allocate(BYTES_MAX).putInt(waiting.size());
        waiting.forEach((id, place) -> putId(to.putLong(place.due()).putInt(place.queueOffset()), id));
        to.putInt(left.size());
        left.forEach((id, index) -> putId(to.putLong(index), id));
        return bytesOf(to);
    }

    void restore(ByteBuffer from) {
        for (int i = from.getInt(); i > 0; i--) {
            Place place = new Place(from.getLong(), from.getInt());
            waiting.put(idOf(from), place);
        }
        for (int i = from.getInt(); i > 0; i--) {
            long index = from.getLong();
            left.put(idOf(from), index);
        }
    }

    private static void putId(ByteBuffer to, String id) {
        byte[] utf8 = id.getBytes(StandardCharsets.UTF_8);
        to.putShort((short) utf8.length).put(utf8);
    }

    private static String idOf(ByteBuffer from) {
        byte[] utf8 = new byte[from.getShort()];
        from.get(utf8);
        return new String(utf8, StandardCharsets.UTF_8);
    }

    private static byte[] bytesOf(ByteBuffer written) {
        byte[] bytes = new byte[written.flip().remaining()];
        written.get(bytes);
        return bytes;
    }
}
