package io.carillon.delayqueue;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.base.Ticker;
import io.carillon.base.delayqueue.Answer;
import io.carillon.base.delayqueue.Delivery;
import io.carillon.base.delayqueue.Metric;
import io.carillon.base.delayqueue.Requests;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
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
    void pullsThatWaitForAPausedGroupCostNothing() {
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
        assertThat(waiting.stream().filter(CompletableFuture::isDone)).hasSize(1);
    }

    @Test
    void pullsOfADeletedGroupOrTopicEndOnEveryNode() {
        DelayQueue queue = rig.open();
        DelayQueue other = rig.open();
        Client group = new Client(queue, "two", "g");
        Client stays = new Client(queue, "two", "stays");
        List<CompletableFuture<Answer<List<Delivery>>>> ofGroup = waiting(group, new Client(other, "two", "g"));
        List<CompletableFuture<Answer<List<Delivery>>>> ofOther = waiting(stays, new Client(other, "two", "stays"));
        Rig.done(queue.pauseGroup(group.where(), true));

        Rig.done(queue.deleteGroup(group.where()));
        ofGroup.forEach(pull -> assertThat(Rig.refused(pull)).isEqualTo(Refusals.noGroup("g")));
        assertThat(ofOther).noneMatch(CompletableFuture::isDone);

        Rig.done(other.deleteTopic("two"));
        ofOther.forEach(pull -> assertThat(Rig.refused(pull)).isEqualTo(Refusals.noTopic("two")));
    }

    /** Longer than the patience of a test. */
    private static List<CompletableFuture<Answer<List<Delivery>>>> waiting(Client... clients) {
        return Stream.of(clients)
                .map(client -> {
                    client.pull(1, 0);
                    return client.pullLater(1, 29_000);
                })
                .toList();
    }

    /** How often a node's threads looked at its clock while a pull of somebody else waited for two seconds. */
    private static long looksMeanwhile(CountingTicker ticker, Client idle) {
        long before = ticker.looks.get();
        assertThat(idle.pull(1, 2_000)).isEmpty();
        return ticker.looks.get() - before;
    }

    @Test
    void allGroupsThatWaitAreLookedAtTogetherAndWithoutCountingWhatIsHandedOut() {
        DelayQueue queue = rig.open();
        List<CompletableFuture<?>> waiting = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
            Client client = new Client(queue, "many", "g" + i);
            client.pull(1, 0);
            waiting.add(client.pullLater(1, 29_000));
        }
        Client idle = new Client(queue, "idle", "g");
        idle.pull(1, 0);
        double before = asked(queue, "depth");

        assertThat(idle.pull(1, 2_000)).isEmpty();

        // Some are for the figures, which counts as asking.
        double each = rig.config().redis().isCluster() ? MessageId.BUCKETS : 1;
        assertThat(asked(queue, "depth") - before).isBetween(each, 30 * each);
        assertThat(asked(queue, "count")).isZero();
        assertThat(waiting).noneMatch(CompletableFuture::isDone);
    }

    /** How often a script was called, or many of its calls at once. */
    private static double asked(DelayQueue queue, String script) {
        return queue.metrics().stream()
                .filter(metric -> metric.name().equals("delayqueue_redis_seconds"))
                .flatMap(metric -> metric.samples().stream())
                .filter(sample ->
                        sample.suffix().equals("_count") && sample.labels().equals(Map.of("operation", script)))
                .mapToDouble(Metric.Sample::value)
                .sum();
    }

    /** Lets much time pass just when a pull that was served in vain is found to have time left. */
    private static final class JumpingTicker implements Ticker {
        private final AtomicLong aheadNs = new AtomicLong();
        private volatile Runnable between = () -> {};
        private volatile Thread armed = new Thread();

        @Override
        public long nowMs() {
            return Ticker.system().nowMs();
        }

        void jump(Duration by) {
            aheadNs.addAndGet(by.toNanos());
        }

        /** The next look of this thread is the last before the jump, and before this is done. */
        void arm(Runnable then) {
            between = then;
            armed = Thread.currentThread();
        }

        @Override
        public long nanoTime() {
            long nowNs = Ticker.system().nanoTime() + aheadNs.get();
            if (Thread.currentThread().equals(armed)) {
                armed = new Thread();
                between.run();
            }
            return nowNs;
        }
    }

    @Test
    void endsAPullWhoseTimeWasOverWhileItWasPutBack() {
        JumpingTicker ticker = new JumpingTicker();
        AtomicReference<DelayQueue> opened = new AtomicReference<>();
        AtomicBoolean isReached = new AtomicBoolean();
        DelayQueue queue = rig.open(ticker, step -> {
            if (step == Step.PULL_READ && isReached.compareAndSet(false, true)) {
                ticker.arm(() -> {
                    ticker.jump(Duration.ofMinutes(1));
                    opened.get().node().waits().round();
                });
            }
        });
        opened.set(queue);
        Client client = new Client(queue, "end", "g");
        CompletableFuture<Answer<List<Delivery>>> pull =
                queue.pull(new Requests.Pull(client.where(), 1, 29_000, 60_000, List.of("red")));

        client.send("of no tag", 0);

        assertThat(Rig.done(pull)).isEmpty();
        assertThat(isReached).isTrue();
    }

    @Test
    void forgetsAGroupThatNobodyPullsFromAnyMore() {
        JumpingTicker ticker = new JumpingTicker();
        DelayQueue queue = rig.open(ticker, Steps.NONE);
        Client waits = new Client(queue, "waits", "g");
        new Client(queue, "gone", "g").pull(1, 0);
        ticker.jump(Duration.ofSeconds(55));
        CompletableFuture<Answer<List<Delivery>>> waiting = waits.pullLater(1, 29_000);
        Rig.await(() -> queue.node().waits().lines() == 2);

        ticker.jump(Duration.ofSeconds(10));

        Rig.await(() -> queue.node().waits().lines() == 1);
        waits.send("one", 0);
        assertThat(Rig.done(waiting)).hasSize(1);
    }
}
