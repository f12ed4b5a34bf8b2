package io.carillon.delayqueue;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.base.Ticker;
import io.carillon.base.delayqueue.Answer;
import io.carillon.base.delayqueue.Delivery;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Pulls that wait, and what they cost while they do. */
class WaitsTest {
    /** A node's loops look at the clock some hundred times a second, a worker that never rests millions of times. */
    private static final long LOOKS_MAX = 20_000;

    private Rig rig;

    @BeforeEach
    void open() {
        rig = Rig.fresh();
    }

    @AfterEach
    void close() {
        rig.close();
    }

    /** Counts how often it is asked: whoever serves a pull asks it each time. */
    private static final class CountingTicker implements Ticker {
        final AtomicLong looks = new AtomicLong();

        @Override
        public long nowMs() {
            return Ticker.system().nowMs();
        }

        @Override
        public long nanoTime() {
            looks.incrementAndGet();
            return Ticker.system().nanoTime();
        }
    }

    @Test
    void pullsThatWaitForAPausedOrDeletedGroupCostNothing() {
        CountingTicker ticker = new CountingTicker();
        DelayQueue queue = rig.open(ticker, Steps.NONE);
        Client client = new Client(queue, "paused", "g");
        Client idle = new Client(queue, "idle", "g");
        client.pull(1, 0);
        idle.pull(1, 0);
        Rig.done(queue.pauseGroup(client.where(), true));
        List<CompletableFuture<Answer<List<Delivery>>>> waiting = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            waiting.add(client.pullLater(1, 29_000));
        }
        client.send("one", 0);
        Rig.await(() -> rig.isReady("paused"));

        assertThat(looksMeanwhile(ticker, idle)).isLessThan(LOOKS_MAX);

        Rig.done(queue.pauseGroup(client.where(), false));
        Rig.await(() -> waiting.stream().filter(CompletableFuture::isDone).count() == 1);
        Rig.done(queue.pauseGroup(client.where(), true));
        client.send("two", 0);
        Rig.await(() -> rig.isReady("paused"));
        Rig.done(queue.deleteGroup(client.where()));

        assertThat(looksMeanwhile(ticker, idle)).isLessThan(LOOKS_MAX);
        assertThat(waiting.stream().filter(CompletableFuture::isDone)).hasSize(1);
    }

    /** How often a node's threads looked at its clock while a pull of somebody else waited for two seconds. */
    private static long looksMeanwhile(CountingTicker ticker, Client idle) {
        long before = ticker.looks.get();
        assertThat(idle.pull(1, 2_000)).isEmpty();
        return ticker.looks.get() - before;
    }
}
