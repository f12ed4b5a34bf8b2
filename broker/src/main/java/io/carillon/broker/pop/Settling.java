package io.carillon.broker.pop;

import io.carillon.base.Ticker;
import io.carillon.broker.consume.PopPolls;
import io.carillon.broker.metadata.PopQueue;
import io.carillon.broker.metadata.TopicState;
import io.carillon.broker.metadata.Topics;
import io.carillon.broker.pop.PopService.ChangeAnswer;
import io.carillon.broker.pop.PopService.Outcome;
import io.carillon.log.ConsumeQueue;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.ObjLongConsumer;

/** Takes back what was handed out: it is settled, or becomes visible at another time. Any thread. */
final class Settling {
    private final Topics topics;
    private final LivePops queues;
    private final Journal journal;
    private final Returning returning;
    private final PopPolls polls;
    private final ObjLongConsumer<LiveQueue> visibleAt;
    private final Ticker ticker;
    private final LongAdder acked;

    /**
     * @param visibleAt told when a message of a queue becomes visible, or {@link LiveQueue#NEVER}
     * @param acked counts what is settled
     */
    Settling(
            Topics topics,
            LivePops queues,
            Journal journal,
            Returning returning,
            PopPolls polls,
            ObjLongConsumer<LiveQueue> visibleAt,
            Ticker ticker,
            LongAdder acked) {
        this.topics = topics;
        this.queues = queues;
        this.journal = journal;
        this.returning = returning;
        this.polls = polls;
        this.visibleAt = visibleAt;
        this.ticker = ticker;
        this.acked = acked;
    }

    /** See {@link PopService#ack}. */
    Outcome ack(String group, String topic, int queue, long offset, long poppedMs) {
        Outcome outcome = place(topic, queue, offset, 1);
        if (outcome == Outcome.DONE) {
            settle(group, topic, queue, offset, poppedMs);
        }
        return outcome;
    }

    private void settle(String group, String topic, int number, long offset, long poppedMs) {
        LiveQueue queue = queues.find(new PopQueue.Key(group, topic, number));
        if (queue == null) {
            return;
        }
        LiveQueue.Settled settled = queue.ack(offset, poppedMs, ticker.nowMs());
        if (settled == LiveQueue.Settled.UNKNOWN) {
            return;
        }
        acked.increment();
        journal.changed(queue);
        if (settled == LiveQueue.Settled.UNBLOCKED) {
            polls.wake(queue.topic(), group, number);
        }
    }

    private Outcome place(String name, int number, long offset, int beyond) {
        TopicState topic = topics.find(name);
        if (topic == null) {
            return Outcome.NO_TOPIC;
        }
        if (number < 0 || number >= topic.config().readQueues()) {
            return Outcome.BAD_QUEUE;
        }
        ConsumeQueue queue = topic.queue(number);
        boolean isThere = offset >= queue.offsetMin() && offset < queue.offsetMax() + beyond;
        return isThere ? Outcome.DONE : Outcome.NO_MESSAGE;
    }

    /** See {@link PopService#changeInvisible}. */
    void changeInvisible(
            String group, String topic, int number, long offset, long poppedMs, long invisibleMs, ChangeAnswer told) {
        Outcome outcome = place(topic, number, offset, 0);
        LiveQueue queue = outcome == Outcome.DONE ? queues.find(new PopQueue.Key(group, topic, number)) : null;
        if (queue == null) {
            told.done(outcome == Outcome.DONE ? Outcome.NO_MESSAGE : outcome, 0, 0);
            return;
        }
        long nowMs = ticker.nowMs();
        long visibleMs = nowMs + Math.clamp(invisibleMs, 0, PopService.INVISIBLE_MAX_MS);
        long newPoppedMs = queue.change(offset, poppedMs, nowMs, visibleMs);
        if (newPoppedMs < 0) {
            told.done(Outcome.NO_MESSAGE, 0, 0);
            return;
        }
        journal.write(List.of(queue), why -> {
            visibleAt.accept(queue, queue.newDue(visibleMs));
            told.done(why == null ? Outcome.DONE : Outcome.NOT_STORED, newPoppedMs, visibleMs);
        });
    }

    /** See {@link PopService#giveBack}. */
    void giveBack(String group, String topic, int number, long poppedMs, long[] offsets) {
        LiveQueue queue = queues.find(new PopQueue.Key(group, topic, number));
        if (queue == null) {
            return;
        }
        long[] leaving = queue.leave(offsets, poppedMs);
        if (leaving.length > 0) {
            returning.start(queue, leaving, Returning.Kind.UNTRIED);
            return;
        }
        // In order nothing leaves: they are handed out again where they are.
        for (long offset : offsets) {
            changeInvisible(group, topic, number, offset, poppedMs, 0, (_, _, _) -> {});
        }
    }
}
