package io.carillon.schedule;

import io.carillon.message.DueTime;
import io.carillon.message.MessageProperties;
import io.carillon.message.MessageRecord;
import java.lang.foreign.MemorySegment;
import java.util.Map;

/**
 * A message that is due later.
 *
 * @param ticket see {@link Ticket}
 * @param topic where it will be delivered, unless {@code queue} is gone by then
 * @param dueMs when, in epoch ms
 * @param rank of those due in the same ms, the smaller one goes first
 * @param storedMs when it was stored, in epoch ms
 * @param isHeld whether its topic is paused
 * @param properties all of them
 */
public record Waiting(
        long ticket,
        String topic,
        int queue,
        long dueMs,
        int rank,
        long storedMs,
        int bodyBytes,
        boolean isHeld,
        Map<String, String> properties) {

    static Waiting of(long ticket, MemorySegment record, ScheduleState state) {
        String topic = MessageRecord.topic(record, 0);
        return new Waiting(
                ticket,
                topic,
                MessageRecord.queueId(record, 0),
                DueTime.ms(MessageRecord.due(record, 0)),
                DueTime.rank(MessageRecord.due(record, 0)),
                MessageRecord.storeTimestamp(record, 0),
                MessageRecord.bodyLength(record, 0),
                state.paused().contains(topic),
                MessageProperties.decode(record, 0));
    }

    /** Where it stands among all that waits. */
    public WaitingPlace place() {
        return new WaitingPlace(dueMs, rank, Ticket.place(ticket));
    }

    /** The unique id that its sender gave it, or an empty text. */
    public String uniqueId() {
        return properties.getOrDefault(MessageProperties.UNIQ_KEY, "");
    }
}
