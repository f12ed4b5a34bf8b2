package io.carillon.server;

import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Work that is done when somebody asks for it, on a thread that may wait: once for all who asked before it began, and once
 * more for those who asked since. Any thread may ask.
 */
final class OnDemand {
    private static final Logger LOG = LoggerFactory.getLogger(OnDemand.class);

    private final Executor thread;
    private final Runnable work;
    private final AtomicBoolean isAskedFor = new AtomicBoolean();

    /** @param thread runs one task after the other; what goes wrong is thrown to it */
    OnDemand(Executor thread, Runnable work) {
        this.thread = thread;
        this.work = work;
    }

    void ask() {
        if (isAskedFor.compareAndSet(false, true)) {
            try {
                thread.execute(this::run);
            } catch (RejectedExecutionException e) {
                LOG.debug("the process is stopping, nothing is looked for any more", e);
            }
        }
    }

    private void run() {
        isAskedFor.set(false); // first: whoever asks from now on may know what this run does not see
        work.run();
    }
}
