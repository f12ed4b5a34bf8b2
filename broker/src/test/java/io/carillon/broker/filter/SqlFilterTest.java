package io.carillon.broker.filter;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SqlFilterTest {
    static SqlFilter filter(String expression) {
        return switch (SqlFilter.parse(expression)) {
            case SqlFilter.Parsed.Good(SqlFilter filter) -> filter;
            case SqlFilter.Parsed.Bad(String error) -> throw new AssertionError(expression + ": " + error);
        };
    }

    private static boolean matches(String expression, Map<String, String> properties) {
        return filter(expression).matches(Properties.of(properties));
    }

    /** @param properties as {@code name=value}, divided by semicolons; empty for none */
    private static Map<String, String> map(String properties) {
        Map<String, String> map = new HashMap<>();
        for (String one : properties.isEmpty() ? new String[0] : properties.split(";", -1)) {
            int at = one.indexOf('=');
            map.put(one.substring(0, at), one.substring(at + 1));
        }
        return map;
    }

    @ParameterizedTest(name = "{0} of [{1}] is {2}")
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            nullValues = "-",
            value = {
                // equality, of texts and of numbers of each type
                "a = 'x'                         | a=x            | true",
                "a = 'x'                         | a=y            | false",
                "a = 'X'                         | a=x            | false",
                "a <> 'x'                        | a=y            | true",
                "a <> 'x'                        | a=x            | false",
                "a = 3                           | a=3            | true",
                "a = 3                           | a=+3           | true",
                "a = 3                           | a=4            | false",
                "a = -3                          | a=-3           | true",
                "a = - -3                        | a=3            | true",
                "a = +3                          | a=3            | true",
                "a = 3L                          | a=3            | true",
                "a = 0L                          | a=0            | true",
                "a = 3000000000                  | a=3000000000   | true",
                "a = 3.0                         | a=3            | true",
                "a = 3.5                         | a=3.5          | true",
                "a = 3.5                         | a=35e-1        | true",
                "a = .5                          | a=0.5          | true",
                "a = 5.                          | a=5            | true",
                "a = 5E2                         | a=500          | true",
                "a = 5.5e+1                      | a=55           | true",
                "a = '3'                         | a=3            | true",
                "a = '3'                         | a=3.0          | false",
                "a = b                           | a=3;b=3        | true",
                "a = b                           | a=3;b=3.0      | false",
                "'x' = a                         | a=x            | true",
                "3 = a                           | a=3            | true",
                "a = 'it''s'                     | a=it's         | true",
                "a = ''''                        | a='            | true",
                "a = 'größe €'                   | a=größe €      | true",
                // order
                "a > 5                           | a=6            | true",
                "a > 5                           | a=5            | false",
                "a >= 5                          | a=5            | true",
                "a < 5                           | a=-7           | true",
                "a < 5                           | a=5            | false",
                "a <= 5                          | a=5            | true",
                "5 < a                           | a=6            | true",
                "5 < a                           | a=4            | false",
                "a > 3.14                        | a=3.1415       | true",
                "a > 3.1E10                      | a=3.1415E10    | true",
                "a > b                           | a=20;b=10      | true",
                "a > b                           | a=9;b=10       | false",
                "a > b                           | a=1e1;b=9.5    | true",
                // what a number is depends on the literal, as in Apache RocketMQ: a fraction is no whole number
                "a > 5                           | a=5.5          | false",
                "a > 5.0                         | a=5.5          | true",
                "a > 5                           | a=3000000000   | false",
                "a > 5.0                         | a=3000000000   | true",
                "a > 2999999999                  | a=3000000000   | true",
                "a > 5                           | a=many         | false",
                "a > 5.0                         | a=many         | false",
                "a > b                           | a=many;b=3     | false",
                // what cannot be compared fails the whole expression, whatever stands behind it
                "a > 5 OR b = 'x'                | a=many;b=x     | false",
                "b = 'x' OR a > 5                | a=many;b=x     | true",
                "NOT (a > 5)                     | a=many         | false",
                // BETWEEN
                "a BETWEEN 2 AND 10              | a=2            | true",
                "a BETWEEN 2 AND 10              | a=10           | true",
                "a BETWEEN 2 AND 10              | a=11           | false",
                "a BETWEEN b AND c               | a=2;b=1;c=3    | true",
                "a BETWEEN -5 AND -1             | a=-3           | true",
                "a NOT BETWEEN 2 AND 10          | a=1            | true",
                "a NOT BETWEEN 2 AND 10          | a=5            | false",
                "a NOT BETWEEN 2 AND 10          | ''             | false",
                "5 BETWEEN a AND 9               | a=5            | true",
                // IN
                "a IN ('3', '4')                 | a=4            | true",
                "a IN ('3', '4')                 | a=5            | false",
                "a NOT IN ('3', '4')             | a=5            | true",
                "a NOT IN ('3', '4')             | a=3            | false",
                "a NOT IN ('3', '4')             | ''             | false",
                "a in ('e','d','c','b','a')      | a=c            | true",
                "a in ('e','d','c','b','a')      | a=f            | false",
                "(a) IN ('x')                    | a=x            | true",
                // NULL
                "a IS NULL                       | b=1            | true",
                "a IS NULL                       | a=1            | false",
                "a IS NOT NULL                   | a=1            | true",
                "a IS NOT NULL                   | b=1            | false",
                "NULL IS NULL                    | ''             | true",
                "a = 'x' IS NULL                 | b=1            | true",
                "NULL                            | ''             | false",
                "NOT NULL                        | ''             | false",
                // three truth values
                "a = 'x'                         | ''             | false",
                "a <> 'x'                        | ''             | false",
                "NOT (a = 'x')                   | ''             | false",
                "a = 'x' OR b = 'y'              | b=y            | true",
                "a = 'x' AND b = 'y'             | b=y            | false",
                "NOT (a = 'x' AND b = 'y')       | b=z            | true",
                "NOT (a = 'x' OR b = 'y')        | b=z            | false",
                // missing on the right is not the same as missing on the left
                "'x' <> a                        | ''             | true",
                "a = b                           | ''             | true",
                "a <> b                          | a=1            | true",
                "a <> b                          | b=1            | false",
                // texts
                "a CONTAINS 'b'                  | a=abc          | true",
                "a CONTAINS 'aab'                | a=aaab         | true",
                "a CONTAINS 'x'                  | a=abc          | false",
                "a NOT CONTAINS 'x'              | a=abc          | true",
                "a NOT CONTAINS 'x'              | ''             | false",
                "a CONTAINS ''                   | a=abc          | false",
                "a NOT CONTAINS ''               | a=abc          | false",
                "a STARTSWITH 'ab'               | a=abc          | true",
                "a STARTSWITH 'bc'               | a=abc          | false",
                "a NOT STARTSWITH 'bc'           | a=abc          | true",
                "a ENDSWITH 'bc'                 | a=abc          | true",
                "a ENDSWITH 'abcd'               | a=abc          | false",
                "a NOT ENDSWITH 'ab'             | a=abc          | true",
                "'abc' CONTAINS 'b'              | ''             | true",
                "NOT (a CONTAINS 'x')             | ''             | true",
                "5 CONTAINS '5'                  | ''             | false",
                "5 NOT CONTAINS 'x'              | ''             | false",
                // booleans
                "TRUE                            | ''             | true",
                "FALSE                           | ''             | false",
                "a = TRUE                        | a=true         | true",
                "a = TRUE                        | a=TrUe         | true",
                "a = TRUE                        | a=1            | false",
                "a = FALSE                       | a=anything     | true",
                "TRUE = a                        | a=true         | false",
                "a                               | a=true         | false",
                "NOT a                           | a=true         | true",
                "NOT a                           | ''             | false",
                "1 = TRUE                        | ''             | false",
                "(a = 'x') = (b = 'y')           | a=x;b=y        | true",
                "(a = 'x') = (b = 'y')           | a=1;b=2        | true",
                "-a IS NULL                      | a=5            | true",
                // NOT belongs to the very next value
                "NOT a = 1                       | a=2            | false",
                "NOT (a = 1)                     | a=2            | true",
                // precedence, brackets, case, blanks, comments
                "a = 1 OR b = 2 AND c = 3        | a=1            | true",
                "(a = 1 OR b = 2) AND c = 3      | a=1            | false",
                "a=3 and b<>4 And c>5 AND d<=4   | a=3;b=5;c=6;d=1| true",
                "a=3 or b<>4 Or c>5 OR d<=4      | a=4;b=4;c=3;d=2| true",
                "a=3 or b<>4 Or c>5 OR d<=4      | a=4;b=4;c=3;d=10| false",
                "a/* one */=/* * / ** */3 -- two | a=3            | true",
                "_a$1 = 'x'                      | _a$1=x         | true",
                "TAGS is not null and TAGS='''''tag''''' | TAGS=''tag'' | true",
                "(TAGS is not null and TAGS in ('TagA', 'TagB')) | TAGS=TagB | true",
            })
    void evaluatesAsApacheRocketMq(String expression, String properties, boolean expected) {
        assertThat(matches(expression, map(properties.equals("''") ? "" : properties)))
                .isEqualTo(expected);
    }

    @Test
    void treatsNamesAsTheyAreWritten() {
        assertThat(matches("Aa = '1'", Map.of("aA", "1"))).isFalse();
        assertThat(matches("Aa = '1'", Map.of("Aa", "1", "BB", "2", "A", "3", "aAa", "4")))
                .isTrue();
    }

    @Test
    void readsDamagedPropertiesAsEverybodyElseDoes() {
        assertThat(filter("a = 'x'").matches(Properties.stored("b\u0001\u0002\u0001y\u0002zzz\u0002a\u0001x")))
                .isTrue();
        assertThat(filter("a = 'y'").matches(Properties.stored("a\u0001x\u0002a\u0001y\u0002")))
                .isTrue();
        assertThat(filter("a = 'x'").matches(Properties.stored("a\u0001x\u0002a\u0001y\u0002")))
                .isFalse();
        assertThat(filter("a IS NULL").matches(Properties.stored("a\u0002\u0001x\u0002a")))
                .isTrue();
        assertThat(filter("a IS NULL").matches(Properties.stored(""))).isTrue();
    }

    @Test
    void isEqualToAnotherOneOfTheSameText() {
        assertThat(filter("a = 1")).isEqualTo(filter("a = 1")).hasSameHashCodeAs(filter("a = 1"));
        assertThat(filter("a = 1")).isNotEqualTo(filter("a = 2"));
    }
}
