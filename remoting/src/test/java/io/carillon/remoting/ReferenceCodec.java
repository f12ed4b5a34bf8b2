package io.carillon.remoting;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.Map;

/** Frames made the plain way, to hold the fast one against. */
final class ReferenceCodec {
    private ReferenceCodec() {}

    static byte[] frame(int type, byte[] header, byte[] body) {
        ByteBuffer frame = ByteBuffer.allocate(8 + header.length + body.length);
        frame.putInt(4 + header.length + body.length);
        frame.putInt(type << 24 | header.length);
        return frame.put(header).put(body).array();
    }

    static byte[] jsonFrame(String header, byte... body) {
        return frame(0, header.getBytes(UTF_8), body);
    }

    static byte[] request(int code, int opaque, int flag, Map<String, String> ext, byte... body) {
        StringBuilder header = new StringBuilder("{\"code\":" + code + ",\"extFields\":{");
        String comma = "";
        for (Map.Entry<String, String> field : ext.entrySet()) {
            header.append(comma).append(quoted(field.getKey())).append(':').append(quoted(field.getValue()));
            comma = ",";
        }
        header.append("},\"flag\":" + flag + ",\"language\":\"JAVA\",\"opaque\":" + opaque);
        return jsonFrame(
                header.append(",\"serializeTypeCurrentRPC\":\"JSON\",\"version\":401}")
                        .toString(),
                body);
    }

    static byte[] request(int code, int opaque) {
        return request(code, opaque, 0, Map.of());
    }

    static String quoted(String text) {
        StringBuilder quoted = new StringBuilder("\"");
        for (char c : text.toCharArray()) {
            if (c < ' ' || c == '"' || c == '\\') {
                quoted.append(String.format("\\u%04x", (int) c));
            } else {
                quoted.append(c);
            }
        }
        return quoted.append('"').toString();
    }

    static byte[] binaryHeader(
            int code, int language, int version, int opaque, int flag, String remark, Map<String, String> ext) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeShort(code);
            out.writeByte(language);
            out.writeShort(version);
            out.writeInt(opaque);
            out.writeInt(flag);
            byte[] remarkBytes = remark.getBytes(UTF_8);
            out.writeInt(remarkBytes.length);
            out.write(remarkBytes);
            byte[] fields = binaryFields(ext);
            out.writeInt(fields.length);
            out.write(fields);
        } catch (IOException fault) {
            throw new UncheckedIOException(fault);
        }
        return bytes.toByteArray();
    }

    private static byte[] binaryFields(Map<String, String> ext) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        for (Map.Entry<String, String> field : ext.entrySet()) {
            byte[] key = field.getKey().getBytes(UTF_8);
            byte[] value = field.getValue().getBytes(UTF_8);
            out.writeShort(key.length);
            out.write(key);
            out.writeInt(value.length);
            out.write(value);
        }
        return bytes.toByteArray();
    }

    /** What our writer makes of an answer with a JSON header. */
    static byte[] answer(int code, int opaque, String extFields, String remark, byte... body) {
        String remarkMember = remark.isEmpty() ? "" : ",\"remark\":" + quoted(remark);
        return jsonFrame(
                "{\"code\":" + code + ",\"extFields\":{" + extFields + "},\"flag\":1,\"language\":\"JAVA\",\"opaque\":"
                        + opaque + remarkMember + ",\"serializeTypeCurrentRPC\":\"JSON\",\"version\":513}",
                body);
    }
}
