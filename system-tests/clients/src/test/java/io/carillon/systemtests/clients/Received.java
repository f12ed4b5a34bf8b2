package io.carillon.systemtests.clients;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.ConsumeOrderlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.client.consumer.listener.MessageListenerOrderly;
import org.apache.rocketmq.common.message.MessageExt;

/** What one consumer was given, in the order of its listener's calls; filled by the client's threads. */
final class Received {
    private final ConcurrentLinkedQueue<MessageExt> messages = new ConcurrentLinkedQueue<>();

    static byte[] bytes(String text) {
        return text.getBytes(UTF_8);
    }

    static String text(MessageExt message) {
        return new String(message.getBody(), UTF_8);
    }

    static List<String> texts(List<MessageExt> messages) {
        return messages.stream().map(Received::text).toList();
    }

    /** Takes every message of {@code consumer} with success. */
    Received concurrently(DefaultMQPushConsumer consumer) {
        consumer.registerMessageListener((MessageListenerConcurrently) (batch, context) -> {
            messages.addAll(batch);
            return ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
        });
        return this;
    }

    /** Takes every message of {@code consumer} with success, queue by queue in order. */
    Received orderly(DefaultMQPushConsumer consumer) {
        consumer.registerMessageListener((MessageListenerOrderly) (batch, context) -> {
            messages.addAll(batch);
            return ConsumeOrderlyStatus.SUCCESS;
        });
        return this;
    }

    void add(List<MessageExt> batch) {
        messages.addAll(batch);
    }

    int count() {
        return messages.size();
    }

    List<MessageExt> all() {
        return List.copyOf(messages);
    }

    List<String> bodies() {
        return texts(all());
    }

    /** Queue offsets by queue number, in the order of arrival. */
    Map<Integer, List<Long>> offsetsByQueue() {
        Map<Integer, List<Long>> offsets = new TreeMap<>();
        for (MessageExt message : messages) {
            offsets.computeIfAbsent(message.getQueueId(), queue -> new ArrayList<>())
                    .add(message.getQueueOffset());
        }
        return offsets;
    }
}
