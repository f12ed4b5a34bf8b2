package io.carillon.base;

/**
 * A small piece of work that a runner repeats for as long as the process serves.
 *
 * <p>An agent owns no thread, no clock and no random source; they are handed in, so that a test can drive it step by
 * step. Only one thread at a time calls {@link #doWork}.
 */
public interface Agent {
    /**
     * Does what there is to do, and no more than a few milliseconds of it unless it waits for the disk.
     *
     * @return how many things were done; 0 tells the runner that it may rest
     */
    int doWork();

    /** How long the runner may rest, in nanoseconds, after a {@link #doWork} that found nothing, unless it is woken. */
    long restNs();

    /** Hands over what ends the runner's rest; called once, before the first {@link #doWork}. Any thread may run it. */
    default void wakeBy(Runnable waker) {}

    /** The name that stands in {@code docs/threads.md} and in the log when the agent stops for a fault. */
    String name();
}
