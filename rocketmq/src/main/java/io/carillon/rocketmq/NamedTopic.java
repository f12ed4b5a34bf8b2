package io.carillon.rocketmq;

import io.carillon.broker.access.User;
import io.carillon.log.ConsumeQueue;
import io.carillon.log.MessageLog;
import io.carillon.log.QueueEntry;
import io.carillon.message.MessageProperties;
import io.carillon.message.MessageRecord;
import io.carillon.remoting.BadRequest;
import io.carillon.remoting.Request;
import io.carillon.remoting.ResponseCode;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * The topic that a request named beside a message's log offset. The guard has found that its sender has a right at that
 * topic; a message of another one must not be had by its offset.
 *
 * @param isOpen whether any topic will do: nobody is checked, or the sender may do everything
 */
record NamedTopic(String topic, String group, boolean isOpen) {
    /** @param group whose retries will do as well; empty for none */
    static NamedTopic of(Request request, String field, String group, boolean isSecure) {
        User user = isSecure ? Session.userOf(request.connection()) : null;
        String topic = Permissions.optional(request, field);
        // Who names no topic was let through as one who may see all, where that is possible.
        boolean isOpen = !isSecure || (user != null && user.isSuper()) || (topic.isEmpty() && group.isEmpty());
        return new NamedTopic(topic, group, isOpen);
    }

    /** @throws BadRequest when the record is of another topic, or none that the log knows */
    void check(MessageLog log, @Nullable MemorySegment record) {
        if (isOpen || record == null) {
            return;
        }
        String found = MessageRecord.topic(record, 0);
        boolean isNamed = found.equals(topic) || (!group.isEmpty() && Wanted.isOf(found, group));
        if (!isNamed || !isStored(log, record, found)) {
            throw new BadRequest(
                    ResponseCode.NO_PERMISSION, "the message at this offset is not of the topic that was named");
        }
    }

    /**
     * Whether the log's indexes know the record. Bytes within a body may look like one that says where it stands, and
     * that reaches as far into the messages behind it as its sender likes.
     */
    private static boolean isStored(MessageLog log, MemorySegment record, String topic) {
        long logOffset = MessageRecord.physicalOffset(record, 0);
        if (MessageRecord.due(record, 0) != 0) {
            String uniqueId = MessageProperties.of(record, 0, MessageProperties.UNIQ_KEY);
            MemorySegment due = uniqueId == null ? null : log.findScheduled(topic, uniqueId);
            return due != null && MessageRecord.physicalOffset(due, 0) == logOffset;
        }
        ConsumeQueue queue = log.existingQueue(topic, MessageRecord.queueId(record, 0));
        QueueEntry entry = new QueueEntry();
        return queue != null && queue.read(MessageRecord.queueOffset(record, 0), entry) && entry.logOffset == logOffset;
    }
}
