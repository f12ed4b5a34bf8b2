package io.carillon.remoting;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.base.Counters;
import io.carillon.testkit.ManualTicker;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LoopTurnsTest {
    private static final int LOOPS = 2;

    private final ManualTicker ticker = new ManualTicker();
    private final IoGroup io =
            IoGroup.open(LOOPS, Thread.ofPlatform().daemon().factory(), RemotingConfig.DEFAULT, ticker, new Counters());
    private final LoopTurns turns = io.turns();

    @AfterEach
    void close() {
        io.close();
    }

    @Test
    void waitsForNobodyWhileAllComeRound() {
        for (int n = 0; n < 3; n++) {
            assertThat(turns.longestWaitNs()).isZero();
            awaitAll();
            ticker.advance(Duration.ofMinutes(1));
        }
    }

    @Test
    void saysForHowLongTheOneThatHangsHasKeptUsWaiting() {
        CountDownLatch free = new CountDownLatch(1);
        io.nextLoop().execute(() -> awaitUninterruptibly(free));

        assertThat(turns.longestWaitNs()).as("just asked").isZero();
        ticker.advance(Duration.ofSeconds(3));
        assertThat(turns.longestWaitNs()).isEqualTo(Duration.ofSeconds(3).toNanos());
        ticker.advance(Duration.ofSeconds(4));
        assertThat(turns.longestWaitNs()).isEqualTo(Duration.ofSeconds(7).toNanos());

        free.countDown();
        TestServer.await("the thread that hung", () -> turns.longestWaitNs() == 0);
    }

    @Test
    void waitsForNoThreadThatHasEnded() {
        io.close();

        turns.longestWaitNs();
        ticker.advance(Duration.ofHours(1));

        assertThat(turns.longestWaitNs()).isZero();
    }

    private void awaitAll() {
        for (int n = 0; n < LOOPS; n++) {
            AtomicBoolean turned = new AtomicBoolean();
            io.nextLoop().execute(() -> turned.set(true));
            TestServer.await("a turn", turned::get);
        }
    }

    private static void awaitUninterruptibly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
