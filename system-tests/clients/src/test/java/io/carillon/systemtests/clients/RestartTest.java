package io.carillon.systemtests.clients;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.systemtests.harness.Names;
import io.carillon.systemtests.harness.Server;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.client.producer.SendStatus;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;
import org.junit.jupiter.api.Test;

/** Clients stay connected while their server goes away and comes back on the same ports and data. */
class RestartTest {

    @Test
    void goesOnAfterAGracefulRestart() throws Exception {
        goesOnAfter("graceful-restart", Server::stop);
    }

    @Test
    void goesOnAfterAKill() throws Exception {
        goesOnAfter("killed-restart", Server::kill);
    }

    private static void goesOnAfter(String name, Consumer<Server> end) throws Exception {
        try (Server server = Server.start(name + "-" + Dialect.VERSION);
                Clients clients = new Clients(server)) {
            DefaultMQProducer producer = clients.producer();
            String topic = clients.topic(2);
            DefaultMQPushConsumer consumer = clients.pushConsumer(Names.unique("group"));
            consumer.subscribe(topic, "*");
            Received received = new Received().concurrently(consumer);
            clients.start(consumer);
            List<SendResult> acknowledged = new ArrayList<>();
            send(producer, topic, "before", acknowledged);
            Clients.soon().until(() -> received.count() >= 20);

            end.accept(server);
            server.restart();
            send(producer, topic, "after", acknowledged);

            Clients.soon()
                    .until(() -> received.bodies().stream().distinct().count() == 40);
            List<MessageExt> stored = clients.readAll(topic);
            assertThat(stored)
                    .extracting(MessageExt::getMsgId)
                    .containsAll(acknowledged.stream().map(SendResult::getMsgId).toList());
            assertThat(stored).extracting(MessageExt::getQueueOffset).contains(0L);
            for (SendResult result : acknowledged) {
                assertThat(stored)
                        .as("at its place: " + result)
                        .anyMatch(message -> message.getMsgId().equals(result.getMsgId())
                                && message.getQueueId()
                                        == result.getMessageQueue().getQueueId()
                                && message.getQueueOffset() == result.getQueueOffset());
            }
        }
    }

    /** Sends twenty messages, each as often as it takes. */
    private static void send(DefaultMQProducer producer, String topic, String prefix, List<SendResult> acknowledged) {
        for (int n = 0; n < 20; n++) {
            Message message = new Message(topic, Received.bytes(prefix + n));
            acknowledged.add(Clients.soon().ignoreExceptions().until(() -> producer.send(message), result ->
                    result.getSendStatus() == SendStatus.SEND_OK));
        }
    }
}
