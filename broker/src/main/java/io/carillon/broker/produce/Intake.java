package io.carillon.broker.produce;

import io.carillon.broker.metadata.TopicState;
import io.carillon.log.AppendBatch;
import io.carillon.log.ConsumeQueue;
import io.carillon.message.MessageProperties;
import io.carillon.message.MessageRecord;
import io.carillon.message.RecordEncoder;
import io.carillon.message.RecordScan;
import io.carillon.message.Topic;
import io.carillon.message.TopicName;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What one thread needs to turn sends into records; reused for each of them. */
public final class Intake {
    final RecordEncoder encoder = new RecordEncoder();
    final RecordEncoder.Head head = new RecordEncoder.Head();
    final RecordScan scan = new RecordScan();
    final byte[] properties = new byte[2 * MessageRecord.PROPERTIES_BYTES_MAX];
    final MemorySegment propertiesSegment = MemorySegment.ofArray(properties);
    final Delivery delivery = new Delivery();
    final byte[] inner = new byte[2 * MessageRecord.PROPERTIES_BYTES_MAX];

    private @Nullable String batchId;
    private int uniqueAt;
    private int uniqueLength;

    /** @param hour the queue in which the message waits until it is due, or null when it is due at once */
    void encode(
            AppendBatch batch,
            TopicState topic,
            int queue,
            ByteBuffer body,
            int propertiesBytes,
            @Nullable ConsumeQueue hour) {
        byte[] name = topic.nameBytes();
        int size = RecordEncoder.size(head, body.remaining(), name.length, propertiesBytes);
        int at = batch.end();
        encoder.encode(batch.room(size), at, head, body, name, properties, propertiesBytes);
        uniqueAt = at + size - propertiesBytes + (int) scan.uniqueAt;
        uniqueLength = scan.uniqueLength;
        // The client's fallback for a failed send-back repeats the unique id on purpose, once per try.
        boolean isRetryable = !TopicName.isRetry(topic.config().name());
        if (hour == null) {
            batch.add(topic.queue(queue), size, scan, isRetryable);
        } else {
            batch.addScheduled(hour, size, scan, isRetryable);
        }
    }

    /** Of the message whose properties were scanned last; below 0 when they say nothing that is a number. */
    int priority() {
        try {
            Map<String, String> all = MessageProperties.decode(scan.bytes, scan.start, scan.length);
            return Integer.parseInt(all.getOrDefault(MessageProperties.PRIORITY, "-1"));
        } catch (NumberFormatException _) { // as if it said nothing, as other brokers have it
            return -1;
        }
    }

    /** Before the messages of a batch are read. */
    void readBatchId(Topic topic, Send send) {
        batchId = topic.isOfBatches()
                ? MessageProperties.decode(MemorySegment.ofArray(send.properties), 0, send.propertiesBytes)
                        .get(MessageProperties.UNIQ_KEY)
                : null;
    }

    /** The id of the batch that was taken last as a whole; null when only its messages have ids. */
    public @Nullable String batchId() {
        return batchId;
    }

    /** Where the unique id of the record that was added last stands in the batch's bytes. */
    public int uniqueAt() {
        return uniqueAt;
    }

    public int uniqueLength() {
        return uniqueLength;
    }

    /**
     * Whether its sender gets a handle to recall the message that was taken last, if it is due later. Programs take a
     * handle as the sign of a timer; the classic levels never gave one.
     */
    public boolean isRecallable() {
        return scan.timer != RecordScan.Timer.LEVEL || delivery.key != null;
    }

    /** The key of the message that was taken last, when it was taken as a keyed one. */
    public String key() {
        return Objects.requireNonNull(delivery.key);
    }

    /** Whether that message may take the place of the one that has its key. */
    public boolean mayReplace() {
        return delivery.mayReplace;
    }
}
