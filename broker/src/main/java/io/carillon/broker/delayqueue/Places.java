package io.carillon.broker.delayqueue;

import io.carillon.base.delayqueue.MessageState;
import io.carillon.base.delayqueue.Requests.Search;
import io.carillon.base.delayqueue.Requests.Where;
import io.carillon.base.delayqueue.Stored;
import io.carillon.broker.metadata.TopicState;
import io.carillon.broker.pop.RetryKind;
import io.carillon.log.ConsumeQueue;
import io.carillon.message.MessageRecord;
import io.carillon.message.TopicName;
import java.lang.foreign.MemorySegment;
import java.util.Collection;
import java.util.List;

/**
 * Knows in which parts of which queues messages of a state stand. What one group has ready, in flight, as dead letters, or
 * did not get in time stands together. All else is found by judging the messages of the topic one by one. Reads the index.
 */
final class Places {
    /** Whether there is another note, the message itself, and where it stands. */
    private static final int LOOKS_OF_EXPIRED = 4;

    private final Parts parts;
    private final DeadLetterBox deadLetters;
    private final ExpiredNotes expired;
    private final Standing standing;

    Places(Parts parts, DeadLetterBox deadLetters, ExpiredNotes expired, Standing standing) {
        this.parts = parts;
        this.deadLetters = deadLetters;
        this.expired = expired;
        this.standing = standing;
    }

    /** What is looked for in a topic: from this place of the log on, in the state that these groups see. */
    record Wanted(Search search, String topic, Collection<String> groups, long walked) {}

    void add(Wanted wanted, List<Walk.Part> to) {
        MessageState state = wanted.search().state();
        if (state == null || wanted.groups().size() > 1) {
            addJudged(wanted, to);
            return;
        }
        String group =
                wanted.groups().isEmpty() ? "" : wanted.groups().iterator().next();
        switch (state) {
            case READY -> forEachQueue(wanted, group, queue -> to.add(ready(wanted, group, queue)));
            case IN_FLIGHT -> forEachQueue(wanted, group, queue -> to.add(held(wanted, group, queue)));
            case DEAD -> addDead(wanted, group, to);
            case EXPIRED -> addExpired(wanted, group, to);
            case SCHEDULED, DELIVERED, ACKNOWLEDGED, CANCELLED -> addJudged(wanted, to);
        }
    }

    private interface OnQueue {
        void with(ConsumeQueue queue);
    }

    /** Of the topic, and of the group's retries of it. */
    private void forEachQueue(Wanted wanted, String group, OnQueue then) {
        for (RetryKind kind : RetryKind.values()) {
            forEachQueue(kind.topic(wanted.topic(), group), then);
        }
    }

    private void forEachQueue(String name, OnQueue then) {
        TopicState topic = parts.topics().find(name);
        for (int i = 0; topic != null && i < topic.config().readQueues(); i++) {
            ConsumeQueue queue = parts.log().existingQueue(name, i);
            if (queue != null) {
                then.with(queue);
            }
        }
    }

    private long first(Wanted wanted, ConsumeQueue queue, long from) {
        // Nothing becomes due before its time: what is due later than that was stored later, too.
        long fromMs = wanted.search().fromMs();
        long byTime = fromMs > 0 ? parts.log().offsetAtOrAfter(queue, fromMs) : 0;
        long byPlace = wanted.walked() > 0 ? parts.log().offsetFrom(queue, wanted.walked()) : 0;
        return Math.max(from, Math.max(byTime, byPlace));
    }

    private Walk.Part ready(Wanted wanted, String group, ConsumeQueue queue) {
        long popped = parts.pop().handedOut(group, queue.topic(), queue.number());
        long next = popped >= 0 ? popped : parts.offsets().current(group, queue.topic(), queue.number());
        return range(wanted, queue, next, record -> as(wanted, MessageState.READY, record), 1);
    }

    private Walk.Part held(Wanted wanted, String group, ConsumeQueue queue) {
        Walk.Judge judge = record -> as(wanted, MessageState.IN_FLIGHT, record);
        return new Walk.Held(parts.pop(), group, queue, first(wanted, queue, 0), judge);
    }

    private static Stored as(Wanted wanted, MessageState state, MemorySegment record) {
        StoredForm.Read read = StoredForm.Read.of(record);
        int attempts = read.attempt() - (state == MessageState.READY ? 1 : 0);
        return read.stored(wanted.topic(), state, attempts, false);
    }

    private void addDead(Wanted wanted, String group, List<Walk.Part> to) {
        Where where = new Where(wanted.topic(), group);
        Walk.Judge judge = record -> deadLetters.isLetter(where, record)
                ? StoredForm.Read.of(record)
                        .stored(wanted.topic(), MessageState.DEAD, MessageRecord.reconsumeTimes(record, 0), false)
                : null;
        forEachQueue(TopicName.deadLetterOf(group), queue -> to.add(range(wanted, queue, 0, judge, 1)));
    }

    private void addExpired(Wanted wanted, String group, List<Walk.Part> to) {
        Where where = new Where(wanted.topic(), group);
        Walk.Judge judge = note -> {
            MemorySegment message = expired.message(where, note);
            return message == null ? null : judged(wanted, message);
        };
        forEachQueue(TopicName.expiredOf(group), queue -> to.add(range(wanted, queue, 0, judge, LOOKS_OF_EXPIRED)));
    }

    private void addJudged(Wanted wanted, List<Walk.Part> to) {
        int looks = Math.max(1, wanted.groups().size());
        forEachQueue(wanted.topic(), queue -> to.add(range(wanted, queue, 0, record -> judged(wanted, record), looks)));
    }

    /** As its groups see it, whatever that is. */
    Stored judged(Wanted wanted, MemorySegment record) {
        return standing.stored(wanted.topic(), wanted.groups(), StoredForm.Read.of(record), false);
    }

    private Walk.Part range(Wanted wanted, ConsumeQueue queue, long from, Walk.Judge judge, int looks) {
        return new Walk.Range(queue, first(wanted, queue, from), queue.offsetMax(), judge, looks);
    }
}
