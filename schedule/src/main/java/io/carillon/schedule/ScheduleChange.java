package io.carillon.schedule;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/**
 * A change to the {@link ScheduleState} in the making: one or several steps, which take effect together. Reused; one
 * thread. Numbers are big-endian; each step begins with its kind, one byte:
 *
 * <pre>
 * 1 left       count 4, tickets 8 each
 * 2 cancelled  count 4, tickets 8 each
 * 3 moved      count 4, tickets 8 each: due at another time now, under another ticket
 * 4 key        length 2, UTF-8 of topic, 0x01, key; ticket 8: the message that has the key from now on
 * 5 pause      length 2, UTF-8 of a topic
 * 6 resume     length 2, UTF-8 of a topic
 * 7 forget     count 4, hours 4 each: only where each of them ends is known from now on
 * 8 expired    count 4, tickets 8 each: left, and was not delivered, for it was too late for them
 * </pre>
 */
final class ScheduleChange {
    static final byte LEFT = 1;
    static final byte CANCELLED = 2;
    static final byte MOVED = 3;
    static final byte KEY = 4;
    static final byte PAUSE = 5;
    static final byte RESUME = 6;
    static final byte FORGET = 7;
    static final byte EXPIRED = 8;

    private ByteBuffer bytes = ByteBuffer.allocate(256);

    ScheduleChange clear() {
        bytes.clear();
        return this;
    }

    int length() {
        return bytes.position();
    }

    /** Takes back what came after this length. */
    void truncate(int length) {
        bytes.position(length);
    }

    boolean isEmpty() {
        return bytes.position() == 0;
    }

    ScheduleChange tickets(byte kind, long[] tickets, int count) {
        ensure(5 + 8 * count);
        bytes.put(kind).putInt(count);
        for (int i = 0; i < count; i++) {
            bytes.putLong(tickets[i]);
        }
        return this;
    }

    ScheduleChange ticket(byte kind, long ticket) {
        return tickets(kind, new long[] {ticket}, 1);
    }

    /**
     * Gives a key to a message of this hour whose place is not known yet.
     *
     * @return where in {@link #toBytes} its place has to be put, 4 bytes
     */
    int key(String key, int hour) {
        text(KEY, key);
        ensure(8);
        bytes.putInt(hour).putInt(0);
        return bytes.position() - 4;
    }

    ScheduleChange topic(byte kind, String topic) {
        text(kind, topic);
        return this;
    }

    /** Gives up all that is known of these hours but where they end. */
    ScheduleChange forget(List<Integer> hours) {
        ensure(5 + 4 * hours.size());
        bytes.put(FORGET).putInt(hours.size());
        hours.forEach(bytes::putInt);
        return this;
    }

    private void text(byte kind, String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        if (utf8.length > 0xFFFF) {
            throw new IllegalArgumentException("a name of " + utf8.length + " bytes, at most 65535 fit");
        }
        ensure(3 + utf8.length);
        bytes.put(kind).putShort((short) utf8.length).put(utf8);
    }

    private void ensure(int more) {
        if (bytes.remaining() < more) {
            ByteBuffer larger = ByteBuffer.allocate(Math.max(2 * bytes.capacity(), bytes.position() + more));
            bytes = larger.put(bytes.flip());
        }
    }

    byte[] toBytes() {
        return Arrays.copyOf(bytes.array(), bytes.position());
    }
}
