package io.carillon.broker.filter;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Function;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a number is, and which one, against what the JDK says. */
class NumberTextTest {
    private static final List<String> PIECES = List.of(
            "0",
            "1",
            "9",
            "7",
            "00",
            "123456789",
            "2147483647",
            "2147483648",
            "9223372036854775807",
            "9223372036854775808",
            "-",
            "+",
            ".",
            "e",
            "E",
            "e-",
            "e+",
            " ",
            "d",
            "f",
            "x",
            "NaN",
            "Infinity",
            "p",
            "L");

    @Provide
    static Arbitrary<String> nearlyNumbers() {
        return Arbitraries.of(PIECES).list().ofMaxSize(7).map(pieces -> String.join("", pieces));
    }

    private static byte[] bytes(String text) {
        return ("<" + text + ">").getBytes(StandardCharsets.UTF_8);
    }

    private static int compare(String text, double other) {
        return NumberText.compare(bytes(text), 1, text.length(), other);
    }

    private static int compare(String text, long other, long min, long max) {
        return NumberText.compare(bytes(text), 1, text.length(), other, min, max);
    }

    private static <T extends Comparable<T>> int expected(String text, Function<String, T> parse, T other) {
        try {
            return Integer.signum(parse.apply(text).compareTo(other));
        } catch (NumberFormatException none) {
            return NumberText.NONE;
        }
    }

    @Property(tries = 5000)
    void agreesWithTheJdkOnTexts(@ForAll("nearlyNumbers") String text, @ForAll double other, @ForAll long whole) {
        assertThat(compare(text, other)).isEqualTo(expected(text, Double::valueOf, other));
        assertThat(compare(text, whole, Long.MIN_VALUE, Long.MAX_VALUE))
                .isEqualTo(expected(text, Long::valueOf, whole));
        assertThat(compare(text, (int) whole, Integer.MIN_VALUE, Integer.MAX_VALUE))
                .isEqualTo(expected(text, Integer::valueOf, (int) whole));
    }

    @Property(tries = 2000)
    void readsEachNumberExactly(@ForAll double real, @ForAll long whole, @ForAll int small) {
        assertThat(compare(Double.toString(real), real)).isZero();
        assertThat(compare(Float.toString((float) real), Double.parseDouble(Float.toString((float) real))))
                .isZero();
        assertThat(compare(Long.toString(whole), whole, Long.MIN_VALUE, Long.MAX_VALUE))
                .isZero();
        assertThat(compare(small / 1000.0 + "", small / 1000.0)).isZero();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1e22",
                "1e23",
                "9007199254740993",
                "0.1",
                "123456789012345e-22",
                "-0",
                "1e-400",
                "1e400",
                "4.9e-324",
                "000000000000000000001",
                "0.000000000000000000000000000001",
                "1e99999999999"
            })
    void readsTheHardOnesAsTheJdkDoes(String text) {
        byte[] bytes = bytes(text);

        assertThat(NumberText.real(bytes, 1, text.length())).isEqualTo(Double.parseDouble(text));
    }

    @Test
    void tellsANumberThatIsNoneFromOneThatIsNotANumber() {
        assertThat(NumberText.isNone(NumberText.real(bytes("NaN"), 1, 3))).isFalse();
        assertThat(NumberText.isNone(NumberText.real(bytes("Nan"), 1, 3))).isTrue();
        assertThat(NumberText.isNone(NumberText.real(bytes(""), 1, 0))).isTrue();
    }
}
