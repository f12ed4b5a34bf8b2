package io.carillon.delayqueue;

import io.carillon.base.delayqueue.Answer;
import io.carillon.base.delayqueue.Delivery;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The pulls of one group, first come first served, and in which buckets there may be something for it. While both are
 * there, and neither the topic nor the group is paused or deleted, up to four workers serve; else nobody does. Any thread
 * may call.
 */
final class Line {
    private static final int WORKERS = 4;
    private static final int ALL = (1 << MessageId.BUCKETS) - 1;
    /** What was not looked at for so long may be there without news: another node's news can be lost. */
    private static final long FRESH_NS = 500_000_000L;

    private final Life life;
    private final Pulls pulls;
    private final int topic;
    private final int bit;
    private final Queue<Waits.Waiter> waiters = new ConcurrentLinkedQueue<>();
    private final AtomicInteger ready = new AtomicInteger();
    private final AtomicInteger workers = new AtomicInteger();
    private final AtomicInteger next = new AtomicInteger();
    private volatile long lookedAtNs;
    private volatile boolean isLookedAt;

    Line(Life life, Pulls pulls, int topic, int bit) {
        this.life = life;
        this.pulls = pulls;
        this.topic = topic;
        this.bit = bit;
    }

    long waiting() {
        return waiters.stream().filter(Waits.Waiter::isOpen).count();
    }

    void add(Waits.Waiter waiter) {
        if (waiter.isImpatient) {
            life.start("delayqueue-pull", () -> {
                if (waiter.serve()) {
                    serve(waiter);
                }
            });
            return;
        }
        waiters.add(waiter);
        startWorker(true);
    }

    void isReady(int bucket) {
        ready.getAndUpdate(bits -> bits | (1 << bucket));
        if (!waiters.isEmpty()) {
            startWorker(false);
        }
    }

    /** Nothing was heard for long: looks by itself. */
    void lookIfWaiting() {
        if (!waiters.isEmpty()) {
            startWorker(true);
        }
    }

    private boolean isFresh() {
        return isLookedAt && life.ticker().nanoTime() - lookedAtNs < FRESH_NS;
    }

    private void startWorker(boolean mayLook) {
        if (isPaused() || (ready.get() == 0 && (!mayLook || isFresh()))) {
            return;
        }
        int running = workers.get();
        if (running < WORKERS && workers.compareAndSet(running, running + 1)) {
            life.start("delayqueue-pull", this::serve);
        }
    }

    /** What is ready stays so for as long as that lasts: who went on looking would never rest. */
    private boolean isPaused() {
        return pulls.isPaused(topic, bit);
    }

    private void serve() {
        try {
            while (!life.isOver() && !isPaused() && serveOne()) {}
        } finally {
            workers.decrementAndGet();
        }
        // What came while this worker was about to stop.
        if (!life.isOver() && !waiters.isEmpty() && ready.get() != 0) {
            startWorker(true);
        }
    }

    /** Whether there may be more to do. */
    private boolean serveOne() {
        Waits.Waiter waiter = waiters.poll();
        if (waiter == null) {
            return false;
        }
        return !waiter.serve() || serve(waiter);
    }

    private boolean serve(Waits.Waiter waiter) {
        try {
            List<Delivery> deliveries = deliver(waiter);
            if (deliveries.isEmpty() && waiter.endNs - life.ticker().nanoTime() > 0) {
                waiter.unserve();
                waiters.add(waiter);
                return ready.get() != 0;
            }
            if (!waiter.answer.complete(Answer.of(deliveries))) {
                pulls.giveBack(deliveries, bit);
            }
            return true;
        } catch (StoreFailure failure) {
            waiter.answer.complete(Answer.refused(Refusals.unavailable(failure)));
            return true;
        } catch (RuntimeException failure) {
            waiter.answer.completeExceptionally(failure);
            throw failure;
        }
    }

    private List<Delivery> deliver(Waits.Waiter waiter) {
        if (isPaused()) {
            return List.of();
        }
        if (ready.get() == 0 && (!isFresh() || waiter.isImpatient)) {
            look();
        }
        List<Delivery> deliveries = List.of();
        while (deliveries.isEmpty() && ready.get() != 0) {
            deliveries = pulls.claim(waiter.order, this::takeBucket, this::isReadyStill);
        }
        return deliveries;
    }

    private void look() {
        int found = pulls.probe(topic, bit);
        lookedAtNs = life.ticker().nanoTime();
        isLookedAt = true;
        ready.getAndUpdate(bits -> bits | (found & ALL));
    }

    /** A bucket in which there may be something, or -1; the mark is taken away before the look, so none gets lost. */
    private int takeBucket() {
        while (true) {
            int bits = ready.get();
            if (bits == 0) {
                return -1;
            }
            int first = next.get() % MessageId.BUCKETS;
            int rotated = ((bits >>> first) | (bits << (MessageId.BUCKETS - first))) & ALL;
            int bucket = (first + Integer.numberOfTrailingZeros(rotated)) % MessageId.BUCKETS;
            if (ready.compareAndSet(bits, bits & ~(1 << bucket))) {
                next.set((bucket + 1) % MessageId.BUCKETS);
                return bucket;
            }
        }
    }

    private void isReadyStill(int bucket) {
        ready.getAndUpdate(bits -> bits | (1 << bucket));
    }

    void end() {
        for (Waits.Waiter waiter = waiters.poll(); waiter != null; waiter = waiters.poll()) {
            waiter.answer.complete(Answer.of(List.of()));
        }
    }
}
