package io.carillon.replication;

import io.carillon.base.Agent;
import java.io.UncheckedIOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.function.Consumer;

/**
 * What a replica does now and then. Without it the replica would neither join nor copy nor change, and look as if it did: so when
 * it cannot go on, the replica fails, for whoever watches it starts it again.
 */
final class KeepAgent implements Agent {
    private static final Logger LOG = System.getLogger(KeepAgent.class.getName());
    private static final long TICK_NS = 100_000_000;

    private final Runnable tick;
    private final Consumer<Throwable> failed;
    private volatile Runnable waker = () -> {};
    private boolean hasFailed;
    private boolean hasToldOfAnswer;

    /** @param failed told once, why there will be no further tick */
    KeepAgent(Runnable tick, Consumer<Throwable> failed) {
        this.tick = tick;
        this.failed = failed;
    }

    /** Has it look at once. Any thread. */
    void wake() {
        waker.run();
    }

    @Override
    public int doWork() {
        if (hasFailed) {
            return 0;
        }
        try {
            tick.run();
        } catch (UncheckedIOException answer) {
            tellOfAnswer(answer);
        } catch (RuntimeException | Error fault) {
            hasFailed = true;
            failed.accept(fault);
        }
        return 0;
    }

    /** The other one may be a newer version, or be gone soon; it may come again with each tick. */
    private void tellOfAnswer(UncheckedIOException answer) {
        if (!hasToldOfAnswer) {
            hasToldOfAnswer = true;
            LOG.log(Level.WARNING, "what another member answered is not understood, and it is asked again", answer);
        }
    }

    @Override
    public long restNs() {
        return TICK_NS;
    }

    @Override
    public void wakeBy(Runnable runnerWaker) {
        waker = runnerWaker;
    }

    @Override
    public String name() {
        return "raft-keep";
    }
}
