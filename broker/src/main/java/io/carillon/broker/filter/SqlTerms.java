package io.carillon.broker.filter;

import io.carillon.broker.filter.Comparison.Order;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Makes the parts of one expression, and refuses those that could never mean anything. Used by one parser. */
final class SqlTerms {
    private final Map<String, Value.Property> properties = new LinkedHashMap<>();
    private int terms;
    private int conditions;

    SqlFilter filter(String text, Condition condition) {
        return new SqlFilter(text, new PropertyNames(new ArrayList<>(properties.keySet())), condition, 1 + conditions);
    }

    /** Counts a term against the limit. */
    <T> T count(int at, T term) {
        if (++terms > SqlParser.TERMS_MAX) {
            throw new SqlSyntaxError(at, "it has more than " + SqlParser.TERMS_MAX + " values and operators");
        }
        return term;
    }

    private <T> T countCondition(int at, T condition) {
        conditions++;
        return count(at, condition);
    }

    Value.Property property(int at, String name) {
        Value.Property known = properties.get(name);
        if (known != null) {
            return known;
        }
        if (properties.size() == SqlParser.NAMES_MAX) {
            throw new SqlSyntaxError(at, "it names more than " + SqlParser.NAMES_MAX + " different properties");
        }
        Value.Property made = new Value.Property(properties.size());
        properties.put(name, made);
        return made;
    }

    Value.Numeric number(SqlToken token) {
        return token.is(SqlToken.Kind.REAL_NUMBER) ? real(token) : whole(token);
    }

    private static Value.Numeric whole(SqlToken token) {
        try {
            return Value.Numeric.of(Long.parseLong(token.text()));
        } catch (NumberFormatException tooLarge) {
            throw new SqlSyntaxError(token.at(), "the number " + token.shown() + " is larger than " + Long.MAX_VALUE);
        }
    }

    private static Value.Numeric real(SqlToken token) {
        double value = Double.parseDouble(token.text());
        if (Double.isInfinite(value)) {
            throw new SqlSyntaxError(token.at(), "the number " + token.shown() + " is larger than a double can be");
        }
        if (value == 0 && hasDigitAboveZero(token.text())) {
            throw new SqlSyntaxError(token.at(), "the number " + token.shown() + " is too small to tell it from 0");
        }
        return Value.Numeric.of(value);
    }

    private static boolean hasDigitAboveZero(String number) {
        return number.chars().takeWhile(c -> c != 'e' && c != 'E').anyMatch(c -> c >= '1' && c <= '9');
    }

    /** What a string means, in UTF-8. */
    byte[] text(SqlToken token) {
        count(token.at(), token);
        try {
            ByteBuffer bytes = StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(token.text()));
            byte[] exact = new byte[bytes.remaining()];
            bytes.get(exact);
            return exact;
        } catch (CharacterCodingException half) {
            throw new SqlSyntaxError(token.at(), "this string holds one half of a character");
        }
    }

    Value negative(Expression of) {
        return of instanceof Value.Numeric number ? number.negated() : new Value.Negative(of);
    }

    /** The expression where a condition must stand. */
    Condition condition(Expression expression, int at) {
        return switch (expression) {
            case Condition condition -> condition;
            case Value.Property property -> new Condition.Bare(property);
            case Value _ ->
                throw new SqlSyntaxError(at, "a condition was expected, and a string or number alone is none");
        };
    }

    /** The expression where something must stand that is larger or smaller than others. */
    Value comparable(Expression expression, int at) {
        return switch (expression) {
            case Value.Literal _ ->
                throw new SqlSyntaxError(
                        at, "a string cannot be larger or smaller than anything; compare with a number");
            case Condition _ ->
                throw new SqlSyntaxError(
                        at,
                        "TRUE, FALSE, NULL and conditions cannot be larger or smaller than"
                                + " anything; compare with a number");
            case Value value -> value;
        };
    }

    Condition ordered(Order order, Value left, Value right) {
        conditions++;
        return new Comparison.Ordered(order, left, right);
    }

    void checkBounds(int at, Value low, Value high) {
        if (low instanceof Value.Numeric from
                && high instanceof Value.Numeric to
                && from.isLiteral()
                && to.isLiteral()
                && from.compareTo(to) > 0) {
            throw new SqlSyntaxError(at, "BETWEEN wants the smaller bound first; so it could never be true");
        }
    }

    Condition equal(int at, Expression left, Expression right) {
        if (Condition.Constant.NULL.equals(left) || Condition.Constant.NULL.equals(right)) {
            throw new SqlSyntaxError(at, "nothing is equal or unequal to NULL; write IS NULL or IS NOT NULL");
        }
        boolean isRightLiteral =
                right instanceof Value.Literal || (right instanceof Value.Numeric number && number.isLiteral());
        if (left instanceof Condition.Constant && isRightLiteral) {
            throw new SqlSyntaxError(at, "TRUE and FALSE cannot be compared with a string or number");
        }
        return countCondition(at, new Comparison.Equal(left, right));
    }

    Condition part(int at, Expression left, Search search, boolean isNegated) {
        return countCondition(
                at,
                left instanceof Value.Text text
                        ? new Condition.Part(text, search, isNegated)
                        : new Condition.PartOfNoText(left, !search.isEmpty()));
    }

    Condition in(int at, Expression left, List<byte[]> texts) {
        if (left instanceof Value.Property property) {
            return countCondition(at, new Condition.In(property, texts.toArray(byte[][]::new)));
        }
        throw new SqlSyntaxError(at, "only a property can be IN a list");
    }
}
