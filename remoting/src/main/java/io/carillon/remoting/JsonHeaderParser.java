package io.carillon.remoting;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Reads the protocol's JSON header in one pass and resolves escapes in place: what they resolve to is never longer
 * than they are. Tolerates what other clients have been seen to send: any order, unknown members of any shape, and
 * numbers, booleans and nulls where strings are expected. One thread.
 */
final class JsonHeaderParser {
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final long ONES = 0x0101_0101_0101_0101L;
    private static final long HIGH_BITS = 0x8080_8080_8080_8080L;
    private static final long QUOTES = ONES * '"';
    private static final long BACKSLASHES = ONES * '\\';
    private static final int DEPTH_MAX = 32;

    /** The value of a hexadecimal digit; negative for any other byte. */
    private static final byte[] HEX = new byte[256];

    static {
        for (int i = 0; i < HEX.length; i++) {
            HEX[i] = (byte) (i < 128 ? Character.digit(i, 16) : -1);
        }
    }

    /** What a value is: a range of text, or nothing that a field can hold. */
    private enum Kind {
        TEXT,
        NULL,
        NESTED
    }

    private byte[] text = {};
    private int at;
    private int end;

    /** The string or literal that was read last, escapes resolved. */
    private int tokenAt;

    private int tokenLength;

    void parse(byte[] bytes, int length, Header into) {
        text = bytes;
        at = 0;
        end = length;
        skipSpace();
        expect('{');
        if (!isNext('}')) {
            members(into);
        }
        skipSpace();
        if (at != end) {
            throw fault("goes on after its end");
        }
    }

    private void members(Header into) {
        do {
            key();
            member(into);
        } while (isNext(','));
        expect('}');
    }

    /** Reads a member's key and the colon, up to the value. */
    private void key() {
        skipSpace();
        expect('"');
        string();
        skipSpace();
        expect(':');
        skipSpace();
    }

    private void member(Header into) {
        switch (tokenLength) {
            case 4 -> {
                if (isToken("code")) {
                    into.code = number();
                } else if (isToken("flag")) {
                    into.flag = number();
                } else {
                    value(0);
                }
            }
            case 6 -> {
                if (isToken("opaque")) {
                    into.opaque = number();
                } else if (isToken("remark")) {
                    remark(into);
                } else {
                    value(0);
                }
            }
            case 7 -> {
                if (isToken("version")) {
                    into.version = number();
                } else {
                    value(0);
                }
            }
            case 8 -> language(into);
            case 9 -> {
                if (isToken("extFields")) {
                    extFields(into);
                } else {
                    value(0);
                }
            }
            default -> value(0);
        }
    }

    private void remark(Header into) {
        if (value(0) == Kind.TEXT) {
            into.remark(tokenAt, tokenLength);
        } else {
            into.noRemark();
        }
    }

    private void language(Header into) {
        boolean isLanguage = isToken("language");
        Kind kind = value(0);
        if (isLanguage) {
            into.language(tokenAt, kind == Kind.TEXT ? tokenLength : 0);
        }
    }

    private int number() {
        Kind kind = value(0);
        if (kind == Kind.NULL) {
            return 0;
        }
        long number = WholeNumber.parse(text, tokenAt, tokenLength);
        if (kind == Kind.NESTED || number != (int) number) {
            throw fault("has a number that is none, or too large");
        }
        return (int) number;
    }

    /** Of members that come twice the last one counts, of this one too: else readers of one header would differ. */
    private void extFields(Header into) {
        into.noFields();
        if (peek() == 'n') {
            literal();
            return;
        }
        expect('{');
        if (isNext('}')) {
            return;
        }
        do {
            if (!plainFields(into)) {
                break;
            }
            key();
            int keyAt = tokenAt;
            int keyLength = tokenLength;
            if (value(0) == Kind.TEXT) {
                into.add(keyAt, keyLength, tokenAt, tokenLength);
            }
        } while (isNext(','));
        expect('}');
    }

