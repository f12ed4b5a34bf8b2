package io.carillon.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import org.junit.jupiter.api.Test;

class SqlFilterScenarioTest {
    @Test
    void readsHowManyMessagesAThreadFilteredInASecond() throws IOException {
        Figures figures =
                SqlFilterScenario.figuresOf("some warning\nresult messages=5000 matched=1000 cpuNs=500000000\n");

        assertThat(figures.values()).containsEntry(Metric.FILTERED_PER_SECOND, 10_000.0);
        assertThat(figures.errors()).isEmpty();
    }

    @Test
    void aFilterThatLetsOthersThroughIsAnError() throws IOException {
        Figures figures = SqlFilterScenario.figuresOf("result messages=5000 matched=1007 cpuNs=500000000");

        assertThat(figures.errors()).containsEntry("messages filtered wrongly", 7L);
    }

    @Test
    void aLoadThatEndsWithoutAResultFailsTheScenario() {
        assertThatThrownBy(() -> SqlFilterScenario.figuresOf("Error: no main class"))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("no main class");
    }
}
