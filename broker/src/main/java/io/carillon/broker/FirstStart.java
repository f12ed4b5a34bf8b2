package io.carillon.broker;

import io.carillon.base.Agent;
import io.carillon.base.CarillonException;
import io.carillon.base.Ticker;
import io.carillon.broker.admin.SystemNames;
import io.carillon.broker.metadata.ReplicatedState;
import io.carillon.broker.metadata.TopicState;
import io.carillon.log.Refusal;
import io.carillon.message.ConsumerGroup;
import io.carillon.message.Topic;
import io.carillon.message.TopicName;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Makes the system topics and groups that are missing, and the template again when it is configured otherwise: one entry
 * for each kind, so one force in all.
 */
final class FirstStart {
    private static final long PATIENCE_NS = TimeUnit.SECONDS.toNanos(60);
    private static final long LOOK_MS = 100;

    private final ReplicatedState state;
    private final List<Agent> idle;
    private final Ticker ticker;
    private final Semaphore done = new Semaphore(0);
    private int asked;
    private final AtomicReference<Refusal> refused = new AtomicReference<>();

    /** @param idle the log's agents when nobody runs them yet: then they run here */
    FirstStart(ReplicatedState state, List<Agent> idle, Ticker ticker) {
        this.state = state;
        this.idle = idle;
        this.ticker = ticker;
    }

    void make(SystemNames names) {
        List<Topic> topics = names.topics().stream().filter(this::mustBePut).toList();
        List<ConsumerGroup> groups = names.groups().stream()
                .filter(group -> state.groups().find(group.name()) == null)
                .toList();
        try {
            if (!topics.isEmpty()) {
                asked++;
                state.topics().put(topics, this::done);
            }
        } catch (IllegalArgumentException e) {
            throw new CarillonException.BadConfig("the names of broker and cluster are names of topics, and"
                    + " broker.auto-create-queues is a topic's number of queues: " + e.getMessage());
        }
        if (!groups.isEmpty()) {
            asked++;
            state.groups().put(groups, this::done);
        }
        await();
    }

    /** Only the template follows the configuration; clients cannot change it. */
    private boolean mustBePut(Topic topic) {
        TopicState before = state.topics().find(topic.name());
        return before == null
                || (topic.name().equals(TopicName.AUTO_CREATE)
                        && !before.config().equals(topic));
    }

    private void done(@Nullable Refusal refusal) {
        if (refusal != null) {
            refused.set(refusal);
        }
        done.release();
    }

    private void await() {
        long deadlineNs = ticker.nanoTime() + PATIENCE_NS;
        try {
            while (!done.tryAcquire(asked, idle.isEmpty() ? LOOK_MS : 0, TimeUnit.MILLISECONDS)) {
                idle.forEach(Agent::doWork);
                if (ticker.nanoTime() - deadlineNs > 0) {
                    throw fault("not durable after 60 s");
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw fault("interrupted");
        }
        Refusal refusal = refused.get();
        if (refusal != null) {
            throw fault("the log refused: " + refusal);
        }
    }

    private static CarillonException fault(String facts) {
        return new CarillonException.StorageFault("the system topics could not be made: " + facts, null);
    }
}
