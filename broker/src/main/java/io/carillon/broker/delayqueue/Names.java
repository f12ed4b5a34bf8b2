package io.carillon.broker.delayqueue;

import io.carillon.base.delayqueue.Refusal;
import io.carillon.base.delayqueue.Refusal.Forbidden;
import io.carillon.base.delayqueue.Refusal.Invalid;
import io.carillon.broker.admin.AdminService;
import io.carillon.broker.admin.SystemNames;
import io.carillon.message.TopicName;
import org.jspecify.annotations.Nullable;

/** Which names of topics and groups are the delay queue's: not those that have a meaning of their own. */
final class Names {
    private final AdminService admin;

    Names(AdminService admin) {
        this.admin = admin;
    }

    @Nullable
    Refusal faultOfTopic(String topic) {
        String fault = TopicName.faultOf(topic);
        if (!fault.isEmpty()) {
            return new Invalid("topic", fault);
        }
        boolean isSystems = topic.startsWith("%")
                || TopicName.isForbiddenToClients(topic)
                || admin.systemNames().isSystemTopic(topic);
        return isSystems ? new Forbidden("the topic '" + topic + "' is the system's own") : null;
    }

    @Nullable
    Refusal faultOfGroup(String group) {
        String fault = TopicName.faultOfGroup(group);
        if (!fault.isEmpty()) {
            return new Invalid("group", fault);
        }
        boolean isSystems = group.startsWith("%") || SystemNames.isSystemGroup(group);
        return isSystems ? new Forbidden("the group '" + group + "' is the system's own") : null;
    }

    @Nullable
    Refusal faultOf(String topic, String group) {
        Refusal fault = faultOfTopic(topic);
        return fault == null ? faultOfGroup(group) : fault;
    }
}
