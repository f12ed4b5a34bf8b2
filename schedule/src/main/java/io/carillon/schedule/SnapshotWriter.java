package io.carillon.schedule;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Bytes that grow, numbers big-endian. */
final class SnapshotWriter {
    private ByteBuffer bytes = ByteBuffer.allocate(1024);

    void putByte(byte value) {
        room(1).put(value);
    }

    void putInt(int value) {
        room(4).putInt(value);
    }

    void putLong(long value) {
        room(8).putLong(value);
    }

    void putLongs(long[] values) {
        putInt(values.length);
        ByteBuffer to = room(8 * values.length);
        to.asLongBuffer().put(values);
        to.position(to.position() + 8 * values.length);
    }

    void putText(String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        room(2 + utf8.length).putShort((short) utf8.length).put(utf8);
    }

    private ByteBuffer room(int more) {
        if (bytes.remaining() < more) {
            ByteBuffer larger = ByteBuffer.allocate(Math.max(2 * bytes.capacity(), bytes.position() + more));
            bytes = larger.put(bytes.flip());
        }
        return bytes;
    }

    byte[] toBytes() {
        return Arrays.copyOf(bytes.array(), bytes.position());
    }
}
