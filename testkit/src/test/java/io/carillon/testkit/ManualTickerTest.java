package io.carillon.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class ManualTickerTest {
    private final ManualTicker ticker = new ManualTicker(5_000);

    @Test
    void standsStillUntilItIsMoved() {
        long ns = ticker.nanoTime();

        assertThat(ticker.nowMs()).isEqualTo(5_000);
        assertThat(ticker.nanoTime()).isEqualTo(ns);
    }

    @Test
    void movesBothClocksTogether() {
        long ns = ticker.nanoTime();

        ticker.advance(Duration.ofSeconds(2));
        ticker.advanceMs(5);
        ticker.advanceNs(1_500_000);
        ticker.advanceNs(500_000);

        assertThat(ticker.nowMs()).isEqualTo(7_007);
        assertThat(ticker.nanoTime() - ns).isEqualTo(2_007_000_000L);
    }

    @Test
    void stepsTheWallClockAlone() {
        long ns = ticker.nanoTime();

        ticker.stepWallMs(-3_000);

        assertThat(ticker.nowMs()).isEqualTo(2_000);
        assertThat(ticker.nanoTime()).isEqualTo(ns);
    }

    @Test
    void neverRunsTheSteadyClockBackwards() {
        assertThatThrownBy(() -> ticker.advanceNs(-1)).isInstanceOf(IllegalArgumentException.class);
    }
}
