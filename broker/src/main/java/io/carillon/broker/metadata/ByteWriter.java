package io.carillon.broker.metadata;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Builds the bytes of an entry or a snapshot: big-endian, small numbers short. {@link ByteReader} reads them back. */
final class ByteWriter {
    private byte[] bytes;
    private int length;

    ByteWriter(int bytesExpected) {
        bytes = new byte[Math.max(16, bytesExpected)];
    }

    int length() {
        return length;
    }

    void clear() {
        length = 0;
    }

    byte[] copy() {
        return Arrays.copyOf(bytes, length);
    }

    void putByte(int value) {
        room(1);
        bytes[length++] = (byte) value;
    }

    void putBoolean(boolean value) {
        putByte(value ? 1 : 0);
    }

    void putInt(int value) {
        for (int shift = 24; shift >= 0; shift -= 8) {
            putByte(value >>> shift);
        }
    }

    void putLong(long value) {
        putInt((int) (value >>> 32));
        putInt((int) value);
    }

    /** Seven bits a byte, the lowest first; the top bit says that more follow. */
    void putVar(long value) {
        long rest = value;
        while ((rest & ~0x7FL) != 0) {
            putByte((int) (rest & 0x7F) | 0x80);
            rest >>>= 7;
        }
        putByte((int) rest);
    }

    void putText(String text) {
        putBytes(text.getBytes(StandardCharsets.UTF_8));
    }

    void putBytes(byte[] value) {
        putVar(value.length);
        putRaw(value);
    }

    void putRaw(byte[] value) {
        room(value.length);
        System.arraycopy(value, 0, bytes, length, value.length);
        length += value.length;
    }

    void putRaw(ByteWriter other) {
        room(other.length);
        System.arraycopy(other.bytes, 0, bytes, length, other.length);
        length += other.length;
    }

    void putTexts(List<String> texts) {
        putVar(texts.size());
        texts.forEach(this::putText);
    }

    /** In the order of the keys, so that equal maps make equal bytes. */
    void putMap(Map<String, String> map) {
        putVar(map.size());
        new TreeMap<>(map).forEach((key, value) -> {
            putText(key);
            putText(value);
        });
    }

    private void room(int more) {
        if (bytes.length - length < more) {
            bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, length + more));
        }
    }
}
