package io.carillon.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.base.Agent;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ThreadsTest {
    private static final long LONG_NS = Duration.ofHours(1).toNanos();

    private final Threads threads = new Threads();

    @AfterEach
    void stop() throws InterruptedException {
        threads.stopAgents(Duration.ofSeconds(10));
        threads.close();
    }

    @Test
    void wakesAnAgentThatRests() throws InterruptedException {
        Worker worker = new Worker("clock-worker", LONG_NS);
        threads.run(List.of(worker));
        worker.awaitRound();

        for (int i = 0; i < 1_000; i++) {
            worker.wake();
            worker.awaitRound();
        }
    }

    @Test
    void callsAnAgentAgainWhenItsRestIsOver() throws InterruptedException {
        Worker worker = new Worker("short-rest", 1);
        threads.run(List.of(worker));

        worker.awaitRound();
        worker.awaitRound();
        worker.awaitRound();
    }

    @Test
    void restsNoLongerThanTheMostImpatientAgentOfItsThread() throws InterruptedException {
        Worker patient = new Worker("patient", LONG_NS);
        Worker impatient = new Worker("impatient", 1);
        threads.run(List.of(patient, impatient));

        patient.awaitRound();
        patient.awaitRound();
        impatient.awaitRound();
    }

    @Test
    void givesTheFlusherAThreadOfItsOwnAndLetsTheOthersShareOne() throws InterruptedException {
        Worker flusher = new Worker("log-force", LONG_NS);
        Worker leases = new Worker("leases", LONG_NS);
        Worker locks = new Worker("locks", LONG_NS);
        threads.run(List.of(flusher, leases, locks));

        flusher.awaitRound();
        leases.awaitRound();
        locks.awaitRound();

        assertThat(flusher.threadName).isEqualTo("log-force");
        assertThat(leases.threadName).isEqualTo("clock");
        assertThat(locks.threadName).isEqualTo("clock");
    }

    @Test
    void stopsAnAgentThatFailsAndGoesOnWithItsNeighbour() throws InterruptedException {
        Worker sick = new Worker("sick", LONG_NS);
        Worker sound = new Worker("sound", LONG_NS);
        sick.fails = true;
        threads.run(List.of(sick, sound));

        sound.awaitRound();
        sound.wake();
        sound.awaitRound();

        assertThat(sick.calls).isEqualTo(1);
        assertThat(threads.isHealthy()).isFalse();
        assertThat(threads.failedAgents()).isEqualTo(1);
    }

    @Test
    void isHealthyWhileNoAgentFailed() throws InterruptedException {
        Worker worker = new Worker("sound", LONG_NS);
        threads.run(List.of(worker));
        worker.awaitRound();

        assertThat(threads.isHealthy()).isTrue();
    }

    @Test
    void callsNoAgentAfterItStopped() throws InterruptedException {
        Worker worker = new Worker("stopped", LONG_NS);
        threads.run(List.of(worker));
        worker.awaitRound();

        threads.stopAgents(Duration.ofSeconds(10));
        int calls = worker.calls;
        worker.wake();

        assertThat(worker.thread).isNotNull();
        assertThat(worker.thread.isAlive()).isFalse();
        assertThat(worker.calls).isEqualTo(calls);
    }

    @Test
    void namesAndCountsTheThreadsThatItMakes() throws InterruptedException {
        CountDownLatch read = new CountDownLatch(1);
        String[] name = {""};
        threads.reads().execute(() -> {
            name[0] = Thread.currentThread().getName();
            read.countDown();
        });
        assertThat(read.await(10, TimeUnit.SECONDS)).isTrue();
        assertThat(name[0]).isEqualTo("read-1");

        var io = threads.io();
        assertThat(io.newThread(() -> {}).getName()).isEqualTo("io-1");
        Thread second = io.newThread(() -> {});
        assertThat(second.getName()).isEqualTo("io-2");
        assertThat(second.isDaemon()).isTrue();
        assertThat(Threads.ioCount()).isPositive();
    }

    /** Does nothing, and lets the test wait until it did so. */
    private static final class Worker implements Agent {
        private final String name;
        private final long restNs;
        private final Semaphore rounds = new Semaphore(0);
        private volatile Runnable waker = () -> {};
        private volatile int calls;
        private volatile boolean fails;
        private volatile String threadName = "";
        private volatile @Nullable Thread thread;

        Worker(String name, long restNs) {
            this.name = name;
            this.restNs = restNs;
        }

        @Override
        public int doWork() {
            calls = calls + 1;
            thread = Thread.currentThread();
            threadName = Thread.currentThread().getName();
            if (fails) {
                throw new IllegalStateException("made up");
            }
            rounds.release();
            return 0;
        }

        @Override
        public long restNs() {
            return restNs;
        }

        @Override
        public void wakeBy(Runnable newWaker) {
            waker = newWaker;
        }

        @Override
        public String name() {
            return name;
        }

        void wake() {
            waker.run();
        }

        void awaitRound() throws InterruptedException {
            assertThat(rounds.tryAcquire(10, TimeUnit.SECONDS))
                    .as("a round of " + name)
                    .isTrue();
        }
    }
}
