package io.carillon.broker.pop;

import io.carillon.base.Agent;
import io.carillon.base.Ticker;
import io.carillon.broker.consume.PopPolls;
import java.util.concurrent.TimeUnit;

/** Looks at queues when messages in flight become visible again. */
final class Expiry implements Agent {
    /** So many messages of a queue are given back together. */
    private static final int TOGETHER_MAX = 256;

    private final Deadlines deadlines;
    private final Returning returning;
    private final PopPolls polls;
    private final Ticker ticker;
    private volatile Runnable waker = () -> {};

    Expiry(Deadlines deadlines, Returning returning, PopPolls polls, Ticker ticker) {
        this.deadlines = deadlines;
        this.returning = returning;
        this.polls = polls;
        this.ticker = ticker;
    }

    void wake() {
        waker.run();
    }

    @Override
    public int doWork() {
        int done = 0;
        long nowMs = ticker.nowMs();
        for (LiveQueue queue : deadlines.takeDue(nowMs)) {
            LiveQueue.Due due = queue.due(nowMs, TOGETHER_MAX);
            if (due.nextMs != LiveQueue.NEVER) {
                deadlines.add(due.nextMs, queue);
            }
            if (due.offsets.length > 0) {
                returning.start(queue, due.offsets, Returning.Kind.TRIED);
            }
            if (due.isOrdered) {
                polls.wake(queue.topic(), queue.key().group(), queue.key().queue());
            }
            done++;
        }
        return done;
    }

    @Override
    public long restNs() {
        long nextMs = deadlines.nextMs();
        long nowMs = ticker.nowMs();
        return nextMs == LiveQueue.NEVER ? Long.MAX_VALUE : TimeUnit.MILLISECONDS.toNanos(Math.max(0, nextMs - nowMs));
    }

    @Override
    public void wakeBy(Runnable wakes) {
        waker = wakes;
    }

    @Override
    public String name() {
        return "pop-expiry";
    }
}
