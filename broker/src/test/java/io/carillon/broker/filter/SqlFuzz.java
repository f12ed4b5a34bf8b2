package io.carillon.broker.filter;

import io.carillon.message.MessageProperties;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;

/**
 * Fuzz target: any text is a filter or has an error that says where, and a filter decides the same of the same
 * properties every time and in brackets, and lets through no message that its opposite lets through, too. Up to the first
 * zero byte the input is the expression, behind it are stored properties.
 */
public final class SqlFuzz {
    private static final int PROPERTIES_MAX = 0xFFFF;
    private static final RecordProperties PROPERTIES = new RecordProperties();

    private SqlFuzz() {}

    public static void fuzzerTestOneInput(byte[] input) {
        int end = 0;
        while (end < input.length && input[end] != 0) {
            end++;
        }
        String text = new String(input, 0, end, StandardCharsets.UTF_8);
        byte[] stored = Arrays.copyOfRange(input, Math.min(end + 1, input.length), input.length);
        switch (SqlFilter.parse(text)) {
            case SqlFilter.Parsed.Bad(String error) ->
                require(error.startsWith("the filter expression is wrong at character "), "an error without a place");
            case SqlFilter.Parsed.Good(SqlFilter filter) -> {
                if (stored.length <= PROPERTIES_MAX) {
                    check(filter, text, stored);
                }
            }
        }
    }

    private static void check(SqlFilter filter, String text, byte[] stored) {
        RecordProperties properties = properties(stored);
        boolean matches = filter.matches(properties);
        require(filter.weight() >= 1 && filter.toString().equals(text), "the filter is not what was written");
        require(filter.matches(properties) == matches, "the filter decides in two ways");
        require(!(SqlFilter.parse(text) instanceof SqlFilter.Parsed.Bad), "the text is good only once");
        if (SqlFilter.parse("(" + text + ")") instanceof SqlFilter.Parsed.Good(SqlFilter inBrackets)) {
            require(inBrackets.matches(properties) == matches, "brackets change what is let through");
        }
        if (SqlFilter.parse("NOT (" + text + ")") instanceof SqlFilter.Parsed.Good(SqlFilter opposite)) {
            require(!matches || !opposite.matches(properties), "the filter and its opposite both let it through");
        }
        Map<String, String> decoded = MessageProperties.decode(MemorySegment.ofArray(stored), 0, stored.length);
        require(decoded.equals(properties.asMap()), "the properties changed");
    }

    private static RecordProperties properties(byte[] stored) {
        System.arraycopy(stored, 0, PROPERTIES.room(), 0, stored.length);
        return PROPERTIES.filled(stored.length);
    }

    private static void require(boolean holds, String fault) {
        if (!holds) {
            throw new AssertionError(fault);
        }
    }
}
