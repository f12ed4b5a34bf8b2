package io.carillon.remoting;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.apache.rocketmq.remoting.exception.RemotingCommandException;
import org.apache.rocketmq.remoting.protocol.RemotingCommand;

/**
 * What a header says, in words that both readers' answers are brought to.
 *
 * <p>Apache reads an empty text of a binary header as null; and where a language is missing or unknown, it is Java or
 * null, which only statistics ask for.
 */
record Told(int code, int flag, int opaque, int version, String language, String remark, Map<String, String> fields) {

    /** @throws MalformedFrame when it is refused */
    static Told byCarillon(int type, byte[] bytes) {
        Header header = new Header();
        header.parse(ByteBuffer.wrap(bytes), 0, type, bytes.length);
        return new Told(
                header.code,
                header.flag,
                header.opaque,
                header.version,
                header.language(),
                Objects.requireNonNullElse(header.remark(), ""),
                new TreeMap<>(header.toMap()));
    }

    static RemotingCommand decoded(int type, byte[] bytes) throws RemotingCommandException {
        ByteBuffer frame = ByteBuffer.allocate(4 + bytes.length);
        frame.putInt(type << 24 | bytes.length).put(bytes).flip();
        return RemotingCommand.decode(frame);
    }

    static Told of(RemotingCommand command) {
        Map<String, String> fields = new TreeMap<>();
        if (command.getExtFields() != null) {
            command.getExtFields().forEach((name, value) -> fields.put(text(name), text(value)));
        }
        return new Told(
                command.getCode(),
                command.getFlag(),
                command.getOpaque(),
                command.getVersion(),
                command.getLanguage() == null ? "OTHER" : command.getLanguage().name(),
                text(command.getRemark()),
                fields);
    }

    /** Half a surrogate pair is no character, and becomes a question mark as soon as it is written. */
    private static String text(String read) {
        return read == null ? "" : new String(read.getBytes(UTF_8), UTF_8);
    }

    Told withCode(int other) {
        return new Told(other, flag, opaque, version, language, remark, fields);
    }

    Told withOpaque(int other) {
        return new Told(code, flag, other, version, language, remark, fields);
    }

    Told withLanguage(String other) {
        return new Told(code, flag, opaque, version, other, remark, fields);
    }

    /**
     * The texts as another reader has them that leaves out what is none, and does not write numbers in its own way.
     */
    Told withTexts(Told other) {
        Map<String, String> same = new TreeMap<>();
        fields.forEach((name, value) -> {
            String otherValue = other.fields.get(name);
            if (otherValue != null) {
                same.put(name, isSame(value, otherValue) ? otherValue : value);
            } else if (!value.isEmpty() && !isNested(value)) {
                same.put(name, value);
            }
        });
        boolean isSameRemark = isSame(remark, other.remark) || (other.remark.isEmpty() && isNested(remark));
        return new Told(code, flag, opaque, version, language, isSameRemark ? other.remark : remark, same);
    }

    private static boolean isNested(String value) {
        return value.startsWith("{") || value.startsWith("[");
    }

    private static boolean isSame(String one, String other) {
        try {
            return one.equals(other) || new BigDecimal(one).compareTo(new BigDecimal(other)) == 0;
        } catch (NumberFormatException _) {
            return false;
        }
    }
}
