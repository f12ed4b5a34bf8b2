package io.carillon.broker.filter;

import java.util.Locale;
import java.util.Map;

/**
 * A word of an expression.
 *
 * @param at its first character
 * @param text as it stands there; of a string what it means
 */
record SqlToken(Kind kind, int at, String text) {
    enum Kind {
        NOT,
        AND,
        OR,
        BETWEEN,
        IN,
        TRUE,
        FALSE,
        NULL,
        IS,
        CONTAINS,
        STARTSWITH,
        ENDSWITH,
        NAME,
        STRING,
        WHOLE_NUMBER,
        REAL_NUMBER,
        SYMBOL,
        END
    }

    private static final Map<String, Kind> KEYWORDS = Map.ofEntries(
            Map.entry("NOT", Kind.NOT),
            Map.entry("AND", Kind.AND),
            Map.entry("OR", Kind.OR),
            Map.entry("BETWEEN", Kind.BETWEEN),
            Map.entry("IN", Kind.IN),
            Map.entry("TRUE", Kind.TRUE),
            Map.entry("FALSE", Kind.FALSE),
            Map.entry("NULL", Kind.NULL),
            Map.entry("IS", Kind.IS),
            Map.entry("CONTAINS", Kind.CONTAINS),
            Map.entry("STARTSWITH", Kind.STARTSWITH),
            Map.entry("ENDSWITH", Kind.ENDSWITH));

    private static final int SHOWN_MAX = 40;

    /** A keyword in any case, or the name of a property. */
    static SqlToken word(int at, String text) {
        return new SqlToken(KEYWORDS.getOrDefault(text.toUpperCase(Locale.ROOT), Kind.NAME), at, text);
    }

    boolean is(Kind wanted) {
        return kind == wanted;
    }

    boolean isSymbol(String symbol) {
        return kind == Kind.SYMBOL && text.equals(symbol);
    }

    /** For error messages. */
    String shown() {
        String beginning = text.length() > SHOWN_MAX ? text.substring(0, SHOWN_MAX) + "..." : text;
        return switch (kind) {
            case END -> "the end";
            case STRING -> "the string '" + beginning + "'";
            default -> "'" + beginning + "'";
        };
    }
}
