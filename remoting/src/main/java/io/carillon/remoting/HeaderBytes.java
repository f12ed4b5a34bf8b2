package io.carillon.remoting;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.carillon.message.Decimal;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/** A growing array in which a header is put together before it moves to the output in one piece. One thread. */
final class HeaderBytes {
    private static final VarHandle SHORT = MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.BIG_ENDIAN);
    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
    private static final byte[] HEX = {'0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'};
    private static final int KEPT_BYTES = 16 << 10;

    private byte[] bytes = new byte[512];
    private int length;

    void clear() {
        length = 0;
        if (bytes.length > KEPT_BYTES) {
            bytes = new byte[512];
        }
    }

    byte[] array() {
        return bytes;
    }

    int length() {
        return length;
    }

    void put(char ascii) {
        room(1);
        bytes[length++] = (byte) ascii;
    }

    void put(byte[] piece, int pieceLength) {
        room(pieceLength);
        System.arraycopy(piece, 0, bytes, length, pieceLength);
        length += pieceLength;
    }

    void put(byte[] piece) {
        put(piece, piece.length);
    }

    void putShort(int value) {
        room(2);
        SHORT.set(bytes, length, (short) value);
        length += 2;
    }

    void putInt(int value) {
        room(4);
        INT.set(bytes, length, value);
        length += 4;
    }

    /** Overwrites an int that was put before. */
    void setInt(int at, int value) {
        INT.set(bytes, at, value);
    }

    @SuppressWarnings("deprecation") // drops the upper half of each char: the one copy of ASCII that needs no array
    void putAscii(String text) {
        int count = text.length();
        room(count);
        text.getBytes(0, count, bytes, length);
        length += count;
    }

    void putUtf8(String text) {
        put(text.getBytes(UTF_8));
    }

    void putDecimal(long value) {
        room(1 + Decimal.DIGITS_MAX);
        if (value < 0) {
            if (value == Long.MIN_VALUE) {
                putAscii("-9223372036854775808");
                return;
            }
            bytes[length++] = '-';
        }
        long rest = Math.abs(value);
        length += Decimal.digits(rest);
        Decimal.put(bytes, length, rest);
    }

    /** The text as the inside of a JSON string. */
    void putJson(String text) {
        for (byte b : text.getBytes(UTF_8)) {
            if (b == '"' || b == '\\') {
                put('\\');
                put((char) b);
            } else if (b >= 0 && b < ' ') {
                putControl(b);
            } else {
                room(1);
                bytes[length++] = b;
            }
        }
    }

    private void putControl(byte b) {
        putAscii("\\u00");
        put((char) HEX[b >> 4]);
        put((char) HEX[b & 0xF]);
    }

    private void room(int count) {
        if (bytes.length - length < count) {
            bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, length + count));
        }
    }
}
