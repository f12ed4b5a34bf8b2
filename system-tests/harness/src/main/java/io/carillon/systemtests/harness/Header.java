package io.carillon.systemtests.harness;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The header of a frame that came from a server, in either encoding (Apache answers a binary request in JSON).
 *
 * <p>Written for tests, apart from the server's own codec, so that a mistake there is not repeated here.
 */
record Header(int code, int opaque, int flag, String remark, Map<String, String> ext) {

    /** Reads the header of a frame whose length field has been taken off. */
    static Header read(ByteBuffer frame) {
        int word = frame.getInt();
        byte[] bytes = new byte[word & 0xFFFFFF];
        frame.get(bytes);
        return word >>> 24 == 1 ? binary(ByteBuffer.wrap(bytes)) : new JsonText(new String(bytes, UTF_8)).header();
    }

    boolean isAnswer() {
        return (flag & 1) == 1;
    }

    private static Header binary(ByteBuffer bytes) {
        int code = bytes.getShort();
        bytes.position(bytes.position() + 3);
        int opaque = bytes.getInt();
        int flag = bytes.getInt();
        String remark = text(bytes, bytes.getInt());
        Map<String, String> ext = new LinkedHashMap<>();
        int extBytes = bytes.getInt();
        int end = bytes.position() + extBytes;
        while (bytes.position() < end) {
            String name = text(bytes, bytes.getShort());
            ext.put(name, text(bytes, bytes.getInt()));
        }
        return new Header(code, opaque, flag, remark, ext);
    }

    private static String text(ByteBuffer from, int length) {
        byte[] bytes = new byte[length];
        from.get(bytes);
        return new String(bytes, UTF_8);
    }

    /** Just enough JSON for a header: one object whose values are scalars, but for {@code extFields}. */
    private static final class JsonText {
        private final String text;
        private int at;

        JsonText(String text) {
            this.text = text;
        }

        Header header() {
            Map<String, String> ext = new LinkedHashMap<>();
            Map<String, String> fields = object(ext);
            return new Header(
                    Integer.parseInt(fields.getOrDefault("code", "0")),
                    Integer.parseInt(fields.getOrDefault("opaque", "0")),
                    Integer.parseInt(fields.getOrDefault("flag", "0")),
                    fields.getOrDefault("remark", ""),
                    ext);
        }

        private Map<String, String> object(Map<String, String> inner) {
            Map<String, String> fields = new LinkedHashMap<>();
            expect('{');
            while (!take('}')) {
                String name = string();
                expect(':');
                if (peek() == '{') {
                    inner.putAll(object(inner));
                } else {
                    fields.put(name, peek() == '"' ? string() : scalar());
                }
                take(',');
            }
            return fields;
        }

        private String scalar() {
            int from = at;
            while (",}".indexOf(text.charAt(at)) < 0) {
                at++;
            }
            return text.substring(from, at).strip();
        }

        private String string() {
            StringBuilder out = new StringBuilder();
            expect('"');
            while (text.charAt(at) != '"') {
                char c = text.charAt(at++);
                out.append(c == '\\' ? escaped() : c);
            }
            at++;
            return out.toString();
        }

        private char escaped() {
            char c = text.charAt(at++);
            return switch (c) {
                case 'n' -> '\n';
                case 't' -> '\t';
                case 'r' -> '\r';
                case 'b' -> '\b';
                case 'f' -> '\f';
                case 'u' -> {
                    at += 4;
                    yield (char) Integer.parseInt(text, at - 4, at, 16);
                }
                default -> c;
            };
        }

        private char peek() {
            while (Character.isWhitespace(text.charAt(at))) {
                at++;
            }
            return text.charAt(at);
        }

        private boolean take(char wanted) {
            boolean isThere = peek() == wanted;
            at += isThere ? 1 : 0;
            return isThere;
        }

        private void expect(char wanted) {
            if (!take(wanted)) {
                throw new IllegalArgumentException("no " + wanted + " at " + at + " of " + text);
            }
        }
    }
}
