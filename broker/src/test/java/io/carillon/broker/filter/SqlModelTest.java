package io.carillon.broker.filter;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.jspecify.annotations.Nullable;

/**
 * Filters against a second evaluator that knows neither bytes nor slots: it works on a map and on objects, where null is
 * unknown and an exception is what cannot be compared.
 */
class SqlModelTest {
    private static final List<String> NAMES = List.of("a", "b", "TAGS", "aa", "c");
    private static final List<String> TEXTS =
            List.of("x", "y", "xy", "true", "TRUE", "false", "3", "3.0", "-3", "+3", "7", "1e1", "3000000000", "NaN");

    /** A piece of an expression and what it means. */
    private interface Piece {
        String text();

        @Nullable
        Object of(Map<String, String> message);
    }

    private record Name(String text) implements Piece {
        @Override
        public @Nullable Object of(Map<String, String> message) {
            return message.get(text);
        }
    }

    private record Number(String text, java.lang.Number value) implements Piece {
        @Override
        public Object of(Map<String, String> message) {
            return value;
        }
    }

    private record Text(String value) implements Piece {
        @Override
        public String text() {
            return "'" + value + "'";
        }

        @Override
        public Object of(Map<String, String> message) {
            return value;
        }
    }

    private record Literal(String text, @Nullable Boolean value) implements Piece {
        @Override
        public @Nullable Boolean of(Map<String, String> message) {
            return value;
        }
    }

    private record Not(Piece piece) implements Piece {
        @Override
        public String text() {
            return "NOT (" + piece.text() + ")";
        }

        @Override
        public @Nullable Object of(Map<String, String> message) {
            Boolean value = truth(piece, message);
            return value == null ? null : !value;
        }
    }

    private record Both(Piece left, String operator, Piece right) implements Piece {
        @Override
        public String text() {
            return "(" + left.text() + ") " + operator + " (" + right.text() + ")";
        }

        @Override
        public @Nullable Object of(Map<String, String> message) {
            boolean decides = operator.equals("OR");
            Boolean first = truth(left, message);
            if (first != null && first == decides) {
                return decides;
            }
            Boolean second = truth(right, message);
            if (second != null && second == decides) {
                return decides;
            }
            return first == null || second == null ? null : !decides;
        }
    }

    private record Equality(Piece left, boolean isNegated, Piece right) implements Piece {
        @Override
        public String text() {
            return "(" + left.text() + (isNegated ? ") <> (" : ") = (") + right.text() + ")";
        }

        @Override
        public @Nullable Object of(Map<String, String> message) {
            Object a = left.of(message);
            Object b = right.of(message);
            if (a == null && b != null) {
                return null;
            }
            boolean isEqual = a == null || (b != null && order(a, b) == 0);
            return isEqual != isNegated;
        }
    }

    private record Ordering(Piece left, String operator, Piece right) implements Piece {
        @Override
        public String text() {
            return left.text() + " " + operator + " " + right.text();
        }

        @Override
        public @Nullable Object of(Map<String, String> message) {
            Object a = left.of(message);
            Object b = a == null ? null : right.of(message);
            if (a == null || b == null) {
                return null;
            }
            int order = a instanceof String x && b instanceof String y
                    ? Double.valueOf(x).compareTo(Double.valueOf(y))
                    : order(a, b);
            return switch (operator) {
                case "<" -> order < 0;
                case "<=" -> order <= 0;
                case ">" -> order > 0;
                default -> order >= 0;
            };
        }
    }

    private record Range(Piece value, boolean isNegated, Piece low, Piece high) implements Piece {
        @Override
        public String text() {
            return value.text() + (isNegated ? " NOT BETWEEN " : " BETWEEN ") + low.text() + " AND " + high.text();
        }

        @Override
        public @Nullable Object of(Map<String, String> message) {
            return isNegated
                    ? new Both(new Ordering(value, "<", low), "OR", new Ordering(value, ">", high)).of(message)
                    : new Both(new Ordering(value, ">=", low), "AND", new Ordering(value, "<=", high)).of(message);
        }
    }

    private record Among(String name, boolean isNegated, List<String> texts) implements Piece {
        @Override
        public String text() {
            return name + (isNegated ? " NOT IN ('" : " IN ('") + String.join("', '", texts) + "')";
        }

        @Override
        public @Nullable Object of(Map<String, String> message) {
            String value = message.get(name);
            return value == null ? null : texts.contains(value) != isNegated;
        }
    }

    private record Part(Piece piece, boolean isNegated, String operator, String wanted) implements Piece {
        @Override
        public String text() {
            return "(" + piece.text() + ")" + (isNegated ? " NOT " : " ") + operator + " '" + wanted + "'";
        }

        @Override
        public Object of(Map<String, String> message) {
            if (wanted.isEmpty() || !(piece.of(message) instanceof String value)) {
                return false;
            }
            boolean is = switch (operator) {
                case "CONTAINS" -> value.contains(wanted);
                case "STARTSWITH" -> value.startsWith(wanted);
                default -> value.endsWith(wanted);
            };
            return is != isNegated;
        }
    }

    private record Nullness(Piece piece, boolean isNegated) implements Piece {
        @Override
        public String text() {
            return "(" + piece.text() + ")" + (isNegated ? " IS NOT NULL" : " IS NULL");
        }

