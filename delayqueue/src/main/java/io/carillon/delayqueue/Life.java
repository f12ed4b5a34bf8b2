package io.carillon.delayqueue;

import io.carillon.base.Ticker;
import io.carillon.base.delayqueue.Refusal;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * The running of one node: its clock, its virtual threads, and whether it is over. Any thread may call. All work that
 * waits for a store is done on virtual threads of this class.
 */
final class Life implements Executor {
    /** Thrown where work goes on after the end; nobody but this class's threads sees it. */
    static final class Over extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Over() {
            super("the node has ended", null, false, false);
        }
    }

    private static final System.Logger LOGGER = System.getLogger(Life.class.getName());

    private static final long FAILED_REST_NS = 500_000_000L;
    private static final long TELL_EVERY_NS = 60_000_000_000L;

    private final Ticker ticker;
    private final Steps steps;
    private final Set<Thread> threads = ConcurrentHashMap.newKeySet();
    private final AtomicLong toldAtNs;
    private volatile boolean isOver;

    Life(Ticker ticker, Steps steps) {
        this.ticker = ticker;
        this.steps = steps;
        this.toldAtNs = new AtomicLong(ticker.nanoTime() - TELL_EVERY_NS);
    }

    Ticker ticker() {
        return ticker;
    }

    boolean isOver() {
        return isOver;
    }

    /** Between two steps; throws when the node is over, so that nothing is done after that. */
    void at(Step step) {
        check();
        steps.at(step);
        check();
    }

    private void check() {
        if (isOver) {
            throw new Over();
        }
    }

    /**
     * What to answer after this. That nobody knows what became of something is told to the log, once a minute: a store that
     * goes does so to all that was under way. How often is counted where stores are asked, and where requests are answered.
     */
    Refusal refusal(StoreFailure failure) {
        long toldNs = toldAtNs.get();
        long nowNs = ticker.nanoTime();
        boolean isDue = !isOver && !failure.isUntouched() && nowNs - toldNs >= TELL_EVERY_NS;
        if (isDue && toldAtNs.compareAndSet(toldNs, nowNs)) {
            LOGGER.log(System.Logger.Level.WARNING, "delayqueue_outcome_unknown because=" + failure.getMessage());
        }
        return Refusals.unavailable(failure);
    }

    /** Does this on a thread of its own; the end of the node interrupts it. */
    @Override
    public void execute(Runnable work) {
        start("delayqueue-work", work);
    }

    Thread start(String name, Runnable work) {
        Thread thread = Thread.ofVirtual().name(name).unstarted(() -> {
            try {
                if (!isOver) {
                    work.run();
                }
            } catch (Over over) {
                // The node ended under the work: that is how it ends.
            } catch (RuntimeException failure) {
                if (!isOver) {
                    LOGGER.log(System.Logger.Level.WARNING, "delayqueue_work_failed thread=" + name, failure);
                }
            } finally {
                threads.remove(Thread.currentThread());
            }
        });
        threads.add(thread);
        thread.start();
        return thread;
    }

    /**
     * Repeats this until the node is over, and rests as long as it says, in ns, unless the thread is unparked. What a
     * store's failure breaks is tried again after a second: stores come back.
     */
    Thread loop(String name, Round round) {
        return start(name, () -> {
            boolean isFailing = false;
            while (!isOver) {
                long restNs;
                try {
                    restNs = round.go();
                    if (isFailing) {
                        LOGGER.log(System.Logger.Level.INFO, "delayqueue_store_answers_again loop=" + name);
                    }
                    isFailing = false;
                } catch (StoreFailure failure) {
                    if (!isFailing && !isOver) {
                        LOGGER.log(
                                System.Logger.Level.WARNING,
                                "delayqueue_store_fails loop=" + name + " because=" + failure.getMessage());
                    }
                    isFailing = true;
                    restNs = FAILED_REST_NS;
                } catch (Over over) {
                    throw over;
                } catch (RuntimeException fault) {
                    // Not foreseen; the order must be kept all the same, and the next round begins from the stores'
                    // state.
                    if (!isOver) {
                        LOGGER.log(System.Logger.Level.ERROR, "delayqueue_loop_failed loop=" + name, fault);
                    }
                    restNs = FAILED_REST_NS;
                }
                if (restNs > 0 && !isOver) {
                    LockSupport.parkNanos(restNs);
                }
            }
        });
    }

    /** One round of a loop. */
    interface Round {
        /** How long the loop may rest, in ns. */
        long go();
    }

    /** Ends the node: nothing that goes through {@link #at} happens after that. */
    void end() {
        isOver = true;
        for (Thread thread : threads) {
            if (!thread.equals(Thread.currentThread())) {
                thread.interrupt();
            }
        }
    }

    /** Waits for what still runs, for so many ms at most. */
    void await(long ms) {
        long end = ticker.nanoTime() + ms * 1_000_000;
        for (Thread thread : threads) {
            try {
                if (!thread.equals(Thread.currentThread())) {
                    thread.join(java.time.Duration.ofNanos(Math.max(1, end - ticker.nanoTime())));
                }
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }
}
