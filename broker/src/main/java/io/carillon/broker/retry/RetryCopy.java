package io.carillon.broker.retry;

import io.carillon.broker.metadata.TopicState;
import io.carillon.log.AppendBatch;
import io.carillon.log.ConsumeQueue;
import io.carillon.message.DueTime;
import io.carillon.message.MessageProperties;
import io.carillon.message.MessageRecord;
import io.carillon.message.PropertyBytes;
import io.carillon.message.RecordCopy;
import io.carillon.message.SysFlag;
import java.lang.foreign.MemorySegment;
import java.util.HexFormat;
import java.util.List;

/**
 * One message on its way back into the log. Filled by one thread, told by the log's; reused when it was told.
 *
 * <p>It keeps body, flags, born time and host, and all properties but those that said when the last delivery was due.
 */
final class RetryCopy {
    private static final HexFormat HEX = HexFormat.of().withUpperCase();
    private static final List<String> OF_ONE_DELIVERY = List.of(
            MessageProperties.DELAY,
            MessageProperties.TIMER_DELAY_SEC,
            MessageProperties.TIMER_DELAY_MS,
            MessageProperties.TIMER_DELIVER_MS,
            MessageProperties.TIMER_OUT_MS);

    private final RecordCopy copy = new RecordCopy();
    private final AppendBatch batch;

    /** @param stored told once for each append */
    RetryCopy(AppendBatch.Completion stored) {
        batch = new AppendBatch(stored);
    }

    AppendBatch batch() {
        return batch;
    }

    /** Makes it ready for the next message. */
    void clear() {
        batch.clear();
        copy.properties.clear();
    }

    /** Takes over the record that stands at this log offset. */
    void read(MemorySegment record, long logOffset, byte[] storeHost) {
        copy.read(record, 0);
        PropertyBytes properties = copy.properties;
        OF_ONE_DELIVERY.forEach(properties::remove);
        properties.putIfAbsent(MessageProperties.RETRY_TOPIC, copy.topic);
        properties.putIfAbsent(
                MessageProperties.ORIGIN_MESSAGE_ID, HEX.formatHex(copy.head.storeHost) + HEX.toHexDigits(logOffset));
        copy.head.storeHost = storeHost;
        copy.head.reconsumeTimes = Math.min(copy.head.reconsumeTimes, Integer.MAX_VALUE - 1) + 1;
        // What a transaction once was is over; the field where it stands is where a due time goes.
        copy.head.sysFlag &= ~SysFlag.TRANSACTION_MASK;
        copy.head.preparedTransactionOffset = 0;
    }

    /**
     * Adds it to the batch as a message that is in its queue at once.
     *
     * @throws IllegalArgumentException when it is larger than a record can be: a sentence for the client
     */
    void add(TopicState topic, int queue) {
        address(topic, queue);
        batch.add(topic.queue(queue), copy);
    }

    /**
     * Adds it to the batch as a message that is due later.
     *
     * @param level the classic level that it waits for, which clients see; 0 for none
     * @param hour the queue in which it waits
     * @throws IllegalArgumentException when it is larger than a record can be: a sentence for the client
     */
    void addDue(TopicState topic, int queue, int level, long dueMs, ConsumeQueue hour) {
        address(topic, queue);
        copy.head.preparedTransactionOffset = DueTime.of(dueMs, DueTime.RANK_DEFAULT);
        if (level > 0) {
            copy.properties.put(MessageProperties.DELAY, Integer.toString(level));
        }
        copy.properties.put(MessageProperties.REAL_TOPIC, copy.topic);
        copy.properties.put(MessageProperties.REAL_QID, Integer.toString(queue));
        copy.properties.put(MessageProperties.TIMER_OUT_MS, Long.toString(dueMs));
        batch.add(hour, copy);
    }

    /** Adds a copy of what was popped and not settled. */
    void addPopped(MemorySegment record, TopicState topic, String origin, byte[] storeHost, long poppedMs) {
        read(record, MessageRecord.physicalOffset(record, 0), storeHost);
        PropertyBytes properties = copy.properties;
        if (!origin.isEmpty() && !origin.equals(properties.get(MessageProperties.RETRY_TOPIC))) {
            properties.put(MessageProperties.RETRY_TOPIC, origin);
        }
        properties.putIfAbsent(MessageProperties.FIRST_POP_TIME, Long.toString(poppedMs));
        add(topic, 0);
    }

    /** Adds a copy of what was popped, and reached nobody. */
    void addUntried(MemorySegment record, TopicState topic, byte[] storeHost) {
        int triesBefore = MessageRecord.reconsumeTimes(record, 0);
        read(record, MessageRecord.physicalOffset(record, 0), storeHost);
        copy.head.reconsumeTimes = triesBefore;
        add(topic, 0);
    }

    private void address(TopicState topic, int queue) {
        copy.topic = topic.config().name();
        copy.head.queueId = queue;
    }
}
