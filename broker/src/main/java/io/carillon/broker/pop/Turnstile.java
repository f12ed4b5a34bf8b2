package io.carillon.broker.pop;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Runs work one piece after the other in the order in which it came, on the thread of whoever comes when nobody runs
 * any. So what two pieces append to the log is there in that order, and no lock is held while they do.
 */
final class Turnstile {
    private final Queue<Runnable> work = new ConcurrentLinkedQueue<>();
    private final AtomicInteger count = new AtomicInteger();

    /** Any thread; returns maybe before it was run. What it throws ends up with whoever runs it. */
    void run(Runnable piece) {
        work.add(piece);
        if (count.getAndIncrement() > 0) {
            return;
        }
        RuntimeException fault = null;
        do {
            Runnable next = work.poll();
            try {
                if (next != null) {
                    next.run();
                }
            } catch (RuntimeException e) {
                fault = e;
            }
        } while (count.decrementAndGet() > 0);
        if (fault != null) {
            throw fault;
        }
    }
}
