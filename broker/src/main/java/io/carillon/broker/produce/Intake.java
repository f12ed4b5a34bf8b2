package io.carillon.broker.produce;

import io.carillon.broker.metadata.TopicState;
import io.carillon.log.AppendBatch;
import io.carillon.message.MessageRecord;
import io.carillon.message.RecordEncoder;
import io.carillon.message.RecordScan;
import io.carillon.message.TopicName;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;

/** What one thread needs to turn sends into records; reused for each of them. */
public final class Intake {
    final RecordEncoder encoder = new RecordEncoder();
    final RecordEncoder.Head head = new RecordEncoder.Head();
    final RecordScan scan = new RecordScan();
    final byte[] properties = new byte[2 * MessageRecord.PROPERTIES_BYTES_MAX];
    final MemorySegment propertiesSegment = MemorySegment.ofArray(properties);
    final byte[] inner = new byte[2 * MessageRecord.PROPERTIES_BYTES_MAX];

    private int uniqueAt;
    private int uniqueLength;

    void encode(AppendBatch batch, TopicState topic, int queue, ByteBuffer body, int propertiesBytes) {
        byte[] name = topic.nameBytes();
        int size = RecordEncoder.size(head, body.remaining(), name.length, propertiesBytes);
        int at = batch.end();
        encoder.encode(batch.room(size), at, head, body, name, properties, propertiesBytes);
        uniqueAt = at + size - propertiesBytes + (int) scan.uniqueAt;
        uniqueLength = scan.uniqueLength;
        // The client's fallback for a failed send-back repeats the unique id on purpose, once per try.
        batch.add(
                topic.queue(queue),
                size,
                scan,
                !TopicName.isRetry(topic.config().name()));
    }

    /** Where the unique id of the record that was added last stands in the batch's bytes. */
    public int uniqueAt() {
        return uniqueAt;
    }

    public int uniqueLength() {
        return uniqueLength;
    }
}
