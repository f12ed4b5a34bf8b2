package io.carillon.delayqueue;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.testkit.ManualTicker;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Whose clock it is. */
class EngineClockTest {
    private final ManualTicker ticker = new ManualTicker();
    private final EngineClock clock = new EngineClock(ticker);

    private void heard(long redisAheadMs) {
        clock.heard(ticker.nowMs() + redisAheadMs, ticker.nowMs(), ticker.nowMs());
    }

    private void heardOfMysql(long aheadMs) {
        clock.heardOfMysql(ticker.nowMs() + aheadMs, ticker.nowMs(), ticker.nowMs());
    }

    @Test
    void isMysqlsUntilRedisIsHeardForTheFirstTime() {
        heardOfMysql(3_600_000);
        assertThat(clock.aheadMs()).isEqualTo(3_600_000);

        heard(3_600_050);
        assertThat(clock.aheadMs()).isEqualTo(3_600_050);
    }

    @Test
    void takesNothingFromAnAnswerThatWasLongOnItsWay() {
        heardOfMysql(0);

        clock.heardOfMysql(ticker.nowMs(), ticker.nowMs(), ticker.nowMs() + 20_000);

        assertThat(clock.aheadMs()).isZero();
    }

    @Test
    void staysRedissWhileItIsHeardAndGoesOnByMysqlsWhenItIsNot() {
        heard(1_000);
        heardOfMysql(700);
        assertThat(clock.aheadMs()).as("Redis is heard").isEqualTo(1_000);

        // Redis is away, and this node's clock is put right by a second meanwhile: MySQL tells.
        ticker.advance(Duration.ofMinutes(1));
        heardOfMysql(-300);
        assertThat(clock.aheadMs()).as("as far apart as they were").isZero();
    }

    /** Two messages of one ordering key would change places. */
    @Test
    void doesNotGoBackWhenABetterAnswerPutsTheDifferenceRightButDoesWhenRedissClockWasSet() {
        heard(40);
        long before = clock.nowMs();
        heard(0);
        assertThat(clock.nowMs()).isEqualTo(before);
        ticker.advanceMs(41);
        assertThat(clock.nowMs()).isEqualTo(before + 1);

        heard(-3_600_000);
        assertThat(clock.nowMs()).isEqualTo(ticker.nowMs() - 3_600_000);
    }
}
