package io.carillon.http;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** JSON that is being written, as UTF-8. One thread. */
final class JsonText {
    private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

    private byte[] bytes;
    private int length;

    JsonText(int expected) {
        bytes = new byte[expected];
    }

    /** Whether nothing stands before in this object or array. */
    boolean isFirst() {
        return bytes[length - 1] == '{' || bytes[length - 1] == '[';
    }

    /** What was written; nothing may be written after. */
    ByteString toByteString() {
        return UnsafeByteOperations.unsafeWrap(bytes, 0, length);
    }

    /** What was written, in an array of its own, which it gives away; nothing may be written after. */
    byte[] toBytes() {
        return length == bytes.length ? bytes : Arrays.copyOf(bytes, length);
    }

    private void room(int more) {
        if (bytes.length - length < more) {
            bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, length + more));
        }
    }

    // ---- as it is

    JsonText raw(byte[] from, int at, int count) {
        room(count);
        System.arraycopy(from, at, bytes, length, count);
        length += count;
        return this;
    }

    /** Of ASCII. */
    @SuppressWarnings("deprecation") // the quick way for ASCII
    JsonText raw(String ascii) {
        room(ascii.length());
        ascii.getBytes(0, ascii.length(), bytes, length);
        length += ascii.length();
        return this;
    }

    JsonText raw(char ascii) {
        room(1);
        bytes[length++] = (byte) ascii;
        return this;
    }

    /** One character of a text. */
    void utf8(int codePoint) {
        if (codePoint < 0x80) {
            raw((char) codePoint);
        } else {
            byte[] utf8 = Character.toString(codePoint).getBytes(StandardCharsets.UTF_8);
            raw(utf8, 0, utf8.length);
        }
    }

    /** With zeros before it, if need be. */
    JsonText digits(int value, int count) {
        room(count);
        int left = value;
        for (int i = length + count - 1; i >= length; i--) {
            bytes[i] = (byte) ('0' + left % 10);
            left /= 10;
        }
        length += count;
        return this;
    }

    // ---- values

    JsonText number(int value) {
        return raw(Integer.toString(value));
    }

    JsonText string(String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        return string(utf8, 0, utf8.length);
    }

    /** @param utf8 what is valid as such */
    JsonText string(ByteString utf8) {
        room(utf8.size() + 2);
        // Written where it belongs, and only moved where there is something to escape.
        int begin = length + 1;
        utf8.copyTo(bytes, begin);
        if (JsonBytes.plainEnd(bytes, begin, begin + utf8.size()) == begin + utf8.size()) {
            bytes[length] = '"';
            length = begin + utf8.size();
            return raw('"');
        }
        byte[] moved = Arrays.copyOfRange(bytes, begin, begin + utf8.size());
        return string(moved, 0, moved.length);
    }

    private JsonText string(byte[] utf8, int from, int to) {
        room(to - from + 2);
        raw('"');
        int at = from;
        while (at < to) {
            int end = JsonBytes.plainEnd(utf8, at, to);
            raw(utf8, at, end - at);
            at = end;
            if (at < to) {
                escape(utf8[at++]);
            }
        }
        return raw('"');
    }

    private void escape(byte one) {
        raw('\\');
        switch (one) {
            case '"', '\\' -> raw((char) one);
            case '\n' -> raw('n');
            case '\r' -> raw('r');
            case '\t' -> raw('t');
            default -> raw("u00").raw((char) HEX[one >> 4]).raw((char) HEX[one & 15]);
        }
    }
}
