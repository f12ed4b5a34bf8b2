package io.carillon.systemtests.clients;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.systemtests.harness.CarillonServer;
import io.carillon.systemtests.harness.Names;
import io.carillon.systemtests.harness.Server;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.utils.MessageUtil;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageQueue;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Requests where there are two brokers: whichever gets the reply knows the client that asked. */
class RequestReplyClusterTest {
    @BeforeEach
    void needsCarillon() {
        Assumptions.assumeFalse(Server.isApache(), "it is about two of ours");
        RequestReplyTest.assumeThatTheClientWaits();
    }

    @Test
    void bringsAnswersThroughEitherBroker() throws Exception {
        try (CarillonServer first = CarillonServer.start(Names.unique("first"));
                CarillonServer second = CarillonServer.startRole(
                        "broker",
                        Names.unique("second"),
                        "--nameservers",
                        first.nameServer(),
                        "--broker-name",
                        "broker-b");
                Clients clients = new Clients(first)) {
            assertThat(second.brokerName()).isEqualTo("broker-b");
            DefaultMQProducer producer = clients.producer();
            String topic = Names.unique("topic");
            // Again until both have it: a topic is made at the brokers that the name server knows by then.
            Clients.soon().ignoreExceptions().until(() -> {
                Dialect.createTopic(producer, first.clusterName(), topic, 1);
                return producer.fetchPublishMessageQueues(topic).size() == 2;
            });
            Set<String> repliedBy = answerOn(clients, topic);

            for (int n = 0; n < 10; n++) {
                for (MessageQueue queue : Clients.queues(producer, topic)) {
                    Message answer = producer.request(new Message(topic, Received.bytes("m" + n)), queue, 20_000);
                    assertThat(new String(answer.getBody(), StandardCharsets.UTF_8)).isEqualTo("re: m" + n);
                }
            }

            assertThat(repliedBy).containsExactlyInAnyOrder("broker-a", "broker-b");
        }
    }

    /** Returns the names of the brokers that took a reply. */
    private static Set<String> answerOn(Clients clients, String topic) throws Exception {
        Set<String> brokers = ConcurrentHashMap.newKeySet();
        DefaultMQProducer replier = clients.producer();
        DefaultMQPushConsumer consumer = clients.pushConsumer(Names.unique("group"));
        consumer.subscribe(topic, "*");
        consumer.registerMessageListener((MessageListenerConcurrently) (batch, context) -> {
            for (MessageExt request : batch) {
                brokers.add(answer(replier, request));
            }
            return ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
        });
        clients.start(consumer);
        return brokers;
    }

    private static String answer(DefaultMQProducer replier, MessageExt request) {
        try {
            Message reply = MessageUtil.createReplyMessage(request, Received.bytes("re: " + Received.text(request)));
            return replier.send(reply).getMessageQueue().getBrokerName();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }
}
