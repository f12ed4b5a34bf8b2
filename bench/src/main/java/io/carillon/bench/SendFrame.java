package io.carillon.bench;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;

/**
 * One send frame, encoded once; before each use only the bytes that must differ are overwritten in place: the opaque, every
 * unique id, the queue, the topic's number, and the time and the mark in each body. So a send costs the generator a copy and some stores.
 *
 * <p>Bodies are random bytes, but for the time of sending in the first eight and a mark of the sender in the next. Used by one thread.
 */
final class SendFrame {
    /** Opaques have ten digits, so that patching never changes a length. */
    static final int OPAQUE_MIN = 1_000_000_000;

    static final int BODY_BYTES_MIN = 2 * Long.BYTES;

    private static final int SEND_MESSAGE_V2 = 310;
    private static final int SEND_BATCH_MESSAGE = 320;
    private static final int COUNTER_DIGITS = 16;
    private static final byte[] HEX = "0123456789ABCDEF".getBytes(StandardCharsets.US_ASCII);

    private final SendShape shape;
    private final byte[] frame;
    private final int opaqueAt;
    /** With its name, because a unique id can hold the same digits. */
    private static final String OPAQUE_NAME = "\"opaque\":";

    private static final int KEY_DIGITS = 8;
    private static final int TIME_DIGITS = 13;

    private final int queueAt;
    /** Where the key stands; -1 when messages have none. */
    private final int keyAt;
    /** Where the time stands at which the message is due; -1 when all are due alike. */
    private final int dueAt;

    private final RandomGenerator random;
    private final int topicAt;
    private final int[] counterAt;
    private final int[] timeAt;
    private long counter;

    /** @param idPrefix 16 characters that no other sender uses: with a counter of 16 digits they make the unique ids */
    SendFrame(SendShape shape, String idPrefix, long bornMs, RandomGenerator random) {
        if (idPrefix.length() != COUNTER_DIGITS) {
            throw new IllegalArgumentException("the prefix of unique ids has 16 characters: " + idPrefix);
        }
        this.shape = shape;
        this.random = random;
        byte[] bodyMark = new byte[shape.bodyBytes()];
        random.nextBytes(bodyMark);
        String uniqueId = idPrefix + "0".repeat(COUNTER_DIGITS);
        byte[] body = shape.batch() == 1 ? bodyMark : batchBody(bodyMark, properties(shape, uniqueId), shape.batch());
        int code = shape.batch() == 1 ? SEND_MESSAGE_V2 : SEND_BATCH_MESSAGE;
        frame = new Frame(code, OPAQUE_MIN, fields(shape, uniqueId, bornMs), body).encode(shape.format());
        opaqueAt = shape.format() == HeaderFormat.JSON ? only(opaqueMember()) + OPAQUE_NAME.length() : 8 + 5;
        queueAt = shape.format() == HeaderFormat.JSON
                ? only("\"e\":\"0\"".getBytes(StandardCharsets.US_ASCII)) + 5
                : only(new byte[] {0, 1, 'e', 0, 0, 0, 1, '0'}) + 7;
        topicAt = only(shape.topicName(0).getBytes(StandardCharsets.US_ASCII))
                + shape.topic().length();
        counterAt = all(uniqueId.getBytes(StandardCharsets.US_ASCII));
        timeAt = all(bodyMark);
        shiftBy(counterAt, COUNTER_DIGITS);
        keyAt = shape.keys() == 0 ? -1 : endOf("CARILLON_KEY", shape.format());
        dueAt = shape.delay().spreadMs() == 0 ? -1 : endOf(shape.delay().property(), shape.format());
    }

    /** Where the value of a property stands, whose name stands in the frame once. */
    private int endOf(String property, HeaderFormat format) {
        int separatorBytes = format == HeaderFormat.JSON ? "\\u0001".length() : 1;
        return only(property.getBytes(StandardCharsets.US_ASCII)) + property.length() + separatorBytes;
    }

    private static Map<String, String> fields(SendShape shape, String uniqueId, long bornMs) {
        var fields = new LinkedHashMap<String, String>();
        fields.put("a", SendShape.PRODUCER_GROUP);
        fields.put("b", shape.topicName(0));
        fields.put("c", "TBW102");
        fields.put("d", "4");
        fields.put("e", "0");
        fields.put("f", shape.isHalf() ? "4" : "0");
        fields.put("g", Long.toString(bornMs));
        fields.put("h", "0");
        fields.put("i", properties(shape, uniqueId));
        fields.put("j", "0");
        fields.put("k", "false");
        fields.put("m", Boolean.toString(shape.batch() > 1));
        fields.put("n", SendShape.BROKER_NAME);
        return fields;
    }

