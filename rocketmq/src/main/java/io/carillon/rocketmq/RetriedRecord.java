package io.carillon.rocketmq;

import io.carillon.message.MessageProperties;
import io.carillon.message.MessageRecord;
import io.carillon.message.RecordCopy;
import java.lang.foreign.MemorySegment;

/**
 * A message that was popped from a topic of retries, as its consumer gets it: as if it were of the topic that it asked
 * for, with its receipt in it, since it could not tell what the receipt must say. Reused; one thread.
 */
final class RetriedRecord {
    private final RecordCopy copy = new RecordCopy();

    byte[] of(MemorySegment record, String topic, String receipt) {
        copy.read(record, 0);
        copy.topic = topic;
        copy.properties.put(MessageProperties.POP_CK, receipt);
        byte[] bytes = new byte[copy.size()];
        MemorySegment into = MemorySegment.ofArray(bytes);
        copy.write(into, 0);
        MessageRecord.stamp(
                into,
                0,
                MessageRecord.queueOffset(record, 0),
                MessageRecord.physicalOffset(record, 0),
                MessageRecord.storeTimestamp(record, 0));
        return bytes;
    }
}
