package io.carillon.broker.delayqueue;

import io.carillon.base.Counters;
import io.carillon.base.Ticker;
import io.carillon.broker.BrokerConfig;
import io.carillon.broker.admin.AdminService;
import io.carillon.broker.metadata.Groups;
import io.carillon.broker.metadata.Offsets;
import io.carillon.broker.metadata.TopicState;
import io.carillon.broker.metadata.Topics;
import io.carillon.broker.pop.PopService;
import io.carillon.broker.produce.ProduceService;
import io.carillon.log.ConsumeQueue;
import io.carillon.log.MessageLog;
import io.carillon.log.QueueEntry;
import io.carillon.message.Topic;
import io.carillon.schedule.Scheduler;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * What of the broker the engine stands on.
 *
 * @param blocking runs what may wait for the disk, and what others must not wait for; takes every task
 * @param isReplica whether the log is one of several that hold the same
 */
public record Parts(
        Supplier<BrokerConfig> config,
        MessageLog log,
        Topics topics,
        Groups groups,
        Offsets offsets,
        AdminService admin,
        ProduceService produce,
        PopService pop,
        Scheduler scheduler,
        Counters counters,
        Ticker ticker,
        RandomGenerator random,
        Executor blocking,
        boolean isReplica) {

    /** The settings of a topic that messages go to, or null when there is none for them. */
    @Nullable
    Topic topic(String name) {
        TopicState found = topics.find(name);
        return found == null ? null : found.config();
    }

    /** The last copy of a message that a topic got, or null. Reads. */
    @Nullable
    MemorySegment newest(String topic, String id) {
        List<MemorySegment> found = id.isEmpty() ? List.of() : log.findByKey(topic, id, true, 0, Long.MAX_VALUE, 1);
        return found.isEmpty() ? null : found.getFirst();
    }

    /** A copy of the message at a place of a queue, or null when there is none any more. Reads. */
    @Nullable
    MemorySegment record(String topic, int queue, long offset) {
        ConsumeQueue found = log.existingQueue(topic, queue);
        QueueEntry entry = new QueueEntry();
        return found != null && found.read(offset, entry) ? log.record(entry.logOffset) : null;
    }
}
