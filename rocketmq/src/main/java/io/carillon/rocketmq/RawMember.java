package io.carillon.rocketmq;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Finds a member of a JSON object without reading what it holds: clients write maps whose keys are objects, which no
 * JSON library reads, and which are only to be passed on. Its text is as the client wrote it, balanced and no deeper than
 * {@value #DEPTH_MAX}, or it is not found.
 */
final class RawMember {
    private static final int DEPTH_MAX = 16;

    private final String text;
    private int at;

    private RawMember(String text) {
        this.text = text;
    }

    /** The value of the member of this name in the outermost object, when it is an object; else null. */
    static @Nullable String find(byte[] json, String name) {
        RawMember reader = new RawMember(new String(json, StandardCharsets.UTF_8));
        return reader.find('"' + name + '"');
    }

    private @Nullable String find(String quoted) {
        int depth = 0;
        while (at < text.length()) {
            char c = text.charAt(at);
            if (c == '"') {
                int from = at;
                if (!skipText()) {
                    return null;
                }
                if (depth == 1 && text.startsWith(quoted, from) && at == from + quoted.length()) {
                    return value();
                }
            } else {
                depth += c == '{' || c == '[' ? 1 : c == '}' || c == ']' ? -1 : 0;
                at++;
            }
            if (depth < 0 || depth > DEPTH_MAX) {
                return null;
            }
        }
        return null;
    }

    private @Nullable String value() {
        skipBlanks();
        if (at >= text.length() || text.charAt(at++) != ':') {
            return null;
        }
        skipBlanks();
        int from = at;
        return at < text.length() && text.charAt(at) == '{' && skipObject() ? text.substring(from, at) : null;
    }

    /** Passes an object, from its first brace to behind its last; false when it has none. */
    private boolean skipObject() {
        StringBuilder open = new StringBuilder();
        do {
            char c = text.charAt(at);
            if (c == '"') {
                if (!skipText()) {
                    return false;
                }
                continue;
            }
            if (c == '{' || c == '[') {
                open.append(c == '{' ? '}' : ']');
            } else if (c == '}' || c == ']') {
                if (open.charAt(open.length() - 1) != c) {
                    return false;
                }
                open.setLength(open.length() - 1);
            }
            at++;
        } while (!open.isEmpty() && open.length() <= DEPTH_MAX && at < text.length());
        return open.isEmpty();
    }

    /** Passes a text, from its first quote to behind its last; false when it has none. */
    private boolean skipText() {
        for (at++; at < text.length(); at++) {
            char c = text.charAt(at);
            if (c == '\\') {
                at++;
            } else if (c == '"') {
                at++;
                return true;
            }
        }
        return false;
    }

    private void skipBlanks() {
        while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
            at++;
        }
    }
}
