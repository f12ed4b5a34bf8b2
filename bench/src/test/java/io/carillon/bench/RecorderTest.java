package io.carillon.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

class RecorderTest {
    @Test
    void keepsTheEarliestDeliveryEvenWhenItCameBeforeItsTime() {
        var phase = new Recorder();

        phase.delivered(2_000_000);
        phase.delivered(-500_000);
        phase.early();

        assertThat(phase.deliveryMinMs()).isEqualTo(-0.5);
        assertThat(phase.deliveryMs(100)).isBetween(1.9, 2.1);
        assertThat(phase.messagesEarly()).isEqualTo(1);
        assertThat(phase.errors()).isEqualTo(Map.of("message delivered before it was due", 1L));
    }
}
