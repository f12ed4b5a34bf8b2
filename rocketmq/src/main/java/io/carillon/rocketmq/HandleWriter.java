package io.carillon.rocketmq;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import io.carillon.log.AppendBatch;
import io.carillon.message.Decimal;
import io.carillon.message.DueTime;
import io.carillon.message.MessageRecord;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

/** Writes {@link RecallHandle recall handles} without a string, for each message that is due later gets one. One thread. */
final class HandleWriter {
    private static final byte[] VERSION = (RecallHandle.VERSION + ' ').getBytes(StandardCharsets.US_ASCII);
    private static final Base64.Encoder BASE64 = Base64.getUrlEncoder();

    private final byte[] broker;
    /** Of the text's length, for the encoder takes arrays whole: nearly all handles of a sender are of one length. */
    private byte[] text = new byte[0];

    private byte[] encoded = new byte[0];
    private int at;

    HandleWriter(String brokerName) {
        broker = (brokerName + ' ').getBytes(StandardCharsets.UTF_8);
    }

    /**
     * The handle of a record that was appended to be due later.
     *
     * @param unique holds its unique id
     * @return valid until the next call, and as far as {@link #length} says
     */
    byte[] of(AppendBatch records, int record, byte[] unique, int uniqueLength) {
        MemorySegment bytes = records.bytes();
        int start = records.start(record);
        int topicLength = MessageRecord.topicLength(bytes, start);
        long dueMs = DueTime.ms(MessageRecord.due(bytes, start));
        // One that was stored before has a place that belongs to the time that was asked for then.
        boolean hasPlace = records.isStored(record);
        long place = hasPlace ? records.queueOffset(record) : 0;
        begin(VERSION.length
                + topicLength
                + 1
                + broker.length
                + Decimal.digits(dueMs)
                + 1
                + uniqueLength
                + (hasPlace ? 1 + Decimal.digits(place) : 0));
        put(VERSION, VERSION.length);
        MemorySegment.copy(bytes, JAVA_BYTE, MessageRecord.topicAt(bytes, start), text, at, topicLength);
        at += topicLength;
        text[at++] = ' ';
        put(broker, broker.length);
        put(dueMs);
        text[at++] = ' ';
        put(unique, uniqueLength);
        if (hasPlace) {
            text[at++] = ' ';
            put(place);
        }
        BASE64.encode(text, encoded);
        return encoded;
    }

    int length() {
        return encoded.length;
    }

    private void begin(int textLength) {
        if (text.length != textLength) {
            text = new byte[textLength];
            encoded = new byte[(textLength + 2) / 3 * 4];
        }
        at = 0;
    }

    private void put(byte[] from, int length) {
        System.arraycopy(from, 0, text, at, length);
        at += length;
    }

    private void put(long number) {
        at += Decimal.digits(number);
        Decimal.put(text, at, number);
    }
}