    /**
     * Reads fields as nearly every client writes them, {@code "key":"value"} without space, with few branches.
     *
     * @return whether a field of another form stands next
     */
    private boolean plainFields(Header into) {
        byte[] in = text;
        int i = at;
        while (i < end && in[i] == '"') {
            int keyEnd = nextSpecial(i + 1);
            if (keyEnd + 2 >= end || in[keyEnd] != '"' || in[keyEnd + 1] != ':' || in[keyEnd + 2] != '"') {
                break;
            }
            at = keyEnd + 3;
            string();
            into.add(i + 1, keyEnd - i - 1, tokenAt, tokenLength);
            i = at;
            if (i >= end || in[i] != ',') {
                return isNext(',');
            }
            at = ++i;
        }
        return true;
    }

    private Kind value(int depth) {
        return switch (peek()) {
            case '"' -> {
                at++;
                string();
                yield Kind.TEXT;
            }
            case '{' -> {
                at++;
                nestedObject(depth + 1);
                yield Kind.NESTED;
            }
            case '[' -> {
                at++;
                nestedArray(depth + 1);
                yield Kind.NESTED;
            }
            default -> literal();
        };
    }

    private void nestedObject(int depth) {
        limit(depth);
        if (isNext('}')) {
            return;
        }
        do {
            key();
            value(depth);
        } while (isNext(','));
        expect('}');
    }

    private void nestedArray(int depth) {
        limit(depth);
        if (isNext(']')) {
            return;
        }
        do {
            skipSpace();
            value(depth);
        } while (isNext(','));
        expect(']');
    }

    private void limit(int depth) {
        if (depth > DEPTH_MAX) {
            throw fault("is nested more than " + DEPTH_MAX + " deep");
        }
    }

    private Kind literal() {
        tokenAt = at;
        while (at < end && isLiteral(text[at])) {
            at++;
        }
        tokenLength = at - tokenAt;
        if (tokenLength == 0) {
            throw fault("has no value where one must be");
        }
        if (isToken("null")) {
            return Kind.NULL;
        }
        if (!isNumber() && !isToken("true") && !isToken("false")) {
            throw fault("has an unknown word");
        }
        return Kind.TEXT;
    }

    /** Whether the token looks like a number; whether it is one finds out who wants a number. */
    private boolean isNumber() {
        byte first = text[tokenAt];
        for (int i = tokenAt + 1; i < tokenAt + tokenLength; i++) {
            if (text[i] >= 'a' && text[i] != 'e') {
                return false;
            }
        }
        return (first >= '0' && first <= '9') || first == '-';
    }

    private static boolean isLiteral(byte b) {
        return (b >= '0' && b <= '9') || (b >= 'a' && b <= 'z') || b == '-' || b == '.' || b == '+' || b == 'E';
    }

    /** Reads the rest of a string whose quote was taken, and leaves its range as the token. */
    private void string() {
        tokenAt = at;
        int special = nextSpecial(at);
        if (text[special] != '"') {
            special = resolveEscapes(special);
        } else {
            tokenLength = special - tokenAt;
        }
        at = special + 1;
    }

    /**
     * Moves what follows each escape to where the escape stood, so that the token becomes one range.
     *
     * @return where the closing quote stands
     */
    private int resolveEscapes(int firstBackslash) {
        int to = firstBackslash;
        int from = firstBackslash;
        while (text[from] != '"') {
            to = moveUpToSpecial(escape(from + 1, to));
            from = at;
        }
        tokenLength = to - tokenAt;
        return from;
    }

    /** Moves the text from {@link #at} on, up to the next quote or backslash; answers the new end. */
    private int moveUpToSpecial(int to) {
        byte[] in = text;
        int i = at;
        int o = to;
        for (; i <= end - 8; i += 8, o += 8) {
            long word = (long) LONG.get(in, i);
            if (specials(word) != 0) {
                break;
            }
            LONG.set(in, o, word); // below what is still to be read, because escapes only shrink
        }
        for (; i < end; i++, o++) {
            byte b = in[i];
            if (b == '"' || b == '\\') {
                at = i;
                return o;
            }
            in[o] = b;
        }
        throw fault("ends within a string");
    }

