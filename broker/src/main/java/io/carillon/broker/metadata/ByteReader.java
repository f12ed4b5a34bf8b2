package io.carillon.broker.metadata;

import io.carillon.base.CarillonException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads what {@link ByteWriter} wrote. Whatever does not fit is {@link CarillonException.Corrupt}: nothing is skipped
 * or guessed, and no length is believed before the bytes for it are there.
 */
final class ByteReader {
    private final ByteBuffer bytes;
    private final String what;

    /**
     * @param bytes position and limit are left as they are
     * @param what names the bytes in a fault's message
     */
    ByteReader(ByteBuffer bytes, String what) {
        this.bytes = bytes.slice();
        this.what = what;
    }

    int remaining() {
        return bytes.remaining();
    }

    int readByte() {
        need(1);
        return bytes.get() & 0xFF;
    }

    boolean readBoolean() {
        int value = readByte();
        if (value > 1) {
            throw fault("a yes or no is " + value);
        }
        return value == 1;
    }

    int readInt() {
        need(4);
        return bytes.getInt();
    }

    long readLong() {
        need(8);
        return bytes.getLong();
    }

    long readVar() {
        long value = 0;
        for (int shift = 0; shift < 64; shift += 7) {
            int b = readByte();
            value |= (b & 0x7FL) << shift;
            if (b < 0x80) {
                return value;
            }
        }
        throw fault("a number is longer than 64 bits");
    }

    /** A number from 0 to {@code max}. */
    int readSmall(int max) {
        long value = readVar();
        if (value < 0 || value > max) {
            throw fault("a number is " + value + ", more than " + max);
        }
        return (int) value;
    }

    /** How many elements follow; each takes at least one byte, so a huge count is refused before anything is made. */
    int readCount() {
        long count = readVar();
        if (count < 0 || count > bytes.remaining()) {
            throw fault(count + " elements announced, " + bytes.remaining() + " bytes left");
        }
        return (int) count;
    }

    String readText() {
        byte[] text = readBytes();
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(text))
                    .toString();
        } catch (CharacterCodingException e) {
            throw fault("a text is not UTF-8 (" + e.getMessage() + ")");
        }
    }

    byte[] readBytes() {
        byte[] value = new byte[readCount()];
        bytes.get(value);
        return value;
    }

    byte[] readRaw(int length) {
        need(length);
        byte[] value = new byte[length];
        bytes.get(value);
        return value;
    }

    List<String> readTexts() {
        int count = readCount();
        List<String> texts = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            texts.add(readText());
        }
        return texts;
    }

    Map<String, String> readMap() {
        int count = readCount();
        Map<String, String> map = new HashMap<>();
        for (int i = 0; i < count; i++) {
            map.put(readText(), readText());
        }
        return map;
    }

    /** A reader of the next {@code length} bytes alone, which this one leaves behind. */
    ByteReader part(int length, String name) {
        need(length);
        ByteBuffer part = bytes.slice(bytes.position(), length);
        bytes.position(bytes.position() + length);
        return new ByteReader(part, what + ", " + name);
    }

    /** Nothing may follow. */
    void end() {
        if (bytes.hasRemaining()) {
            throw fault(bytes.remaining() + " bytes too many");
        }
    }

    CarillonException.Corrupt fault(String facts) {
        return new CarillonException.Corrupt(what + " at byte " + bytes.position() + ": " + facts);
    }

    private void need(int count) {
        if (count < 0 || bytes.remaining() < count) {
            throw fault(count + " bytes wanted, " + bytes.remaining() + " left");
        }
    }
}
