package io.carillon.remoting;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import javax.crypto.Mac;
import org.jspecify.annotations.Nullable;

/**
 * The header of one frame, of either encoding, as an index over its bytes: no map, and no string until one is asked
 * for. Reused for the next frame. One thread.
 *
 * <p>The bytes are a private copy, a few hundred that stay in the processor's cache: an array is what is scanned and
 * compared fastest, and JSON escapes are resolved in place, so that every value is a plain range of UTF-8.
 */
final class Header {
    static final int TYPE_JSON = 0;
    static final int TYPE_BINARY = 1;

    /** Official clients send 25 at most: the 20 of a pull, and those of signatures and namespaces. */
    private static final int FIELDS_MAX = 128;

    private static final int KEY_MAX = Short.MAX_VALUE;
    private static final int ABSENT = -1;
    private static final int RESPONSE = 1;
    private static final int ONE_WAY = 2;
    private static final String[] LANGUAGES = {
        "JAVA", "CPP", "DOTNET", "PYTHON", "DELPHI", "ERLANG", "RUBY", "OTHER", "HTTP", "GO", "PHP", "OMS", "RUST",
        "NODE_JS"
    };
    private static final String OTHER = "OTHER";
    /** Bytes kept for the next header; what a rare long one needed more is given back. */
    private static final int KEPT_BYTES = 64 << 10;

    int code;
    int opaque;
    int flag;
    int version;

    private final JsonHeaderParser json = new JsonHeaderParser();
    private byte[] bytes = new byte[1024];
    private boolean isBinary;
    private String language = OTHER;
    private int remarkAt = ABSENT;
    private int remarkLength;

    /** Of each field: its key's mark, where its key begins, where its value begins, how long its value is. */
    private int[] fields = new int[4 * 24];

    private int fieldsEnd;

    /** Fields in the order of their keys; only for who asks for that. */
    private int[] order = {};

    /** @throws MalformedFrame when the bytes are no header of this type */
    void parse(ByteBuffer frame, int at, int type, int length) {
        clear();
        copy(frame, at, length);
        switch (type) {
            case TYPE_JSON -> json.parse(bytes, length, this);
            case TYPE_BINARY -> BinaryHeaderParser.parse(bytes, length, this);
            default -> throw new MalformedFrame("unknown header encoding " + type);
        }
        isBinary = type == TYPE_BINARY;
    }

    private void clear() {
        code = 0;
        opaque = 0;
        flag = 0;
        version = 0;
        language = OTHER;
        noRemark();
        noFields();
    }

    void noRemark() {
        remarkAt = ABSENT;
    }

    void noFields() {
        fieldsEnd = 0;
    }

    private void copy(ByteBuffer frame, int at, int length) {
        if (length > bytes.length || bytes.length > KEPT_BYTES) {
            bytes = new byte[Math.max(length, 1024)];
        }
        frame.get(at, bytes, 0, length);
    }

    boolean isBinary() {
        return isBinary;
    }

    boolean isResponse() {
        return (flag & RESPONSE) != 0;
    }

    boolean isOneWay() {
        return (flag & ONE_WAY) != 0;
    }

    String language() {
        return language;
    }

    void language(int number) {
        language = number >= 0 && number < LANGUAGES.length ? LANGUAGES[number] : OTHER;
    }

    void language(int at, int length) {
        for (String name : LANGUAGES) {
            if (equal(name, at, length)) {
                language = name;
                return;
            }
        }
        language = OTHER;
    }

    void remark(int at, int length) {
        remarkAt = at;
        remarkLength = length;
    }

    @Nullable
    String remark() {
        return remarkAt == ABSENT ? null : text(remarkAt, remarkLength);
    }

    void add(int keyAt, int keyLength, int valueAt, int valueLength) {
        if (fieldsEnd == fields.length) {
            grow();
        }
        if (keyLength > KEY_MAX) {
            throw new MalformedFrame("header has a key of " + keyLength + " bytes");
        }
        int[] to = fields;
        int i = fieldsEnd;
        to[i] = keyLength == 0 ? 0 : mark(keyLength, bytes[keyAt], bytes[keyAt + keyLength - 1]);
        to[i + 1] = keyAt;
        to[i + 2] = valueAt;
        to[i + 3] = valueLength;
        fieldsEnd = i + 4;
    }

    private void grow() {
        if (fieldsEnd >= 4 * FIELDS_MAX) {
            throw new MalformedFrame("header has more than " + FIELDS_MAX + " fields");
        }
        fields = Arrays.copyOf(fields, Math.min(fields.length * 2, 4 * FIELDS_MAX));
    }

