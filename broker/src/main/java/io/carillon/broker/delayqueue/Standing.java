package io.carillon.broker.delayqueue;

import io.carillon.base.delayqueue.MessageState;
import io.carillon.base.delayqueue.Requests.Where;
import io.carillon.base.delayqueue.Stored;
import io.carillon.message.MessageRecord;
import io.carillon.message.TopicName;
import java.lang.foreign.MemorySegment;
import java.util.Collection;

/** Judges where a message stands that is in its topic. Reads: on threads that may wait for the disk. */
final class Standing {
    private final Parts parts;
    private final ExpiredNotes expired;

    Standing(Parts parts, ExpiredNotes expired) {
        this.parts = parts;
        this.expired = expired;
    }

    static boolean isAfter(MemorySegment one, MemorySegment other) {
        return MessageRecord.physicalOffset(one, 0) > MessageRecord.physicalOffset(other, 0);
    }

    /** How one group sees it, by the copy that counts for that group. */
    private record Seen(MessageState state, int attempts, StoredForm.Read by) {
        /** Of several groups the one counts that has the most to do with the message still. */
        int weight() {
            return switch (state) {
                case IN_FLIGHT -> 5;
                case READY, SCHEDULED -> 4;
                case DELIVERED -> 3;
                case DEAD -> 2;
                case ACKNOWLEDGED, CANCELLED, EXPIRED -> 1;
            };
        }
    }

    /**
     * A message as groups see it: in somebody's hands while one of them has it, ready while one of them wants it.
     *
     * @param groups none stands for one that has not consumed anything yet
     */
    Stored stored(String topic, Collection<String> groups, StoredForm.Read first, boolean withBody) {
        Seen most = null;
        for (String group : groups) {
            Seen seen = seen(topic, group, first);
            most = most == null || seen.weight() > most.weight() ? seen : most;
        }
        return most == null
                ? first.stored(topic, MessageState.READY, 0, withBody)
                : most.by().stored(topic, most.state(), most.attempts(), withBody);
    }

    private Seen seen(String topic, String group, StoredForm.Read first) {
        MemorySegment dead = parts.newest(TopicName.deadLetterOf(group), first.id());
        MemorySegment retry = parts.newest(TopicName.popRetryOf(topic, group), first.id());
        boolean isRedriven = dead != null && retry != null && isAfter(retry, dead);
        if (dead != null && !isRedriven) {
            return new Seen(MessageState.DEAD, MessageRecord.reconsumeTimes(dead, 0), first);
        }
        StoredForm.Read last = retry == null ? first : StoredForm.Read.of(retry);
        MessageState state = state(group, last.record());
        if (state == MessageState.ACKNOWLEDGED && expired.isNoted(new Where(topic, group), last)) {
            state = MessageState.EXPIRED;
        }
        boolean isHandedOut = state != MessageState.READY && state != MessageState.EXPIRED;
        return new Seen(state, last.attempt() - (isHandedOut ? 0 : 1), last);
    }

    private MessageState state(String group, MemorySegment record) {
        String topic = MessageRecord.topic(record, 0);
        int queue = MessageRecord.queueId(record, 0);
        long offset = MessageRecord.queueOffset(record, 0);
        if (parts.pop().heldSinceMs(group, topic, queue, offset) >= 0) {
            return MessageState.IN_FLIGHT;
        }
        long popped = parts.pop().handedOut(group, topic, queue);
        if (popped >= 0) {
            return offset < popped ? MessageState.ACKNOWLEDGED : MessageState.READY;
        }
        // A group that pulls as RocketMQ's classic clients do says only up to where it is.
        long committed = parts.offsets().current(group, topic, queue);
        return offset < committed ? MessageState.DELIVERED : MessageState.READY;
    }
}
