package io.carillon.systemtests.clients;

import java.util.Map;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.exception.MQClientException;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.remoting.protocol.heartbeat.MessageModel;

/** The few places where the source of a program differs between the versions of the client. */
final class Dialect {
    static final String VERSION = "5.1.4";
    /** Whether a request without a callback waits for its answer, and not only until it is sent. */
    static final boolean WAITS_FOR_ANSWERS = true;

    private Dialect() {}

    static void broadcast(DefaultMQPushConsumer consumer) {
        consumer.setMessageModel(MessageModel.BROADCASTING);
    }

    @SuppressWarnings("deprecation") // it is what programs use
    static void createTopic(DefaultMQProducer producer, String key, String topic, int queueCount)
            throws MQClientException {
        producer.createTopic(key, topic, queueCount, Map.of());
    }
}
