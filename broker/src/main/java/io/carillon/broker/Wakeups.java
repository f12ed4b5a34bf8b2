package io.carillon.broker;

import io.carillon.broker.consume.LongPolls;
import io.carillon.broker.consume.PopPolls;
import io.carillon.broker.consume.QueueLocks;
import io.carillon.broker.metadata.ReplicatedState;
import io.carillon.broker.metadata.Topics;
import io.carillon.broker.transaction.TransactionService;
import io.carillon.log.ConsumeQueue;
import io.carillon.log.MessageLog;
import io.carillon.schedule.Scheduler;
import java.util.ArrayList;
import java.util.List;

/** Wakes who waits for what the log and the metadata tell: on the log's path, and quickly. */
final class Wakeups implements ReplicatedState.ReadableListener {
    private final MessageLog log;
    private final Topics topics;
    private final Scheduler scheduler;
    private final TransactionService transactions;
    private final ConsumeQueue halves;
    private final LongPolls polls;
    private final PopPolls popPolls;
    private final QueueLocks locks;
    private final List<Runnable> endings = new ArrayList<>();

    Wakeups(
            MessageLog log,
            Topics topics,
            Scheduler scheduler,
            TransactionService transactions,
            LongPolls polls,
            PopPolls popPolls,
            QueueLocks locks) {
        this.log = log;
        this.topics = topics;
        this.scheduler = scheduler;
        this.transactions = transactions;
        this.halves = transactions.queue();
        this.polls = polls;
        this.popPolls = popPolls;
        this.locks = locks;
    }

    /** From now on; once. */
    void listenTo(ReplicatedState state) {
        state.onReadable(this);
        state.onReset(this::onReset);
        endings.add(topics.onChange(this::onTopicChange));
        endings.add(state.groups().onDelete(popPolls::onGroupDeleted));
        endings.add(state.groups().onDelete(locks::groupDeleted));
    }

    /** Hears no more of topics and groups. */
    void end() {
        endings.forEach(Runnable::run);
    }

    @Override
    public void onReadable(ConsumeQueue queue, long from, long to) {
        if (queue.isDue()) {
            scheduler.onScheduled(queue);
        } else if (queue == halves) {
            transactions.onPrepared();
        } else {
            polls.onReadable(queue, from, to);
            popPolls.onReadable(queue);
        }
    }

    private void onTopicChange(String topic) {
        scheduler.onTopicChange();
        resumeReadersOfDeleted(topic);
    }

    /** Who waits for a topic that is gone would wait in vain. */
    private void resumeReadersOfDeleted(String topic) {
        if (topics.find(topic) == null) {
            polls.onTopicChange(topic);
            popPolls.onTopicDeleted(topic);
            locks.topicDeleted(topic);
        }
    }

    /** Who waits in a queue would hear of the reset only when the wait is over. */
    private void onReset(String group, String topic, int number, long offset) {
        ConsumeQueue queue = log.existingQueue(topic, number);
        if (queue != null) {
            polls.onReset(queue);
        }
    }
}
