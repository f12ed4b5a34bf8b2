package io.carillon.broker.filter;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Chars;
import net.jqwik.api.constraints.StringLength;

class SearchTest {
    private static boolean isFound(String text, String wanted, Search.Where where) {
        byte[] bytes = ("ab" + text + "ba").getBytes(StandardCharsets.UTF_8);
        int length = text.getBytes(StandardCharsets.UTF_8).length;
        return new Search(wanted.getBytes(StandardCharsets.UTF_8), where).isFoundIn(bytes, 2, length);
    }

    @Property(tries = 3000)
    void findsWhatStringsFind(
            @ForAll @Chars({'a', 'b', 'ä', '€'}) @StringLength(max = 20) String text,
            @ForAll @Chars({'a', 'b', 'ä'}) @StringLength(min = 1, max = 5) String wanted) {
        assertThat(isFound(text, wanted, Search.Where.ANYWHERE)).isEqualTo(text.contains(wanted));
        assertThat(isFound(text, wanted, Search.Where.AT_START)).isEqualTo(text.startsWith(wanted));
        assertThat(isFound(text, wanted, Search.Where.AT_END)).isEqualTo(text.endsWith(wanted));
    }
}
