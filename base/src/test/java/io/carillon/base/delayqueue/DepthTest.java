package io.carillon.base.delayqueue;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.base.delayqueue.Metric.Sample;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class DepthTest {
    @Test
    void tellsTheGreatestOneByOneAndTheOthersTogether() {
        List<Depth> all = new ArrayList<>();
        for (int i = 0; i < Depth.SERIES_MAX + 3; i++) {
            all.add(new Depth("t" + i, "g", 1_000 - i, 2));
        }
        Collections.reverse(all);

        List<Metric> gauges = Depth.gauges(all);

        List<Sample> ready = gauges.getFirst().samples();
        assertThat(gauges.getFirst().name()).isEqualTo("delayqueue_ready_messages");
        assertThat(ready).hasSize(Depth.SERIES_MAX + 1);
        assertThat(ready.getFirst()).isEqualTo(new Sample("", Map.of("topic", "t0", "group", "g"), 1_000));
        assertThat(ready.getLast())
                .isEqualTo(new Sample("", Map.of("topic", "(others)", "group", "(others)"), 900 + 899 + 898));
        assertThat(gauges.getLast().name()).isEqualTo("delayqueue_in_flight_messages");
        assertThat(gauges.getLast().samples().getLast().value()).isEqualTo(6);
    }

    @Test
    void tellsFewAsTheyAre() {
        List<Sample> ready =
                Depth.gauges(List.of(new Depth("t", "", 3, 0))).getFirst().samples();

        assertThat(ready).containsExactly(new Sample("", Map.of("topic", "t", "group", ""), 3));
    }
}
