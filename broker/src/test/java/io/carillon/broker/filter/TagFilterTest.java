package io.carillon.broker.filter;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.message.Subscription;
import java.util.Set;
import java.util.stream.Collectors;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.AlphaChars;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;

class TagFilterTest {
    @Property(tries = 200)
    void letsThroughExactlyTheTagsThatAreNamed(
            @ForAll @Size(min = 1, max = 30) Set<@AlphaChars @StringLength(min = 1, max = 4) String> tags,
            @ForAll @Size(max = 30) Set<@AlphaChars @StringLength(min = 1, max = 4) String> others) {
        String expression = tags.stream().collect(Collectors.joining(" || "));

        TagFilter filter = TagFilter.of(TagExpression.parse("T", expression, 1).orElseThrow());

        Set<Integer> hashes = tags.stream().map(String::hashCode).collect(Collectors.toSet());
        assertThat(tags).allMatch(tag -> filter.matches(tag.hashCode()));
        assertThat(others).allMatch(tag -> filter.matches(tag.hashCode()) == hashes.contains(tag.hashCode()));
        assertThat(filter.matches(0)).isFalse();
    }

    @Test
    void comparesNegativeHashesAsTheyAreStored() {
        String tag = "negative-hash-tag";
        assertThat(tag.hashCode()).isNegative();

        assertThat(TagFilter.of(TagExpression.parse("T", tag, 1).orElseThrow()).matches(tag.hashCode()))
                .isTrue();
    }

    @Test
    void takesAStarAndNothingAsAll() {
        assertThat(TagExpression.parse("T", "*", 1)).map(Subscription::isForAll).hasValue(true);
        assertThat(TagExpression.parse("T", "", 1)).map(TagFilter::of).hasValue(TagFilter.ALL);
    }

    @Test
    void refusesAnExpressionWithoutATag() {
        assertThat(TagExpression.parse("T", " || ", 1)).isEmpty();
        assertThat(TagExpression.parse("T", "||a||", 1))
                .hasValueSatisfying(one -> assertThat(one.tags()).containsExactly("a"));
    }
}
