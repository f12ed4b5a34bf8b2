package io.carillon.broker.filter;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SqlParserTest {
    private static final List<String> WORDS = List.of(
            "a",
            "b",
            "$x",
            "'x'",
            "''",
            "'it''s'",
            "3",
            "0",
            "2.5",
            "1e3",
            "9L",
            "TRUE",
            "FALSE",
            "NULL",
            "(",
            ")",
            ",",
            "=",
            "<>",
            "<",
            "<=",
            ">",
            ">=",
            "+",
            "-",
            "AND",
            "OR",
            "NOT",
            "IS",
            "IN",
            "BETWEEN",
            "CONTAINS",
            "STARTSWITH",
            "ENDSWITH",
            "--",
            "/*",
            "*/",
            "\n",
            "'",
            "!",
            "ä",
            "\uD83D");

    private static String error(String expression) {
        return switch (SqlFilter.parse(expression)) {
            case SqlFilter.Parsed.Good _ -> throw new AssertionError("was taken: " + expression);
            case SqlFilter.Parsed.Bad(String error) -> error;
        };
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "``                         | 1  | empty",
                "a >                        | 4  | expected a value",
                "a and between 2 and 10     | 7  | found 'between'",
                "a b                        | 3  | expected an operator, AND, OR or the end, found 'b'",
                "a = 1 garbage              | 7  | found 'garbage'",
                "a LIKE 'x%'                | 3  | found 'LIKE'",
                "a = 'x                     | 5  | no end",
                "a = 1 /* x                 | 7  | no end",
                "a = \"x\"                  | 5  | single",
                "a != 1                     | 3  | <>",
                "a * 2 > 1                  | 3  | arithmetic",
                "a.b = 1                    | 2  | letters, digits, _ and $",
                "größe = 1                  | 3  | letters, digits, _ and $",
                "(a = 1                     | 7  | expected ')', found the end",
                "a = 1)                     | 6  | found ')'",
                "a = NULL                   | 1  | IS NULL",
                "NULL <> a                  | 1  | IS NULL",
                "a IS 5                     | 6  | NULL or NOT NULL",
                "a IS NOT 5                 | 10 | expected NULL",
                "a > 'x'                    | 5  | larger or smaller",
                "'x' < a                    | 1  | larger or smaller",
                "a > TRUE                   | 5  | larger or smaller",
                "a > 1 > 2                  | 1  | larger or smaller",
                "a BETWEEN 10 AND 0         | 11 | smaller bound first",
                "a BETWEEN 'a' AND 'b'      | 11 | larger or smaller",
                "a BETWEEN NULL AND 3       | 11 | larger or smaller",
                "a BETWEEN 1 OR 2           | 13 | expected AND between",
                "a IN (1, 2)                | 7  | expected a string",
                "a IN ()                    | 7  | expected a string",
                "a IN 'x'                   | 6  | expected '('",
                "'a' IN ('a')               | 1  | only a property",
                "NOT a IN ('a')             | 1  | only a property",
                "a CONTAINS b               | 12 | expected a string",
                "a NOT 5                    | 7  | behind NOT",
                "'x'                        | 1  | a condition was expected",
                "5                          | 1  | a condition was expected",
                "a = 1 AND 'x'              | 11 | a condition was expected",
                "-a                         | 1  | a condition was expected",
                "TRUE = 1                   | 1  | cannot be compared",
                "a > 007                    | 5  | begins with 0",
                "a > 100000000000000000000000 | 5 | larger than 9223372036854775807",
                "a > 1e999                  | 5  | larger than a double",
                "a > 1e-999                 | 5  | too small",
            })
    void saysWhereAnExpressionIsWrongAndWhatWasExpected(String expression, int at, String what) {
        String error = error(expression);

        assertThat(error).startsWith("the filter expression is wrong at character " + at + ": ");
        assertThat(error).containsIgnoringCase(what.equals("single") ? "strings stand in ' '" : what);
    }

    @Test
    void refusesHalfACharacterInAString() {
        assertThat(error("a = '\uD83D'")).contains("one half of a character");
    }

    @Test
    void takesZeroWithAFraction() {
        assertThat(SqlFilter.parse("a > 0.0 AND a < 0e5")).isInstanceOf(SqlFilter.Parsed.Good.class);
    }

    private static String repeated(String text, int count, String between) {
        return IntStream.range(0, count).mapToObj(_ -> text).collect(Collectors.joining(between));
    }

    private static void takes(String expression) {
        assertThat(SqlFilter.parse(expression)).isInstanceOf(SqlFilter.Parsed.Good.class);
    }

    @Test
    void boundsLengthDepthAndCounts() {
        takes("a = '" + "x".repeat(SqlParser.LENGTH_MAX - 6) + "'");
        assertThat(error("a = '" + "x".repeat(SqlParser.LENGTH_MAX - 5) + "'")).contains("characters");

        int depth = SqlParser.DEPTH_MAX - 1;
        takes("(".repeat(depth) + "TRUE" + ")".repeat(depth));
        assertThat(error("(".repeat(depth + 1) + "TRUE" + ")".repeat(depth + 1)))
                .contains("within each other");
        assertThat(error("NOT ".repeat(20_000 / 4) + "TRUE")).contains("within each other");

        takes("a IS NULL" + " IS NULL".repeat(SqlParser.CHAIN_MAX - 1));
        assertThat(error("a IS NULL" + " IS NULL".repeat(SqlParser.CHAIN_MAX))).contains("in a row");
        assertThat(error("a" + " CONTAINS 'x'".repeat(SqlParser.CHAIN_MAX + 1))).contains("in a row");

        takes("a IN (" + repeated("'x'", SqlParser.TERMS_MAX - 2, ",") + ")");
        assertThat(error("a IN (" + repeated("'x'", SqlParser.TERMS_MAX, ",") + ")"))
                .contains("values and operators");

        takes(names(SqlParser.NAMES_MAX));
        assertThat(error(names(SqlParser.NAMES_MAX + 1))).contains("different properties");
    }

    private static String names(int count) {
        return IntStream.range(0, count).mapToObj(i -> "p" + i + " = 1").collect(Collectors.joining(" OR "));
    }

    @Provide
    static Arbitrary<String> jumbledWords() {
        return Arbitraries.of(WORDS).list().ofMaxSize(60).map(words -> String.join(" ", words));
    }

    @Property(tries = 5000)
    void readsOrRefusesAnyWordsInAnyOrder(@ForAll("jumbledWords") String text) {
        readsOrRefuses(text);
    }

    @Property(tries = 2000)
    void readsOrRefusesAnyText(@ForAll String text) {
        readsOrRefuses(text);
    }

    private static void readsOrRefuses(String text) {
        switch (SqlFilter.parse(text)) {
            case SqlFilter.Parsed.Good(SqlFilter filter) -> {
                assertThat(filter.toString()).isEqualTo(text);
                assertThat(filter.weight()).isPositive();
                filter.matches(Properties.stored("a\u0001x\u0002b\u00013\u0002"));
            }
            case SqlFilter.Parsed.Bad(String error) ->
                assertThat(error).startsWith("the filter expression is wrong at character ");
        }
    }

    @Test
    void takesTimeThatGrowsWithTheLengthAlone() {
        List<String> hostile = List.of(
                "(".repeat(30_000),
                "+ ".repeat(15_000),
                "a = ".repeat(8_000),
                "'".repeat(30_001),
                "/*".repeat(15_000),
                "a CONTAINS '" + "a".repeat(30_000) + "b'",
                "1".repeat(30_000),
                "1." + "1".repeat(30_000) + "e5 < a");

        Assertions.assertThatCode(() -> hostile.forEach(SqlParserTest::readsOrRefuses))
                .doesNotThrowAnyException();
        org.junit.jupiter.api.Assertions.assertTimeout(
                Duration.ofSeconds(5), () -> hostile.forEach(SqlParserTest::readsOrRefuses));
    }
}
