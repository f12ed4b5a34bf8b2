package io.carillon.remoting;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;

/** Whether bytes are one JSON object by RFC 8259, and nothing else. Each method answers where it stopped, or throws. */
final class StrictJson {
    private static final String PLAIN_ESCAPES = "\"\\/bfnrt";

    private final String text;

    private StrictJson(String text) {
        this.text = text;
    }

    private static final class Wrong extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    static boolean isText(byte[] bytes) {
        try {
            UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
            return true;
        } catch (CharacterCodingException _) {
            return false;
        }
    }

    static boolean isObject(byte[] bytes) {
        StrictJson json = new StrictJson(new String(bytes, UTF_8));
        try {
            int from = json.space(0);
            return json.at(from) == '{' && json.space(json.value(from)) == json.text.length();
        } catch (Wrong _) {
            return false;
        }
    }

    /** The character there; one that stands nowhere in JSON behind the end. */
    private char at(int i) {
        return i < text.length() ? text.charAt(i) : 0;
    }

    private int space(int from) {
        int i = from;
        while (at(i) == ' ' || at(i) == '\n' || at(i) == '\t' || at(i) == '\r') {
            i++;
        }
        return i;
    }

    private int expect(char wanted, int i) {
        if (at(i) != wanted) {
            throw new Wrong();
        }
        return i + 1;
    }

    private int value(int i) {
        return switch (at(i)) {
            case '{' -> members(i + 1, '}', true);
            case '[' -> members(i + 1, ']', false);
            case '"' -> string(i + 1);
            case 't' -> word("true", i);
            case 'f' -> word("false", i);
            case 'n' -> word("null", i);
            default -> number(i);
        };
    }

    private int members(int from, char end, boolean hasKeys) {
        int i = space(from);
        if (at(i) == end) {
            return i + 1;
        }
        while (true) {
            if (hasKeys) {
                i = space(expect(':', space(string(expect('"', i)))));
            }
            i = space(value(i));
            if (at(i) == end) {
                return i + 1;
            }
            i = space(expect(',', i));
        }
    }

    private int string(int from) {
        int i = from;
        while (at(i) != '"') {
            if (at(i) < ' ') {
                throw new Wrong();
            }
            i = at(i) == '\\' ? escape(i + 1) : i + 1;
        }
        return i + 1;
    }

    private int escape(int i) {
        if (at(i) == 'u') {
            for (int digit = 1; digit <= 4; digit++) {
                if ("0123456789abcdefABCDEF".indexOf(at(i + digit)) < 0) {
                    throw new Wrong();
                }
            }
            return i + 5;
        }
        if (PLAIN_ESCAPES.indexOf(at(i)) < 0) {
            throw new Wrong();
        }
        return i + 1;
    }

    private int word(String word, int i) {
        if (!text.startsWith(word, i)) {
            throw new Wrong();
        }
        return i + word.length();
    }

    private int number(int from) {
        int i = at(from) == '-' ? from + 1 : from;
        i = at(i) == '0' ? i + 1 : digits(i);
        if (at(i) == '.') {
            i = digits(i + 1);
        }
        if (at(i) == 'e' || at(i) == 'E') {
            i = digits(at(i + 1) == '+' || at(i + 1) == '-' ? i + 2 : i + 1);
        }
        return i;
    }

    private int digits(int from) {
        int i = from;
        while (at(i) >= '0' && at(i) <= '9') {
            i++;
        }
        if (i == from) {
            throw new Wrong();
        }
        return i;
    }
}
