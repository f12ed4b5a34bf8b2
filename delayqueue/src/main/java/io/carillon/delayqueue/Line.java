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
    /** So long a line is kept that nobody pulls from: what it knows spares the next pull a look. */
    private static final long KEPT_NS = 60_000_000_000L;
    /** What was not looked at for so long may be there without news: another node's news can be lost. */
    private static final long FRESH_NS = 500_000_000L;

    private final Life life;
    private final Pulls pulls;
    private final Depths.Of of;
    private final Queue<Waits.Waiter> waiters = new ConcurrentLinkedQueue<>();
    private final AtomicInteger ready = new AtomicInteger();
    private final AtomicInteger workers = new AtomicInteger();
    private final AtomicInteger next = new AtomicInteger();
    /** Pulls that have no answer yet, and since when there is none. */
    private final AtomicInteger open = new AtomicInteger();

    private volatile long emptyAtNs;
    private volatile long lookedAtNs;
    private volatile boolean isLookedAt;

    Line(Life life, Pulls pulls, Depths.Of of) {
        this.life = life;
        this.pulls = pulls;
        this.of = of;
    }

    Depths.Of of() {
        return of;
    }

    /** A pull comes; until it leaves, the line is not idle. */
    void enter() {
        open.incrementAndGet();
    }

    /** The pull has its answer. */
    void leave() {
        emptyAtNs = life.ticker().nanoTime();
        open.decrementAndGet();
    }

    /** Whether nobody has pulled for long. */
    boolean isIdle() {
        return open.get() == 0 && life.ticker().nanoTime() - emptyAtNs > KEPT_NS;
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
        endIfGone(waiter);
        startWorker(true);
    }

    void isReady(int bucket) {
        ready.getAndUpdate(bits -> bits | (1 << bucket));
        if (!waiters.isEmpty()) {
            startWorker(false);
        }
    }

    /**
     * Called now and then: forgets the pulls that have their answer, and goes on after a pause. Whether it is to be told what
     * is ready, for something may be that no news told of.
     */
    boolean wantsLook() {
        waiters.removeIf(waiter -> waiter.answer.isDone());
        if (waiters.isEmpty() || isPaused()) {
            return false;
        }
        startWorker(false);
        return ready.get() == 0;
    }

    /** In these buckets something is ready. */
    void found(int buckets) {
        note(buckets);
        if (!waiters.isEmpty()) {
            startWorker(false);
        }
    }

    private void note(int buckets) {
        lookedAtNs = life.ticker().nanoTime();
        isLookedAt = true;
        ready.getAndUpdate(bits -> bits | (buckets & ALL));
    }

    /** Nobody can say what is ready. */
    void refuse(StoreFailure failure) {
        for (Waits.Waiter waiter = waiters.poll(); waiter != null; waiter = waiters.poll()) {
            if (waiter.serve()) {
                waiter.answer.complete(Answer.refused(life.refusal(failure)));
            }
        }
    }

    /** Topics or groups changed: ends the pulls of what is no more. */
    void endGone() {
        waiters.forEach(this::endIfGone);
    }

    /** To be asked after a pull began to wait, too: what it waits for may have been deleted just before. */
    private void endIfGone(Waits.Waiter waiter) {
        pulls.gone(waiter.order)
                .filter(_ -> waiter.serve())
                .ifPresent(why -> waiter.answer.complete(Answer.refused(why)));
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
        return pulls.isPaused(of.topic(), of.bit());
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
                putBack(waiter);
                return ready.get() != 0;
            }
            if (!waiter.answer.complete(Answer.of(deliveries))) {
                pulls.giveBack(deliveries)
                        .forEach(receipt -> isReady(receipt.member().bucket()));
            }
            return true;
        } catch (StoreFailure failure) {
            waiter.answer.complete(Answer.refused(life.refusal(failure)));
            return true;
        } catch (RuntimeException failure) {
            waiter.answer.completeExceptionally(failure);
            throw failure;
        }
    }

    private void putBack(Waits.Waiter waiter) {
        waiter.unserve();
        waiters.add(waiter);
        // Who ends the waits may have come just before, when it was being served: nobody would end it any more.
        if (waiter.endNs - life.ticker().nanoTime() <= 0 && waiter.serve()) {
            waiter.answer.complete(Answer.of(List.of()));
        }
        endIfGone(waiter);
    }

    private List<Delivery> deliver(Waits.Waiter waiter) {
        if (isPaused()) {
            return List.of();
        }
        if (ready.get() == 0 && (!isFresh() || waiter.isImpatient)) {
            note(pulls.probe(List.of(of))[0]);
        }
        List<Delivery> deliveries = List.of();
        while (deliveries.isEmpty() && ready.get() != 0) {
            deliveries = pulls.claim(waiter.order, this::takeBucket, this::isReadyStill);
        }
        return deliveries;
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
