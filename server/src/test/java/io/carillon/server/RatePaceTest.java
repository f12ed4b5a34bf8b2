package io.carillon.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.base.ByteSize;
import io.carillon.base.Ticker;
import io.carillon.log.CopiedFile;
import io.carillon.log.CopyListing;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class RatePaceTest {
    /** A clock that is moved by hand. */
    private static final class ManualTicker implements Ticker {
        private long nanos;

        void advance(Duration time) {
            nanos += time.toNanos();
        }

        @Override
        public long nowMs() {
            return nanos / 1_000_000;
        }

        @Override
        public long nanoTime() {
            return nanos;
        }
    }

    private final ManualTicker ticker = new ManualTicker();
    private final ByteArrayOutputStream said = new ByteArrayOutputStream();
    private long rested;

    private RatePace pace(ByteSize rate) {
        return new RatePace(rate, ticker, this::rest, new PrintStream(said, true, StandardCharsets.UTF_8));
    }

    /** Wakes up too early, as threads do. */
    private void rest(long nanos) {
        long slept = Math.max(1, nanos / 2);
        rested += slept;
        ticker.advance(Duration.ofNanos(slept));
    }

    @Test
    void takesNoMoreThanTheRateAndMakesNoBurstAfterAStall() {
        RatePace pace = pace(ByteSize.mib(1));
        pace.took(512 << 10);
        assertThat(rested).isEqualTo(500_000_000L);
        ticker.advance(Duration.ofSeconds(10));
        pace.took(256 << 10);
        pace.took(256 << 10);
        assertThat(rested).isEqualTo(1_000_000_000L);
    }

    @Test
    void doesNotWaitWithoutABound() {
        RatePace pace = pace(new ByteSize(0));
        pace.took(1L << 40);
        assertThat(rested).isZero();
    }

    @Test
    void saysHowFarItIsNowAndThen() {
        RatePace pace = pace(new ByteSize(0));
        pace.began(new CopyListing("1", "c/b", 0, 9, List.of(new CopiedFile("metadata", 3 << 20, false))));
        pace.took(1 << 20);
        ticker.advance(Duration.ofSeconds(11));
        pace.kept(1 << 19);
        pace.took(1);
        assertThat(said.toString(StandardCharsets.UTF_8).lines())
                .containsExactly("copying c/b: 1 file, 3.0 MiB", "1.5 MiB of 3.0 MiB");
    }
}