    /** The field of this name, to be asked for its value; negative when there is none. Of two the last one counts. */
    int find(String name) {
        int mark = mark(name.length(), name.charAt(0), name.charAt(name.length() - 1));
        int[] in = fields;
        for (int i = fieldsEnd - 4; i >= 0; i -= 4) {
            if (in[i] == mark && equal(name, in[i + 1], keyLength(i))) {
                return i;
            }
        }
        return ABSENT;
    }

    /** Tells most keys apart by one comparison: length, first and last byte. */
    private static int mark(int length, int first, int last) {
        return length << 16 | (first & 0xFF) << 8 | (last & 0xFF);
    }

    private int keyLength(int field) {
        return fields[field] >>> 16;
    }

    private boolean equal(String name, int at, int length) {
        if (name.length() != length) {
            return false;
        }
        for (int i = 0; i < length; i++) {
            if (name.charAt(i) != bytes[at + i]) {
                return false;
            }
        }
        return true;
    }

    String value(int field) {
        return text(fields[field + 2], fields[field + 3]);
    }

    /** {@link WholeNumber#NONE} when the value is no whole number. */
    long number(int field) {
        return WholeNumber.parse(bytes, fields[field + 2], fields[field + 3]);
    }

    /** As {@code Boolean.parseBoolean}: anything but "true" is false. */
    boolean isTrue(int field) {
        int at = fields[field + 2];
        return fields[field + 3] == 4
                && (bytes[at] | 0x20) == 't'
                && (bytes[at + 1] | 0x20) == 'r'
                && (bytes[at + 2] | 0x20) == 'u'
                && (bytes[at + 3] | 0x20) == 'e';
    }

    int valueLength(int field) {
        return fields[field + 3];
    }

    void copyValue(int field, byte[] into, int at) {
        System.arraycopy(bytes, fields[field + 2], into, at, fields[field + 3]);
    }

    int count() {
        return fieldsEnd / 4;
    }

    /**
     * Feeds the values of all fields but the two to a MAC, in the order that Java's strings give the keys, as signing
     * clients do. Of two fields of one name the last one counts.
     */
    void feed(Mac mac, String except, @Nullable String alsoExcept) {
        int count = sort();
        for (int i = 0; i < count; i++) {
            int field = order[i];
            boolean isDouble = i + 1 < count && compareKeys(field, order[i + 1]) == 0;
            if (!isDouble && !isNamed(field, except) && (alsoExcept == null || !isNamed(field, alsoExcept))) {
                mac.update(bytes, fields[field + 2], fields[field + 3]);
            }
        }
    }

    private boolean isNamed(int field, String name) {
        return equal(name, fields[field + 1], keyLength(field));
    }

    /** By insertion: fields are few, and equal ones must keep their order. */
    private int sort() {
        int count = count();
        if (order.length < count) {
            order = new int[Math.max(32, count)];
        }
        for (int i = 0; i < count; i++) {
            int at = i;
            for (; at > 0 && compareKeys(order[at - 1], 4 * i) > 0; at--) {
                order[at] = order[at - 1];
            }
            order[at] = 4 * i;
        }
        return count;
    }

    private int compareKeys(int one, int other) {
        int oneAt = fields[one + 1];
        int otherAt = fields[other + 1];
        int oneLength = keyLength(one);
        int otherLength = keyLength(other);
        int differ = Arrays.mismatch(bytes, oneAt, oneAt + oneLength, bytes, otherAt, otherAt + otherLength);
        if (differ < 0) {
            return 0;
        }
        if (differ == oneLength || differ == otherLength) {
            return oneLength - otherLength;
        }
        return rank(bytes[oneAt + differ]) - rank(bytes[otherAt + differ]);
    }

    /** Bytes of UTF-8 sort as characters do, but that strings sort U+E000 to U+FFFF behind all that is above them. */
    private static int rank(byte b) {
        int value = b & 0xFF;
        return value == 0xEE || value == 0xEF ? value + 0x20 : value;
    }

    Map<String, String> toMap() {
        Map<String, String> map = new HashMap<>();
        for (int i = 0; i < fieldsEnd; i += 4) {
            map.put(text(fields[i + 1], keyLength(i)), value(i));
        }
        return map;
    }

    private String text(int at, int length) {
        return new String(bytes, at, length, UTF_8);
    }
}
