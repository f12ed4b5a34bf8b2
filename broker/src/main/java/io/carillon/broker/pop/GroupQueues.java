package io.carillon.broker.pop;

import io.carillon.base.Ticker;
import io.carillon.broker.metadata.PopQueue;
import io.carillon.broker.metadata.ReplicatedState;
import io.carillon.broker.metadata.TopicState;
import io.carillon.log.ConsumeQueue;
import io.carillon.log.MessageLog;
import io.carillon.log.QueueEntry;
import org.jspecify.annotations.Nullable;

/** Where a group pops from: the queues of the topic, and those of its retries, from where it stands in them. Any thread. */
final class GroupQueues {
    private final MessageLog log;
    private final ReplicatedState state;
    private final LivePops queues;
    private final Journal journal;
    private final Ticker ticker;

    GroupQueues(MessageLog log, ReplicatedState state, LivePops queues, Journal journal, Ticker ticker) {
        this.log = log;
        this.state = state;
        this.queues = queues;
        this.journal = journal;
        this.ticker = ticker;
    }

    /** The topic that consumers name, or that of a group's retries; null when there is none. */
    @Nullable
    TopicState topic(String topic, String group, RetryKind kind) {
        return state.topics().find(kind.topic(topic, group));
    }

    /** The queue to take from; made when nobody popped from it before. */
    LiveQueue live(Pop pop, RetryKind kind, TopicState topic, int number) {
        PopQueue.Key key = new PopQueue.Key(pop.group(), topic.config().name(), number);
        LiveQueue found = queues.find(key);
        if (found != null) {
            return found;
        }
        LiveQueue made = queues.findOrMake(key, _ -> make(key, pop, kind, topic.queue(number)));
        if (isGone(made)) {
            queues.remove(made);
        }
        return made;
    }

    /** Who deletes takes away what he finds: what was made too late for him must not outlive topic or group. */
    private boolean isGone(LiveQueue queue) {
        PopQueue.Key key = queue.key();
        TopicState topic = state.topics().find(key.topic());
        return topic == null
                || key.queue() >= topic.config().queues()
                || topic.queue(key.queue()) != queue.queue()
                || state.groups().find(key.group()) == null;
    }

    private LiveQueue make(PopQueue.Key key, Pop pop, RetryKind kind, ConsumeQueue queue) {
        long committed = committed(key);
        long next = committed >= 0 ? committed : first(queue, pop.isFromEnd() && kind == RetryKind.NONE);
        // An epoch that is greater than those of a topic or group of this name that was deleted before.
        LiveQueue made = new LiveQueue(key, pop.topic(), kind, queue, queues.total(), ticker.nowMs(), next);
        journal.changed(made);
        return made;
    }

    private long committed(PopQueue.Key key) {
        return state.offsets().current(key.group(), key.topic(), key.queue());
    }

    /** Where a group begins in a queue of which it has consumed nothing. */
    private long first(ConsumeQueue queue, boolean isFromEnd) {
        long min = queue.offsetMin();
        if (!isFromEnd || (min == 0 && isHot(queue))) {
            return min;
        }
        return Math.max(0, queue.offsetMax() - 1);
    }

    /** Whether a young queue can be read whole without waiting for the disk: then nobody need skip any of it. */
    private boolean isHot(ConsumeQueue queue) {
        QueueEntry entry = new QueueEntry();
        return !queue.read(0, entry) || !log.isCold(entry.logOffset);
    }

    /** The queue only to look at: none is made by that. */
    LiveQueue peeked(Pop pop, RetryKind kind, TopicState topic, int number) {
        PopQueue.Key key = new PopQueue.Key(pop.group(), topic.config().name(), number);
        LiveQueue live = queues.find(key);
        if (live != null) {
            return live;
        }
        ConsumeQueue queue = topic.queue(number);
        long committed = committed(key);
        long next = committed >= 0 ? committed : queue.offsetMin();
        return new LiveQueue(key, pop.topic(), kind, queue, queues.total(), 0, next);
    }

    /** Whether there is something to pop, as far as can be told without looking at the messages. */
    boolean hasAny(Pop pop) {
        for (RetryKind kind : RetryKind.values()) {
            TopicState topic = topic(pop.topic(), pop.group(), kind);
            boolean isOne = kind == RetryKind.NONE && pop.queue() >= 0;
            int count = topic == null || (pop.isOrdered() && kind != RetryKind.NONE)
                    ? 0
                    : isOne ? 1 : topic.config().readQueues();
            for (int i = 0; i < count && topic != null; i++) {
                if (hasAny(pop, peeked(pop, kind, topic, isOne ? pop.queue() : i))) {
                    return true;
                }
            }
        }
        return false;
    }

    private boolean hasAny(Pop pop, LiveQueue queue) {
        return pop.isOrdered() ? queue.hasForOrdered(pop.attemptId(), ticker.nowMs()) : queue.waiting() > 0;
    }
}
