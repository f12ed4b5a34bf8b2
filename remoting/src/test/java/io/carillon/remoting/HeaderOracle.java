package io.carillon.remoting;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** What must hold of every header that was read, whatever its bytes were. One thread. */
final class HeaderOracle {
    private static final Header AGAIN = new Header();
    private static final Mac FED = mac();
    private static final Mac WANTED = mac();
    private static final int SHORT_MAX = Short.MAX_VALUE;

    private HeaderOracle() {}

    /** Reads the bytes; if they are a header, holds it against what plain code makes of it. */
    static void check(int type, byte[] bytes) {
        Header header = new Header();
        try {
            header.parse(ByteBuffer.wrap(bytes), 0, type, bytes.length);
        } catch (MalformedFrame fault) {
            require(fault.getMessage() != null && fault.getMessage().length() < 500, "a fault without a short text");
            return;
        }
        Map<String, String> fields = header.toMap();
        fields.forEach((name, value) -> checkField(header, name, value));
        checkOrder(header, fields);
        readsBack(header, fields);
    }

    private static void checkField(Header header, String name, String value) {
        if (name.isEmpty() || name.chars().anyMatch(c -> c > 126)) {
            return; // not a name that anybody asks for
        }
        int field = header.find(name);
        require(field >= 0, "field " + name + " is not found");
        require(header.value(field).equals(value), "field " + name + " is found with another value");
        byte[] copy = new byte[header.valueLength(field)];
        header.copyValue(field, copy, 0);
        require(new String(copy, UTF_8).equals(value), "field " + name + " is copied with another value");
        require(header.number(field) == number(copy, value), "field " + name + " is another number: " + value);
        require(header.isTrue(field) == asciiTrue(copy), "field " + name + " is another boolean: " + value);
    }

    private static boolean asciiTrue(byte[] value) {
        return value.length == 4 && Boolean.parseBoolean(new String(value, UTF_8));
    }

    private static long number(byte[] bytes, String text) {
        int digits = 0;
        for (byte b : bytes) {
            digits += b >= '0' && b <= '9' ? 1 : 0;
        }
        try {
            return digits < bytes.length - 1 || digits > 19 ? WholeNumber.NONE : Long.parseLong(text);
        } catch (NumberFormatException _) {
            return WholeNumber.NONE;
        }
    }

    /** Signed content is what Java's sorted map gives, as long as all names are text. */
    private static void checkOrder(Header header, Map<String, String> fields) {
        if (fields.keySet().stream().anyMatch(name -> name.indexOf('\uFFFD') >= 0)
                || fields.values().stream().anyMatch(value -> value.indexOf('\uFFFD') >= 0)) {
            return;
        }
        header.feed(FED, "Signature", null);
        new TreeMap<>(fields).forEach((name, value) -> {
            if (!name.equals("Signature")) {
                WANTED.update(value.getBytes(UTF_8));
            }
        });
        require(Arrays.equals(FED.doFinal(), WANTED.doFinal()), "the signed content differs");
    }

    private static void readsBack(Header header, Map<String, String> fields) {
        String remark = header.remark() == null ? "" : header.remark();
        if (fields.keySet().stream().anyMatch(name -> name.getBytes(UTF_8).length > SHORT_MAX)) {
            return; // broken text, which became longer when it was decoded
        }
        byte[] binary =
                ReferenceCodec.binaryHeader(header.code, 0, header.version, header.opaque, header.flag, remark, fields);
        AGAIN.parse(ByteBuffer.wrap(binary), 0, Header.TYPE_BINARY, binary.length);
        requireSame(header, fields, remark);
        byte[] json = json(header, fields, remark).getBytes(UTF_8);
        AGAIN.parse(ByteBuffer.wrap(json), 0, Header.TYPE_JSON, json.length);
        requireSame(header, fields, remark);
        require(AGAIN.code == header.code && AGAIN.version == header.version, "the code or version differs in JSON");
    }

    private static void requireSame(Header header, Map<String, String> fields, String remark) {
        require(AGAIN.toMap().equals(fields), "fields differ when written and read again");
        require(remark.equals(AGAIN.remark() == null ? "" : AGAIN.remark()), "the remark differs when read again");
        require(AGAIN.opaque == header.opaque && AGAIN.flag == header.flag, "opaque or flag differ when read again");
    }

    private static String json(Header header, Map<String, String> fields, String remark) {
        StringBuilder text = new StringBuilder("{\"code\":" + header.code + ",\"opaque\":" + header.opaque
                + ",\"flag\":" + header.flag + ",\"version\":" + header.version + ",\"remark\":"
                + ReferenceCodec.quoted(remark) + ",\"extFields\":{");
        String comma = "";
        for (Map.Entry<String, String> field : fields.entrySet()) {
            text.append(comma).append(ReferenceCodec.quoted(field.getKey()));
            text.append(':').append(ReferenceCodec.quoted(field.getValue()));
            comma = ",";
        }
        return text.append("}}").toString();
    }

    private static Mac mac() {
        try {
            Mac mac = Mac.getInstance("HmacSHA1");
            mac.init(new SecretKeySpec(new byte[] {1}, "HmacSHA1"));
            return mac;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void require(boolean holds, String fault) {
        if (!holds) {
            throw new AssertionError(fault);
        }
    }
}
