package io.carillon.delayqueue;

import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.ToIntFunction;

/**
 * Has worked off together what many callers hand over meanwhile: while one batch is with the store, the next one forms by
 * itself. So one caller alone waits for nobody, and sixty-four share a commit. Any thread may call {@link #add}.
 */
final class GroupCommit<T> {
    private static final int WEIGHT_MAX = 2 << 20;

    private final Life life;
    private final String name;
    private final int workersMax;
    private final int batchMax;
    private final ToIntFunction<T> weight;
    private final Consumer<List<T>> work;
    private final Queue<T> queue = new ConcurrentLinkedQueue<>();
    private final AtomicInteger waiting = new AtomicInteger();
    private final AtomicInteger workers = new AtomicInteger();

    /** @param weight how much of a batch's bytes an item takes */
    GroupCommit(Life life, String name, int workersMax, int batchMax, ToIntFunction<T> weight, Consumer<List<T>> work) {
        this.life = life;
        this.name = name;
        this.workersMax = workersMax;
        this.batchMax = batchMax;
        this.weight = weight;
        this.work = work;
    }

    int waiting() {
        return waiting.get();
    }

    boolean isBusy() {
        return workers.get() > 0 || !queue.isEmpty();
    }

    void add(T item) {
        queue.add(item);
        int ahead = waiting.incrementAndGet();
        int running = workers.get();
        // A second worker only for more than the first one takes at once: else it would halve the batches.
        if (running == 0 || ahead > batchMax / 4 * running) {
            startWorker();
        }
    }

    private void startWorker() {
        int running = workers.get();
        while (running < workersMax) {
            if (workers.compareAndSet(running, running + 1)) {
                life.start(name, this::workOff);
                return;
            }
            running = workers.get();
        }
    }

    private void workOff() {
        try {
            for (List<T> batch = next(); !batch.isEmpty(); batch = next()) {
                work.accept(batch);
            }
        } finally {
            workers.decrementAndGet();
            // What was added since the last look, or waits behind a batch that failed.
            if (!queue.isEmpty() && workers.get() == 0) {
                startWorker();
            }
        }
    }

    private List<T> next() {
        List<T> batch = new ArrayList<>();
        long bytes = 0;
        while (batch.size() < batchMax && bytes < WEIGHT_MAX) {
            T item = queue.poll();
            if (item == null) {
                break;
            }
            batch.add(item);
            bytes += weight.applyAsInt(item);
        }
        waiting.addAndGet(-batch.size());
        return batch;
    }
}
