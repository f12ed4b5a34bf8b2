package io.carillon.broker.metadata;

import io.carillon.log.ConsumeQueue;
import io.carillon.log.MessageLog;

/** What the replicated state needs of the log; a test puts something simple in its place. */
interface MetadataLog {
    /** Told null when the entry is durable and was applied. */
    void append(byte[] entry, MessageLog.MetadataCompletion completion);

    ConsumeQueue queue(String topic, int number);

    static MetadataLog of(MessageLog log) {
        return new MetadataLog() {
            @Override
            public void append(byte[] entry, MessageLog.MetadataCompletion completion) {
                log.appendMetadata(entry, completion);
            }

            @Override
            public ConsumeQueue queue(String topic, int number) {
                return log.queue(topic, number);
            }
        };
    }
}