    /** Resolves the escape whose letter stands at {@code from}; leaves {@link #at} behind it, answers the new end. */
    private int escape(int from, int to) {
        if (from >= end) {
            throw fault("ends within a string");
        }
        byte letter = text[from];
        if (letter == 'u') {
            return unicode(from + 1, to);
        }
        text[to] = switch (letter) {
            case '"', '\\', '/', '\'' -> letter;
            case 'n' -> '\n';
            case 't' -> '\t';
            case 'r' -> '\r';
            case 'b' -> '\b';
            case 'f' -> '\f';
            case 'v' -> 0x0B;
            default -> throw fault("has an unknown escape");
        };
        at = from + 1;
        return to + 1;
    }

    private int unicode(int digits, int to) {
        int unit = hex(digits);
        at = digits + 4;
        if (unit < 0x80) {
            text[to] = (byte) unit;
            return to + 1;
        }
        if (Character.isSurrogate((char) unit)) {
            return surrogate((char) unit, to);
        }
        return utf8(unit, to);
    }

    /** Half a pair alone is no character: it becomes a question mark, as in {@code String.getBytes}. */
    private int surrogate(char unit, int to) {
        if (Character.isHighSurrogate(unit) && end - at >= 6 && text[at] == '\\' && text[at + 1] == 'u') {
            char low = (char) hex(at + 2);
            if (Character.isLowSurrogate(low)) {
                at += 6;
                return utf8(Character.toCodePoint(unit, low), to);
            }
        }
        text[to] = '?';
        return to + 1;
    }

    private int utf8(int point, int to) {
        int next = to;
        if (point < 0x800) {
            text[next++] = (byte) (0xC0 | point >> 6);
        } else if (point < 0x1_0000) {
            text[next++] = (byte) (0xE0 | point >> 12);
            text[next++] = (byte) (0x80 | (point >> 6 & 0x3F));
        } else {
            text[next++] = (byte) (0xF0 | point >> 18);
            text[next++] = (byte) (0x80 | (point >> 12 & 0x3F));
            text[next++] = (byte) (0x80 | (point >> 6 & 0x3F));
        }
        text[next++] = (byte) (0x80 | (point & 0x3F));
        return next;
    }

    private int hex(int from) {
        if (end - from < 4) {
            throw fault("ends within an escape");
        }
        int unit = HEX[text[from] & 0xFF] << 12
                | HEX[text[from + 1] & 0xFF] << 8
                | HEX[text[from + 2] & 0xFF] << 4
                | HEX[text[from + 3] & 0xFF];
        if (unit < 0) {
            throw fault("has an escape without its four digits");
        }
        return unit;
    }

    /** Where the next quote or backslash stands; looks at eight bytes at a time. */
    private int nextSpecial(int from) {
        int i = from;
        for (; i <= end - 8; i += 8) {
            long word = (long) LONG.get(text, i);
            long hits = specials(word);
            if (hits != 0) {
                return i + (Long.numberOfTrailingZeros(hits) >>> 3);
            }
        }
        for (; i < end; i++) {
            if (text[i] == '"' || text[i] == '\\') {
                return i;
            }
        }
        throw fault("ends within a string");
    }

    /** Marks the lowest quote or backslash of eight bytes. */
    private static long specials(long word) {
        return zeroBytes(word ^ QUOTES) | zeroBytes(word ^ BACKSLASHES);
    }

    /** Marks the lowest byte that is zero; marks above it may be false. */
    private static long zeroBytes(long word) {
        return (word - ONES) & ~word & HIGH_BITS;
    }

    private boolean isToken(String word) {
        if (tokenLength != word.length()) {
            return false;
        }
        for (int i = 0; i < tokenLength; i++) {
            if (text[tokenAt + i] != word.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    private void skipSpace() {
        while (at < end && (text[at] == ' ' || text[at] == '\n' || text[at] == '\r' || text[at] == '\t')) {
            at++;
        }
    }

    private byte peek() {
        if (at >= end) {
            throw fault("ends too early");
        }
        return text[at];
    }

    private boolean isNext(char wanted) {
        skipSpace();
        if (at < end && text[at] == wanted) {
            at++;
            return true;
        }
        return false;
    }

    private void expect(char wanted) {
        if (!isNext(wanted)) {
            throw fault("lacks '" + wanted + "'");
        }
    }

    private MalformedFrame fault(String what) {
        return new MalformedFrame("JSON header " + what + " at byte " + at + " of " + end);
    }
}
