package io.carillon.rocketmq;

import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.Executor;

/**
 * Lets one task at a time run on an executor that others use too, so that they find room there however long one takes.
 * Whoever adds tasks sees to it that not too many wait. Any thread.
 */
final class OneByOne implements Executor {
    private final Executor shared;
    private final Queue<Runnable> waiting = new ArrayDeque<>();
    private boolean isRunning;

    OneByOne(Executor shared) {
        this.shared = shared;
    }

    @Override
    public void execute(Runnable task) {
        synchronized (this) {
            if (isRunning) {
                waiting.add(task);
                return;
            }
            isRunning = true;
        }
        start(task);
    }

    private void start(Runnable task) {
        shared.execute(() -> {
            try {
                task.run();
            } finally {
                goOn();
            }
        });
    }

    /** The next one stands in line with the tasks of others. */
    private void goOn() {
        Runnable next;
        synchronized (this) {
            next = waiting.poll();
            isRunning = next != null;
        }
        if (next != null) {
            start(next);
        }
    }
}
