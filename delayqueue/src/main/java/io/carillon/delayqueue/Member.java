package io.carillon.delayqueue;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * What the ordered sets hold of a message, 16 bytes big-endian: {@code id:8 topic:4 priority:1 attempts:1 flags:1 spare:1};
 * where it is about one group, the group's bit follows. {@code attempts} 0 stands for what the group says.
 */
record Member(long id, int topic, int priority, int attempts, int flags) {
    static final int LENGTH = 16;
    static final int TAIL = 8;
    /** The message has a retry policy of its own. */
    static final int OWN_RETRY = 1;

    byte[] bytes() {
        return ByteBuffer.allocate(LENGTH).putLong(id).put(tail()).array();
    }

    byte[] bytes(int bit) {
        return ByteBuffer.allocate(LENGTH + 1)
                .putLong(id)
                .put(tail())
                .put((byte) bit)
                .array();
    }

    /** All but the id. */
    byte[] tail() {
        return ByteBuffer.allocate(TAIL)
                .putInt(topic)
                .put((byte) priority)
                .put((byte) attempts)
                .put((byte) flags)
                .array();
    }

    static Member of(long id, byte[] tail) {
        ByteBuffer bytes = ByteBuffer.wrap(tail);
        return new Member(id, bytes.getInt(), bytes.get(), bytes.get() & 0xff, bytes.get());
    }

    static Member of(byte[] member) {
        return of(ByteBuffer.wrap(member).getLong(), Arrays.copyOfRange(member, 8, 16));
    }

    int bucket() {
        return MessageId.bucket(id);
    }
}
