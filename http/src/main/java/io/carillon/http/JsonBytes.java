package io.carillon.http;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * A walk over the bytes of a JSON text that takes no more than it must. What is not in the plainest form makes it
 * {@link #isOdd}, and whatever was read until then is worth nothing: somebody more patient has to read all of it. One thread.
 */
final class JsonBytes {
    private static final VarHandle EIGHT = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final long ONES = 0x0101010101010101L;
    private static final long TOPS = 0x8080808080808080L;
    private static final int NUMBER_DIGITS_MAX = 9;
    private static final char NOT_UTF8 = '\uFFFD';

    private final byte[] json;
    private int at;
    private boolean isOdd;

    JsonBytes(byte[] json) {
        this.json = json;
    }

    /** Whether it was not as expected. */
    boolean isOdd() {
        return isOdd;
    }

    void odd() {
        isOdd = true;
    }

    /** Whether all was read, and nothing else follows. */
    boolean isWhole() {
        peek();
        return !isOdd && at == json.length;
    }

    /** The next byte that is no space, which stays there; 0 at the end. */
    private byte peek() {
        while (at < json.length && (json[at] == ' ' || json[at] == '\n' || json[at] == '\r' || json[at] == '\t')) {
            at++;
        }
        return at < json.length ? json[at] : 0;
    }

    private void expect(char wanted) {
        if (peek() == wanted) {
            at++;
        } else {
            odd();
        }
    }

    // ---- objects and arrays: while (in.hasNext('}')) { ... }

    void open(char bracket) {
        expect(bracket);
    }

    /** Whether there is one more; else the closing bracket is read, too. */
    boolean hasNext(char closing, int count) {
        if (isOdd) {
            return false;
        }
        byte next = peek();
        if (next == closing) {
            at++;
            return false;
        }
        if (count > 0) {
            expect(',');
            if (peek() == closing) {
                odd();
            }
        }
        return !isOdd;
    }

    /** The name of a field, and the colon after it. */
    String name() {
        String name = string();
        expect(':');
        return name;
    }

    // ---- values

    String string() {
        expect('"');
        if (isOdd) {
            return "";
        }
        int begin = at;
        at = plainEnd(json, at, json.length);
        String string = at < json.length && json[at] == '"'
                ? new String(json, begin, at++ - begin, StandardCharsets.UTF_8)
                : unescaped(begin).toStringUtf8();
        if (string.indexOf(NOT_UTF8) >= 0) {
            odd(); // it stands there itself, or for what is none
        }
        return string;
    }

    /** A string as it is in UTF-8: a part of the text itself where nothing in it is escaped. */
    ByteString utf8() {
        expect('"');
        if (isOdd) {
            return ByteString.EMPTY;
        }
        int begin = at;
        at = plainEnd(json, at, json.length);
        ByteString string = at < json.length && json[at] == '"'
                ? UnsafeByteOperations.unsafeWrap(json, begin, at++ - begin)
                : unescaped(begin);
        if (!string.isValidUtf8()) {
            odd();
        }
        return string;
    }

    /** A whole number that is not negative. */
    int number() {
        peek();
        int value = digits(NUMBER_DIGITS_MAX);
        boolean isMore = at < json.length && (json[at] == '.' || json[at] == 'e' || json[at] == 'E');
        if (isMore) {
            odd();
        }
        return value;
    }

    private int digits(int max) {
        int begin = at;
        int value = 0;
        while (at < json.length && json[at] >= '0' && json[at] <= '9' && at - begin <= max) {
            value = 10 * value + json[at++] - '0';
        }
        boolean leads = at - begin > 1 && json[begin] == '0';
        if (at == begin || at - begin > max || leads) {
            odd();
            return 0;
        }
        return value;
    }

    // ---- what is escaped

    /** From the first byte that is not as it seems on: {@link #at} is there. */
    private ByteString unescaped(int begin) {
        JsonText text = new JsonText(2 * (at - begin) + 256);
        int plain = begin;
        while (at < json.length && json[at] == '\\' && !isOdd) {
            text.raw(json, plain, at - plain);
            at++;
            text.utf8(escaped());
            plain = at;
            at = plainEnd(json, at, json.length);
        }
        if (isOdd || at >= json.length || json[at] != '"') {
            odd();
            return ByteString.EMPTY;
        }
        text.raw(json, plain, at++ - plain);
        return text.toByteString();
    }

    /** The character after a backslash. */
    private int escaped() {
        byte kind = at < json.length ? json[at++] : 0;
        return switch (kind) {
            case '"', '\\', '/' -> kind;
            case 'b' -> '\b';
            case 'f' -> '\f';
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case 'u' -> escapedUnit();
            default -> oddUnit();
        };
    }

    /** Two of them where they are halves of one character; a half alone is odd. */
    private int escapedUnit() {
        int high = hex();
        if (!Character.isSurrogate((char) high)) {
            return high;
        }
        boolean isFollowed = at + 1 < json.length && json[at] == '\\' && json[at + 1] == 'u';
        at += 2;
        int low = isFollowed ? hex() : 0;
        return Character.isSurrogatePair((char) high, (char) low)
                ? Character.toCodePoint((char) high, (char) low)
                : oddUnit();
    }

    private int hex() {
        int value = 0;
        for (int end = at + 4; at < end; at++) {
            int digit = at < json.length ? Character.digit(json[at], 16) : -1;
            value = digit < 0 ? oddUnit() : 16 * value + digit;
        }
        return value;
    }

    private int oddUnit() {
        odd();
        return '?';
    }

    /**
     * Where the first byte stands that is not itself within a string: a quote, a backslash or a control character. Looks at
     * eight bytes at once, for it looks at all that is sent and received.
     */
    static int plainEnd(byte[] bytes, int from, int to) {
        int at = from;
        for (; at <= to - Long.BYTES; at += Long.BYTES) {
            long eight = (long) EIGHT.get(bytes, at);
            long quote = eight ^ (ONES * '"');
            long backslash = eight ^ (ONES * '\\');
            // The top of each byte that is less than a space, or equal to one of the two; maybe of some after it, too.
            long found = ((eight - ONES * ' ') | (quote - ONES) | (backslash - ONES)) & ~eight & TOPS;
            if (found != 0) {
                return at + Long.numberOfTrailingZeros(found) / Byte.SIZE;
            }
        }
        while (at < to && (bytes[at] < 0 || bytes[at] >= ' ') && bytes[at] != '"' && bytes[at] != '\\') {
            at++;
        }
        return at;
    }
}
