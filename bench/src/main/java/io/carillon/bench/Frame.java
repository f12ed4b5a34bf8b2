package io.carillon.bench;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Encodes one request frame as the official Java client 5.5 does. Called while a run is set up (and for each pull), never
 * once per sent message: sends go through {@link SendFrame}.
 *
 * <pre>
 * int32 length of all that follows | int32 header format (8 bits) and length (24 bits) | header | body
 * </pre>
 */
final class Frame {
    /** The ordinal of version 5.5.0. */
    private static final int VERSION = 513;

    private static final byte[] NO_BODY = {};

    private final int code;
    private final int opaque;
    private final Map<String, String> fields;
    private final byte[] body;

    Frame(int code, int opaque, Map<String, String> fields, byte[] body) {
        this.code = code;
        this.opaque = opaque;
        this.fields = fields;
        this.body = body;
    }

    Frame(int code, int opaque, Map<String, String> fields) {
        this(code, opaque, fields, NO_BODY);
    }

    byte[] encode(HeaderFormat format) {
        byte[] header = switch (format) {
            case JSON -> jsonHeader();
            case BINARY -> binaryHeader();
        };
        return ByteBuffer.allocate(8 + header.length + body.length)
                .putInt(4 + header.length + body.length)
                .putInt((format.number() << 24) | header.length)
                .put(header)
                .put(body)
                .array();
    }

    private byte[] jsonHeader() {
        String extFields = fields.entrySet().stream()
                .map(field -> quoted(field.getKey()) + ":" + quoted(field.getValue()))
                .collect(Collectors.joining(",", "{", "}"));
        String json = "{\"code\":" + code + ",\"extFields\":" + extFields
                + ",\"flag\":0,\"language\":\"JAVA\",\"opaque\":" + opaque
                + ",\"serializeTypeCurrentRPC\":\"JSON\",\"version\":" + VERSION + "}";
        return json.getBytes(StandardCharsets.UTF_8);
    }

    private static String quoted(String text) {
        var quoted = new StringBuilder(text.length() + 16).append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c < ' ') {
                quoted.append(String.format("\\u%04x", (int) c));
            } else if (c == '"' || c == '\\') {
                quoted.append('\\').append(c);
            } else {
                quoted.append(c);
            }
        }
        return quoted.append('"').toString();
    }

    private byte[] binaryHeader() {
        try {
            byte[] map = binaryFields();
            var bytes = new ByteArrayOutputStream();
            var out = new DataOutputStream(bytes);
            out.writeShort(code);
            out.writeByte(0); // language: Java
            out.writeShort(VERSION);
            out.writeInt(opaque);
            out.writeInt(0); // flag
            out.writeInt(0); // no remark
            out.writeInt(map.length);
            out.write(map);
            return bytes.toByteArray();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private byte[] binaryFields() throws IOException {
        var bytes = new ByteArrayOutputStream();
        var out = new DataOutputStream(bytes);
        for (var field : fields.entrySet()) {
            byte[] name = field.getKey().getBytes(StandardCharsets.UTF_8);
            byte[] value = field.getValue().getBytes(StandardCharsets.UTF_8);
            out.writeShort(name.length);
            out.write(name);
            out.writeInt(value.length);
            out.write(value);
        }
        return bytes.toByteArray();
    }
}
