package io.carillon.broker.filter;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * FACE: a filter over a message's properties, written as an SQL92 condition (grammar and rules of evaluation: Apache
 * RocketMQ's; docs/filters.md has them). Made once for a subscription, evaluated on the bytes of the properties: no
 * object is made for a message.
 */
public final class SqlFilter implements RecordFilter {
    private final String text;
    private final PropertyNames names;
    private final Condition condition;
    private final int weight;

    SqlFilter(String text, PropertyNames names, Condition condition, int weight) {
        this.text = text;
        this.names = names;
        this.condition = condition;
        this.weight = weight;
    }

    /** What became of reading an expression. */
    public sealed interface Parsed {
        record Good(SqlFilter filter) implements Parsed {}

        /** @param error what is wrong, where, and what was expected, for the one who wrote it */
        record Bad(String error) implements Parsed {}
    }

    /** Reads any text in time that grows with its length alone. Any thread. */
    public static Parsed parse(String text) {
        try {
            return new Parsed.Good(SqlParser.parse(text));
        } catch (SqlSyntaxError wrong) {
            return new Parsed.Bad(Objects.requireNonNull(wrong.getMessage()));
        }
    }

    @Override
    public boolean matches(RecordProperties properties) {
        properties.find(names);
        return condition.test(properties) == Truth.TRUE;
    }

    @Override
    public int weight() {
        return weight;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof SqlFilter filter && text.equals(filter.text);
    }

    @Override
    public int hashCode() {
        return text.hashCode();
    }

    /** The expression as it was written. */
    @Override
    public String toString() {
        return text;
    }
}