        @Override
        public Object of(Map<String, String> message) {
            return (piece.of(message) == null) != isNegated;
        }
    }

    private static @Nullable Boolean truth(Piece piece, Map<String, String> message) {
        Object value = piece.of(message);
        return value == null ? null : value instanceof Boolean is && is;
    }

    /** Both are there. Texts become what stands on the other side; what cannot is an exception. */
    private static int order(Object left, Object right) {
        if (left instanceof Boolean && right instanceof String) {
            throw new ClassCastException("a boolean on the left and a text on the right");
        }
        if (left instanceof String text && !(right instanceof String)) {
            return compare(converted(text, right), right);
        }
        if (right instanceof String text && !(left instanceof String)) {
            return compare(left, converted(text, left));
        }
        return compare(left, right);
    }

    private static Object converted(String text, Object like) {
        return switch (like) {
            case Integer _ -> Integer.valueOf(text);
            case Long _ -> Long.valueOf(text);
            case Double _ -> Double.valueOf(text);
            default -> Boolean.valueOf(text);
        };
    }

    private static int compare(Object left, Object right) {
        if (left instanceof java.lang.Number a && right instanceof java.lang.Number b) {
            return a instanceof Double || b instanceof Double
                    ? Double.compare(a.doubleValue(), b.doubleValue())
                    : Long.compare(a.longValue(), b.longValue());
        }
        if (left instanceof Boolean a && right instanceof Boolean b) {
            return a.compareTo(b);
        }
        return left instanceof String a && right instanceof String b ? a.compareTo(b) : -1;
    }

    @Provide
    static Arbitrary<Map<String, String>> messages() {
        return Arbitraries.maps(Arbitraries.of(NAMES), Arbitraries.of(TEXTS)).ofMaxSize(5);
    }

    private static Arbitrary<Piece> numbers() {
        return Arbitraries.of(
                new Number("3", 3),
                new Number("-3", -3),
                new Number("7", 7),
                new Number("3000000000", 3_000_000_000L),
                new Number("3.0", 3.0),
                new Number("1e1", 10.0),
                new Number("-.5", -0.5));
    }

    private static Arbitrary<Piece> names() {
        return Arbitraries.of(NAMES).map(Name::new);
    }

    private static Arbitrary<Piece> comparable() {
        return Arbitraries.oneOf(names(), numbers());
    }

    private static Arbitrary<Piece> anyValue() {
        return Arbitraries.oneOf(names(), numbers(), Arbitraries.of(TEXTS).map(Text::new));
    }

    private static Arbitrary<Boolean> maybe() {
        return Arbitraries.of(true, false);
    }

    private static Arbitrary<Piece> simple() {
        Arbitrary<String> texts = Arbitraries.of(TEXTS);
        return Arbitraries.oneOf(
                names(),
                Arbitraries.of(new Literal("TRUE", true), new Literal("FALSE", false), new Literal("NULL", null)),
                Combinators.combine(anyValue(), maybe(), anyValue()).as(Equality::new),
                Combinators.combine(comparable(), Arbitraries.of("<", "<=", ">", ">="), comparable())
                        .as(Ordering::new),
                Combinators.combine(comparable(), maybe(), comparable(), comparable())
                        .as(Range::new),
                Combinators.combine(
                                Arbitraries.of(NAMES),
                                maybe(),
                                texts.list().ofMinSize(1).ofMaxSize(6))
                        .as(Among::new),
                Combinators.combine(
                                anyValue(),
                                maybe(),
                                Arbitraries.of("CONTAINS", "STARTSWITH", "ENDSWITH"),
                                Arbitraries.of("", "x", "y", "3", "ru"))
                        .as(Part::new),
                Combinators.combine(anyValue(), maybe()).as(Nullness::new));
    }

    @Provide
    static Arbitrary<Piece> expressions() {
        return Arbitraries.lazyOf(
                SqlModelTest::simple,
                SqlModelTest::simple,
                () -> expressions().map(Not::new),
                () -> Combinators.combine(expressions(), Arbitraries.of("AND", "OR"), expressions())
                        .as(Both::new),
                () -> Combinators.combine(expressions(), maybe(), Arbitraries.oneOf(simple(), anyValue()))
                        .as(Equality::new),
                () -> Combinators.combine(expressions(), maybe()).as(Nullness::new));
    }

    @Property(tries = 3_000)
    void evaluatesAsTheModelDoes(
            @ForAll("expressions") Piece expression, @ForAll("messages") Map<String, String> message) {
        String text = expression.text();
        if (!(SqlFilter.parse(text) instanceof SqlFilter.Parsed.Good(SqlFilter filter))) {
            assertThat(mayBeRefused(text)).as(text).isTrue();
            return;
        }

        assertThat(filter.matches(Properties.of(message))).as(text).isEqualTo(expected(expression, message));
    }

    /** What means nothing is refused before it is evaluated: a bound above the other, NULL or TRUE where neither fits. */
    private static boolean mayBeRefused(String text) {
        return text.contains("BETWEEN") || text.contains("NULL") || text.contains("TRUE") || text.contains("FALSE");
    }

    private static boolean expected(Piece expression, Map<String, String> message) {
        try {
            return Boolean.TRUE.equals(truth(expression, message));
        } catch (NumberFormatException | ClassCastException cannotBeCompared) {
            return false;
        }
    }
}
