package io.carillon.systemtests.clients;

import java.util.Collection;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/** Threads of a test, and what went wrong on them. */
final class Workers {
    private final Queue<Throwable> crashes = new ConcurrentLinkedQueue<>();

    interface Work {
        void run() throws Exception;
    }

    Thread launch(Work work) {
        return Thread.ofVirtual().start(() -> {
            try {
                work.run();
            } catch (Exception | Error e) {
                crashes.add(e);
            }
        });
    }

    /** What went wrong so far; grows. */
    Collection<Throwable> crashes() {
        return crashes;
    }
}
