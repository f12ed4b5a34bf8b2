package io.carillon.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class FiguresTest {
    @Test
    void theMeanOfSeveralHoldsTheErrorsOfAll() {
        Figures first = new Figures().put(Metric.SENT_PER_SECOND, 100).put(Metric.CPU_PER_MILLION, 4);
        Figures second = new Figures().put(Metric.SENT_PER_SECOND, 300).put(Metric.CPU_PER_MILLION, 8);
        first.error("lost", 1);
        second.error("lost", 2);

        Figures mean = Figures.mean(List.of(first, second));

        assertThat(mean.values())
                .containsEntry(Metric.SENT_PER_SECOND, 200.0)
                .containsEntry(Metric.CPU_PER_MILLION, 6.0);
        assertThat(mean.errors()).containsEntry("lost", 3L);
        assertThat(mean.ratioTo(first, Metric.SENT_PER_SECOND)).isEqualTo(2.0);
    }
}
