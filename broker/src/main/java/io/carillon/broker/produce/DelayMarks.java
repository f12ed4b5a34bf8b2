package io.carillon.broker.produce;

import io.carillon.message.Decimal;
import io.carillon.message.MessageProperties;
import io.carillon.message.MessageRecord;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;

/**
 * The properties that a message gets that is due later, or the half of a transaction: where it goes, and when. Official
 * tools look for them.
 */
public final class DelayMarks {
    private static final byte[] REAL_TOPIC = name(MessageProperties.REAL_TOPIC);
    private static final byte[] REAL_QID = name(MessageProperties.REAL_QID);
    private static final byte[] TIMER_OUT_MS = name(MessageProperties.TIMER_OUT_MS);
    private static final int NUMBERS_BYTES = 40;

    private DelayMarks() {}

    private static byte[] name(String name) {
        return (name + (char) MessageProperties.NAME_END).getBytes(StandardCharsets.US_ASCII);
    }

    /** How many bytes {@link #put} writes at most. */
    static int bytesMax(byte[] topic) {
        return REAL_TOPIC.length + topic.length + REAL_QID.length + TIMER_OUT_MS.length + NUMBERS_BYTES;
    }

    /** Writes the marks, and returns where they end. */
    static int put(byte[] to, int at, byte[] topic, int queue, long dueMs) {
        int end = putPlace(to, at, topic, queue);
        return putNumber(to, put(to, end, TIMER_OUT_MS), dueMs);
    }

    /** Writes only where it goes, and returns where that ends. */
    static int putPlace(byte[] to, int at, byte[] topic, int queue) {
        int end = put(to, at, REAL_TOPIC);
        end = put(to, end, topic);
        to[end++] = MessageProperties.VALUE_END;
        return putNumber(to, put(to, end, REAL_QID), queue);
    }

    /** The queue that the half of a transaction goes to, which is the last thing in its record as it was sent. */
    public static int queueOf(MemorySegment half, long at) {
        long i = at + MessageRecord.totalSize(half, at) - 2;
        int queue = 0;
        int unit = 1;
        for (byte b = half.get(ValueLayout.JAVA_BYTE, i); b != MessageProperties.NAME_END; ) {
            queue += unit * (b - '0');
            unit *= 10;
            b = half.get(ValueLayout.JAVA_BYTE, --i);
        }
        return queue;
    }

    private static int put(byte[] to, int at, byte[] bytes) {
        System.arraycopy(bytes, 0, to, at, bytes.length);
        return at + bytes.length;
    }

    private static int putNumber(byte[] to, int at, long number) {
        int end = at + Decimal.digits(number);
        Decimal.put(to, end, number);
        to[end++] = MessageProperties.VALUE_END;
        return end;
    }
}
