package io.carillon.log;

import io.carillon.base.CarillonException.Corrupt;
import io.carillon.base.Storage;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Collection;

/**
 * Where the queues end whose messages are all gone from the log. The log itself can no longer tell: without this file
 * an index that is built anew would give out their offsets a second time. Written before a segment is dropped, read only
 * when the index is built anew.
 *
 * <pre>
 * sealed file:  queues 4, then for each:  topic's length 2 | topic | number 4 | next offset 8 | last message's log offset 8
 * </pre>
 */
final class QueueEnds {
    static final String FILE = "queue-ends";
    private static final int FIXED_BYTES = 22;

    private final SealedFile file;

    QueueEnds(Storage storage) {
        file = new SealedFile(storage, FILE);
    }

    /** Notes the queues of which nothing is left from this place of the log on; durable when this returns. */
    void write(Collection<ConsumeQueue> queues, long logOffsetMin) {
        ByteArrayOutputStream ends = new ByteArrayOutputStream();
        int count = 0;
        for (ConsumeQueue queue : queues) {
            // Read once: the writer may go on with this queue meanwhile.
            long logOffsetLast = queue.logOffsetLast();
            if (isGone(logOffsetLast, logOffsetMin)) {
                ends.writeBytes(encoded(queue, logOffsetLast));
                count++;
            }
        }
        file.write(ByteBuffer.allocate(4 + ends.size())
                .putInt(count)
                .put(ends.toByteArray())
                .flip());
    }

    private static byte[] encoded(ConsumeQueue queue, long logOffsetLast) {
        byte[] topic = queue.topic().getBytes(StandardCharsets.UTF_8);
        ByteBuffer end = ByteBuffer.allocate(FIXED_BYTES + topic.length);
        end.putShort((short) topic.length).put(topic).putInt(queue.number());
        return end.putLong(queue.offsetMax()).putLong(logOffsetLast).array();
    }

    /**
     * Lets the noted queues of an empty index end where they did. What the log still holds from this place on is put in
     * afterwards.
     *
     * @throws Corrupt when the file is damaged: nothing else knows these offsets
     */
    void restore(QueueIndex index, long logOffsetMin) {
        ByteBuffer content = file.read();
        if (content == null) {
            return;
        }
        for (int i = content.getInt(); i > 0; i--) {
            byte[] topic = new byte[Short.toUnsignedInt(content.getShort())];
            content.get(topic);
            ConsumeQueue queue = index.queue(new String(topic, StandardCharsets.UTF_8), content.getInt());
            long next = content.getLong();
            long logOffsetLast = content.getLong();
            if (isGone(logOffsetLast, logOffsetMin)) {
                // Stands for a message that nobody can ask for any more.
                index.put(queue, next - 1, logOffsetLast, 0, 0);
            }
        }
    }

    private static boolean isGone(long logOffsetLast, long logOffsetMin) {
        return logOffsetLast >= 0 && logOffsetLast < logOffsetMin;
    }
}
