package io.carillon.broker.consume;

import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A consumer that popped nothing and waits in {@link PopPolls}, or one that only wants to be told when there is
 * something to pop. A front extends it by what it needs to answer. It is used once.
 */
public abstract class PopPoll extends Timed {
    final String topic;
    final String group;
    final int queue;
    final boolean isNotice;
    private final AtomicBoolean isEnded = new AtomicBoolean();

    /**
     * @param queue the queue that it pops from, -1 for any
     * @param isNotice whether it takes nothing, so that it need not wait for its turn
     */
    protected PopPoll(String topic, String group, int queue, boolean isNotice) {
        this.topic = topic;
        this.group = group;
        this.queue = queue;
        this.isNotice = isNotice;
    }

    /** Called once when it is time to look again. On the log's path or an agent's thread: it must only hand over. */
    protected abstract void resume();

    /** Whether anybody is left to be answered. Any thread. */
    protected abstract boolean isAlive();

    final boolean claim() {
        return isEnded.compareAndSet(false, true);
    }

    final boolean isClaimed() {
        return isEnded.get();
    }
}
