package io.carillon.rocketmq;

import io.carillon.broker.access.User;
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

    /** @throws BadRequest when the record is of another topic */
    void check(@Nullable MemorySegment record) {
        if (isOpen || record == null) {
            return;
        }
        String found = MessageRecord.topic(record, 0);
        if (!found.equals(topic) && (group.isEmpty() || !Wanted.isOf(found, group))) {
            throw new BadRequest(
                    ResponseCode.NO_PERMISSION, "the message at this offset is not of the topic that was named");
        }
    }
}
