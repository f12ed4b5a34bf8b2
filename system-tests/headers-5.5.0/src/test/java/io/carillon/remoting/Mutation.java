package io.carillon.remoting;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.util.Random;

/** Changes a header here and there, as a faulty client or a hostile one might. */
final class Mutation {
    private static final String[] WORDS = {
        "\"",
        "\\",
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "'",
        " ",
        "\n",
        "null",
        "true",
        "false",
        "0",
        "1",
        "-",
        "+",
        ".",
        "e",
        "1.5",
        "\\u0041",
        "\\ud800",
        "\\x41",
        "\\'",
        "\\v",
        "/**/",
        "//",
        "\"code\":",
        "\"code\":\"7\",",
        "\"flag\":null,",
        "\"opaque\":8,",
        "\"remark\":5,",
        "\"extFields\":{},",
        "\"extFields\":null,",
        "\"language\":\"GO\",",
        "\"x\":[{}],",
        "99999999999",
        "-0",
        "01",
        "1e3"
    };

    private Mutation() {}

    static byte[] of(int type, byte[] header, Random random) {
        byte[] bytes = header;
        for (int i = random.nextInt(3); i >= 0; i--) {
            bytes = type == Header.TYPE_JSON && random.nextBoolean() ? withWord(bytes, random) : changed(bytes, random);
        }
        return bytes;
    }

    private static byte[] withWord(byte[] bytes, Random random) {
        byte[] word = WORDS[random.nextInt(WORDS.length)].getBytes(UTF_8);
        int at = random.nextInt(bytes.length + 1);
        int gone = random.nextBoolean() ? 0 : random.nextInt(Math.min(6, bytes.length - at + 1));
        return replaced(bytes, at, gone, word);
    }

    private static byte[] changed(byte[] bytes, Random random) {
        if (bytes.length == 0) {
            return bytes;
        }
        int at = random.nextInt(bytes.length);
        return switch (random.nextInt(5)) {
            case 0 -> replaced(bytes, at, 1, new byte[] {(byte) random.nextInt()});
            case 1 -> replaced(bytes, at, 1, new byte[] {(byte) (bytes[at] ^ 1 << random.nextInt(8))});
            case 2 -> replaced(bytes, at, random.nextInt(Math.min(4, bytes.length - at) + 1), new byte[0]);
            case 3 -> replaced(bytes, at, 0, part(bytes, random));
            default -> replaced(bytes, at, 1, new byte[] {(byte) (bytes[at] + random.nextInt(3) - 1)});
        };
    }

    private static byte[] part(byte[] bytes, Random random) {
        int at = random.nextInt(bytes.length);
        int length = random.nextInt(Math.min(12, bytes.length - at) + 1);
        return java.util.Arrays.copyOfRange(bytes, at, at + length);
    }

    private static byte[] replaced(byte[] bytes, int at, int gone, byte[] by) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(bytes, 0, at);
        out.writeBytes(by);
        out.write(bytes, at + gone, bytes.length - at - gone);
        return out.toByteArray();
    }
}