    private static String properties(SendShape shape, String uniqueId) {
        return "UNIQ_KEY\u0001" + uniqueId + "\u0002WAIT\u0001true\u0002"
                + (shape.keys() == 0 ? "" : "CARILLON_KEY\u0001" + "0".repeat(KEY_DIGITS) + "\u0002")
                + (shape.isHalf() ? "TRAN_MSG\u0001true\u0002PGROUP\u0001" + SendShape.PRODUCER_GROUP + "\u0002" : "")
                + shape.delay().properties();
    }

    private static byte[] batchBody(byte[] body, String properties, int messages) {
        byte[] propertyBytes = properties.getBytes(StandardCharsets.UTF_8);
        int size = 20 + body.length + 2 + propertyBytes.length;
        var bytes = ByteBuffer.allocate(size * messages);
        for (int i = 0; i < messages; i++) {
            bytes.putInt(size).putInt(0).putInt(0).putInt(0); // magic, checksum and flag stay 0
            bytes.putInt(body.length).put(body);
            bytes.putShort((short) propertyBytes.length).put(propertyBytes);
        }
        return bytes.array();
    }

    /** Bytes of the frame, always the same. */
    int length() {
        return frame.length;
    }

    /** Messages in the frame. */
    int messages() {
        return shape.batch();
    }

    /** Appends the next frame to {@code out}, which has {@link #length()} bytes of room. */
    void put(ByteBuffer out, int opaque, long sequence, long timeNs) {
        put(out, opaque, sequence, timeNs, sequence);
    }

    /** The same with another mark in the body than the sequence. */
    void put(ByteBuffer out, int opaque, long sequence, long timeNs, long mark) {
        putOpaque(opaque);
        putQueue(sequence);
        if (keyAt >= 0) {
            putDecimal(keyAt, sequence % shape.keys(), KEY_DIGITS);
        }
        if (dueAt >= 0) {
            Delay delay = shape.delay();
            putDecimal(dueAt, delay.ms() + random.nextLong(delay.spreadMs()), TIME_DIGITS);
        }
        for (int at : counterAt) {
            putHex(at, counter++);
        }
        for (int at : timeAt) {
            putLong(at, timeNs);
            putLong(at + Long.BYTES, mark);
        }
        out.put(frame);
    }

    private void putOpaque(int opaque) {
        if (shape.format() == HeaderFormat.JSON) {
            putDecimal(opaqueAt, opaque, 10);
        } else {
            for (int i = 0; i < Integer.BYTES; i++) {
                frame[opaqueAt + i] = (byte) (opaque >>> (24 - 8 * i));
            }
        }
    }

    /** Walks over the queues, and over the topics once a topic's queues have had their turn. */
    private void putQueue(long sequence) {
        frame[queueAt] = (byte) ('0' + sequence % shape.queues());
        if (shape.topics() > 1) {
            putDecimal(topicAt, sequence / shape.queues() % shape.topics(), SendShape.TOPIC_DIGITS);
        }
    }

    private void putDecimal(int at, long value, int digits) {
        long rest = value;
        for (int i = digits - 1; i >= 0; i--) {
            frame[at + i] = (byte) ('0' + rest % 10);
            rest /= 10;
        }
    }

    private void putHex(int at, long value) {
        for (int i = 0; i < COUNTER_DIGITS; i++) {
            frame[at + i] = HEX[(int) (value >>> (60 - 4 * i)) & 0xF];
        }
    }

    private void putLong(int at, long value) {
        for (int i = 0; i < Long.BYTES; i++) {
            frame[at + i] = (byte) (value >>> (56 - 8 * i));
        }
    }

    private static byte[] opaqueMember() {
        return (OPAQUE_NAME + OPAQUE_MIN).getBytes(StandardCharsets.US_ASCII);
    }

    private int only(byte[] mark) {
        int[] found = all(mark);
        if (found.length != 1) {
            throw new IllegalStateException("%s occurs %d times in the frame"
                    .formatted(new String(mark, StandardCharsets.US_ASCII), found.length));
        }
        return found[0];
    }

    private int[] all(byte[] mark) {
        List<Integer> found = new ArrayList<>();
        for (int at = 0; at + mark.length <= frame.length; at++) {
            if (Arrays.equals(frame, at, at + mark.length, mark, 0, mark.length)) {
                found.add(at);
            }
        }
        return found.stream().mapToInt(Integer::intValue).toArray();
    }

    private static void shiftBy(int[] positions, int bytes) {
        for (int i = 0; i < positions.length; i++) {
            positions[i] += bytes;
        }
    }
}
