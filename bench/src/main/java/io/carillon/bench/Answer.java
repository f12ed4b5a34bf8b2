package io.carillon.bench;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * A flyweight over one answer in a connection's input buffer: what a load must know of it, and no more. JSON headers are not
 * parsed; a field is looked for where it stood in the answer before, and only then searched. In JSON text a quote within a
 * string is escaped, so {@code "code":} can only be the field.
 */
final class Answer {
    private final JsonField code = new JsonField("code");
    private final JsonField opaque = new JsonField("opaque");
    private final JsonField flag = new JsonField("flag");
    private final JsonField nextBeginOffset = new JsonField("nextBeginOffset");
    private final JsonField maxOffset = new JsonField("maxOffset");
    private final JsonField queueOffset = new JsonField("queueOffset");
    private final JsonField msgId = new JsonField("msgId");

    private ByteBuffer bytes = ByteBuffer.allocate(0);
    private int headerAt;
    private int headerEnd;
    private int end;
    private boolean binary;

    /** Moves over the frame at {@code at}, if it has arrived whole: returns where the next one starts, or -1. */
    int moveTo(ByteBuffer input, int at, int limit) {
        if (limit - at < 8) {
            return -1;
        }
        int length = input.getInt(at);
        if (limit - at - 4 < length) {
            return -1;
        }
        int headerWord = input.getInt(at + 4);
        bytes = input;
        binary = headerWord >>> 24 == HeaderFormat.BINARY.number();
        headerAt = at + 8;
        headerEnd = headerAt + (headerWord & 0xFFFFFF);
        end = at + 4 + length;
        return end;
    }

    int code() {
        return binary ? bytes.getShort(headerAt) : (int) code.in(bytes, headerAt, headerEnd, -1);
    }

    int opaque() {
        return binary ? bytes.getInt(headerAt + 5) : (int) opaque.in(bytes, headerAt, headerEnd, -1);
    }

    /** Whether it answers a request, and is not one that the server makes itself. */
    boolean isAnswer() {
        long flags = binary ? bytes.getInt(headerAt + 9) : flag.in(bytes, headerAt, headerEnd, 0);
        return (flags & 1) != 0;
    }

    /** Of the answer to a pull with a JSON header; -1 when the field is missing. */
    long nextBeginOffset() {
        return nextBeginOffset.in(bytes, headerAt, headerEnd, -1);
    }

    /** Of the answer to a pull with a JSON header; -1 when the field is missing. */
    long maxOffset() {
        return maxOffset.in(bytes, headerAt, headerEnd, -1);
    }

    /** Of the answer to a send with a JSON header; -1 when the field is missing. */
    long queueOffset() {
        return queueOffset.in(bytes, headerAt, headerEnd, -1);
    }

    /** Where the message stands in the log, by the id in the answer to a send with a JSON header; -1 when that is missing. */
    long logOffset() {
        return msgId.logOffset(bytes, headerAt, headerEnd);
    }

    int bodyAt() {
        return headerEnd;
    }

    int end() {
        return end;
    }

    ByteBuffer bytes() {
        return bytes;
    }

    /** The header as text, for messages about errors. */
    String header() {
        byte[] text = new byte[headerEnd - headerAt];
        bytes.get(headerAt, text);
        return new String(text, StandardCharsets.UTF_8);
    }

    /** A numeric field of a JSON header, quoted or not. */
    private static final class JsonField {
        private final byte[] name;
        private int hint;

        JsonField(String name) {
            this.name = ("\"" + name + "\":").getBytes(StandardCharsets.US_ASCII);
        }

        long in(ByteBuffer bytes, int from, int to, long missing) {
            if (!standsAt(bytes, from + hint, to) && !found(bytes, from, to)) {
                return missing;
            }
            return number(bytes, from + hint + name.length, to);
        }

        /** The last 16 of the 32 hex digits of an offset message id. */
        long logOffset(ByteBuffer bytes, int from, int to) {
            if (!standsAt(bytes, from + hint, to) && !found(bytes, from, to)) {
                return -1;
            }
            int at = from + hint + name.length + 1 + 16;
            long value = 0;
            for (int i = at; i < at + 16; i++) {
                value = value << 4 | Character.digit(bytes.get(i), 16);
            }
            return value;
        }

        private boolean found(ByteBuffer bytes, int from, int to) {
            for (int at = from; at + name.length < to; at++) {
                if (standsAt(bytes, at, to)) {
                    hint = at - from;
                    return true;
                }
            }
            return false;
        }

        private boolean standsAt(ByteBuffer bytes, int at, int to) {
            if (at + name.length >= to) {
                return false;
            }
            for (int i = 0; i < name.length; i++) {
                if (bytes.get(at + i) != name[i]) {
                    return false;
                }
            }
            return true;
        }

        private static long number(ByteBuffer bytes, int from, int to) {
            int at = bytes.get(from) == '"' ? from + 1 : from;
            boolean negative = bytes.get(at) == '-';
            long value = 0;
            for (at = negative ? at + 1 : at; at < to; at++) {
                int digit = bytes.get(at) - '0';
                if (digit < 0 || digit > 9) {
                    break;
                }
                value = value * 10 + digit;
            }
            return negative ? -value : value;
        }
    }
}
