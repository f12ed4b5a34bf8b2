package io.carillon.broker.filter;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.broker.filter.Filters.Outcome;
import org.junit.jupiter.api.Test;

class FiltersTest {
    private final Filters filters = new Filters(true);

    @Test
    void readsAnExpressionOnceForAllWhoSendIt() {
        assertThat(filters.of("a = 1", "SQL92")).isSameAs(filters.of("a = 1", "SQL92"));
        assertThat(filters.of("a = 1", "SQL92")).isNotEqualTo(filters.of("a = 2", "SQL92"));
    }

    @Test
    void forgetsWhenItHasReadTooMuch() {
        Outcome first = filters.of("a = 1", "SQL92");
        String large = "x".repeat(SqlParser.LENGTH_MAX - 20);
        for (int i = 0; i <= Filters.REMEMBERED_CHARS_MAX / large.length() + 1; i++) {
            assertThat(filters.of("a" + i + " = '" + large + "'", "SQL92")).isInstanceOf(Outcome.Ready.class);
        }

        assertThat(filters.of("a = 1", "SQL92")).isNotSameAs(first).isEqualTo(first);
    }

    @Test
    void speaksTagsAndSqlAndNothingElse() {
        assertThat(filters.of("*", "")).isEqualTo(new Outcome.Ready(MessageFilter.ALL));
        assertThat(filters.of("a || b", "TAG")).isInstanceOf(Outcome.Ready.class);
        assertThat(filters.of("||", "TAG")).isInstanceOf(Outcome.Bad.class);
        assertThat(filters.of("a >", "SQL92")).isInstanceOf(Outcome.Bad.class);
        assertThat(filters.of("", "SQL92")).isInstanceOf(Outcome.Bad.class);
        assertThat(filters.of("a", "sql92")).isInstanceOf(Outcome.Unsupported.class);
        assertThat(new Filters(false).of("a = 1", "SQL92"))
                .isEqualTo(new Outcome.Unsupported("The broker does not support consumer to filter message by SQL92"));
        assertThat(new Filters(false).of("a", "TAG")).isInstanceOf(Outcome.Ready.class);
    }
}
