package io.carillon.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class ChangedTest {
    /** Public, as the records of configurations are. */
    public record Pair(String name, int count) {}

    @Test
    void changesWhatIsNamedAndKeepsTheRest() {
        assertThat(Changed.copy(new Pair("a", 1), "count", 2)).isEqualTo(new Pair("a", 2));
        assertThat(Changed.copy(new Pair("a", 1))).isEqualTo(new Pair("a", 1));
    }

    @Test
    void refusesANameThatTheRecordDoesNotHave() {
        assertThatThrownBy(() -> Changed.copy(new Pair("a", 1), "cuont", 2))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("cuont");
    }

    @Test
    void refusesAValueOfAnotherType() {
        assertThatThrownBy(() -> Changed.copy(new Pair("a", 1), "count", "two"))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
