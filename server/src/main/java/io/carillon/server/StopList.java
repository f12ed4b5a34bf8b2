package io.carillon.server;

import java.util.ArrayDeque;
import java.util.Deque;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What has been started, so that it can be stopped in the opposite order: top down. Used by one thread at a time. */
final class StopList implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(StopList.class);

    /** One thing to stop. */
    @FunctionalInterface
    interface Step {
        void run() throws Exception;
    }

    private record Named(String name, Step step) {}

    private final Deque<Named> steps = new ArrayDeque<>();

    /** To be run before everything that was added before. */
    void add(String name, Step step) {
        steps.push(new Named(name, step));
    }

    /** Runs all steps, each once; one that fails is reported, and the next one runs all the same. */
    @Override
    public void close() {
        while (!steps.isEmpty()) {
            Named next = steps.pop();
            try {
                next.step().run();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                LOG.error("interrupted while stopping part={}", next.name());
            } catch (Exception e) {
                LOG.error("could not stop in order part={} fault={}", next.name(), e, e);
            }
        }
    }
}
