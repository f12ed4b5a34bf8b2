package io.carillon.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.base.Ticker;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class RatesTest {
    private long nowNs = TimeUnit.SECONDS.toNanos(100);

    private final Ticker ticker = new Ticker() {
        @Override
        public long nowMs() {
            return 0;
        }

        @Override
        public long nanoTime() {
            return nowNs;
        }
    };

    @Test
    void soManyPassInEachSecondAndEachNameByItself() {
        Rates rates = new Rates(2, ticker);
        assertThat(rates.mayPass("a")).isTrue();
        assertThat(rates.isExhausted("a")).isFalse();
        assertThat(rates.mayPass("a")).isTrue();
        assertThat(rates.isExhausted("a")).isTrue();
        assertThat(rates.mayPass("a")).isFalse();
        assertThat(rates.mayPass("b")).isTrue();
        nowNs += TimeUnit.SECONDS.toNanos(1);
        assertThat(rates.isExhausted("a")).isFalse();
        assertThat(rates.mayPass("a")).isTrue();
    }

    @Test
    void manyNamesTakeNoEndlessMemoryAndDoNotLetEachOtherPass() {
        Rates rates = new Rates(1, ticker);
        for (int i = 0; i < 10_000; i++) {
            assertThat(rates.mayPass("name" + i)).isTrue();
        }
        assertThat(rates.mayPass("one more")).isTrue();
        assertThat(rates.mayPass("and one more"))
                .as("shares with the one before")
                .isFalse();
        nowNs += TimeUnit.SECONDS.toNanos(1);
        assertThat(rates.mayPass("and one more")).isTrue();
    }

    @Test
    void zeroIsForAnyNumber() {
        Rates rates = new Rates(0, ticker);
        for (int i = 0; i < 1_000; i++) {
            assertThat(rates.mayPass("a")).isTrue();
        }
    }
}
