package io.carillon.broker.admin;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class MeterTest {
    @Test
    void tellsTheRateOfEachWindowFromWhatWasAskedBefore() {
        Meter meter = new Meter(0, 1000);

        assertThat(meter.rates(0, 1000)).isEqualTo("0.0 0.0 0.0");
        assertThat(meter.rates(at(5), 1100)).isEqualTo("20.0 20.0 20.0");
        assertThat(meter.rates(at(15), 1100)).isEqualTo("0.0 " + 100 / 15.0 + " " + 100 / 15.0);
        assertThat(meter.lastMinute(at(70), 1700)).isEqualTo(600 / 65.0);
    }

    @Test
    void neverTellsANegativeRateWhenATopicWasDeleted() {
        Meter meter = new Meter(0, 1000);

        assertThat(meter.rates(at(10), 10)).isEqualTo("0.0 0.0 0.0");
    }

    private static long at(long seconds) {
        return TimeUnit.SECONDS.toNanos(seconds);
    }
}
