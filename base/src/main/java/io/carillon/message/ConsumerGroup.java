package io.carillon.message;

import java.util.List;
import java.util.Map;

/**
 * A consumer group as it is configured.
 *
 * @param retryQueues queues of its retry topic; 0 drops what is sent back
 * @param retryMax how often a message is tried again before it becomes a dead letter
 * @param retryPolicy the JSON text of the group's retry policy as clients wrote it
 * @param subscriptions the JSON text of configured subscriptions; empty when there are none
 */
public record ConsumerGroup(
        String name,
        boolean consumeEnabled,
        boolean consumeFromMin,
        boolean broadcastEnabled,
        boolean ordered,
        int retryQueues,
        int retryMax,
        String retryPolicy,
        long brokerId,
        long whichBrokerWhenSlow,
        boolean notifyMembers,
        int systemFlag,
        int consumeTimeoutMinutes,
        List<String> subscriptions,
        Map<String, String> attributes) {

    public ConsumerGroup {
        subscriptions = List.copyOf(subscriptions);
        attributes = Map.copyOf(attributes);
    }

    /** A group with the defaults that official clients expect. */
    public static ConsumerGroup of(String name) {
        return new ConsumerGroup(
                name,
                true,
                true,
                true,
                false,
                1,
                16,
                "{\"type\":\"CUSTOMIZED\"}",
                0,
                1,
                true,
                0,
                15,
                List.of(),
                Map.of());
    }
}
