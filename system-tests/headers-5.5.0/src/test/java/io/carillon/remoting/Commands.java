package io.carillon.remoting;

import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.apache.rocketmq.remoting.protocol.LanguageCode;
import org.apache.rocketmq.remoting.protocol.RemotingCommand;
import org.apache.rocketmq.remoting.protocol.SerializeType;

/** Random headers such as a client may send, made and written by Apache's code. */
final class Commands {
    private static final String[] PARTS = {
        "a",
        "producerGroup",
        "%RETRY%",
        "\"",
        "\\",
        "/",
        "\u0001",
        "\u0002",
        "\n",
        "\t",
        "\r",
        "\f",
        "\b",
        "\u0000",
        "\u007f",
        " ",
        "{",
        "}",
        "[",
        ":",
        ",",
        "'",
        "null",
        "true",
        "-1",
        "0",
        "9223372036854775807",
        "\u00e4",
        "\u4e2d",
        "\u2028",
        "\ufeff",
        "\ud83d\ude00",
        "x".repeat(300)
    };

    private Commands() {}

    static byte[] written(RemotingCommand command) {
        java.nio.ByteBuffer frame = command.encode();
        byte[] header = new byte[frame.remaining() - 8];
        frame.get(8, header);
        return header;
    }

    static int typeOf(RemotingCommand command) {
        return command.getSerializeTypeCurrentRPC() == SerializeType.JSON ? Header.TYPE_JSON : Header.TYPE_BINARY;
    }

    static RemotingCommand any(Random random) {
        boolean isBinary = random.nextBoolean();
        RemotingCommand command = RemotingCommand.createRequestCommand(0, null);
        command.setSerializeTypeCurrentRPC(isBinary ? SerializeType.ROCKETMQ : SerializeType.JSON);
        // The binary header has 16 bits for them.
        command.setCode(isBinary ? (short) random.nextInt() : number(random));
        command.setVersion(isBinary ? (short) random.nextInt() : number(random));
        command.setOpaque(number(random));
        command.setFlag(random.nextInt(4) == 0 ? number(random) : random.nextInt(4));
        LanguageCode[] languages = LanguageCode.values();
        command.setLanguage(languages[random.nextInt(languages.length)]);
        command.setRemark(random.nextInt(3) == 0 ? null : text(random));
        command.setExtFields(random.nextInt(8) == 0 ? null : fields(random));
        return command;
    }

    /** One of few bytes, so that a change hits what matters. */
    static RemotingCommand small(Random random) {
        RemotingCommand command = RemotingCommand.createRequestCommand(random.nextInt(500), null);
        command.setSerializeTypeCurrentRPC(random.nextBoolean() ? SerializeType.ROCKETMQ : SerializeType.JSON);
        command.setRemark("hi");
        command.addExtField("a", "b");
        command.addExtField("c", "12");
        return command;
    }

    private static HashMap<String, String> fields(Random random) {
        HashMap<String, String> fields = new HashMap<>();
        for (int i = random.nextInt(30); i > 0; i--) {
            fields.put(random.nextInt(4) == 0 ? text(random) + i : "field" + i, text(random));
        }
        return fields;
    }

    static Map<String, String> asciiNamed(Random random) {
        Map<String, String> fields = new HashMap<>();
        for (int i = random.nextInt(30); i > 0; i--) {
            fields.put("field" + i, text(random));
        }
        return fields;
    }

    private static int number(Random random) {
        return switch (random.nextInt(4)) {
            case 0 -> random.nextInt();
            case 1 -> Integer.MIN_VALUE + random.nextInt(2);
            case 2 -> Integer.MAX_VALUE - random.nextInt(2);
            default -> random.nextInt(2000) - 100;
        };
    }

    static String text(Random random) {
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(6); i > 0; i--) {
            text.append(random.nextInt(3) == 0 ? anyChar(random) : PARTS[random.nextInt(PARTS.length)]);
        }
        return text.toString();
    }

    private static String anyChar(Random random) {
        int point = random.nextInt(0x11_0000);
        boolean isHalf = point >= Character.MIN_SURROGATE && point <= Character.MAX_SURROGATE;
        return Character.toString(isHalf ? 'h' : point);
    }
}
