package io.carillon.systemtests.clients;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.systemtests.harness.MqAdmin;
import io.carillon.systemtests.harness.Names;
import io.carillon.systemtests.harness.SharedServer;
import java.util.List;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What clients write down of each message, in a topic of its own. */
@SuppressWarnings("deprecation") // it is what programs use
@ExtendWith({SharedServer.class, Clients.OnSharedServer.class})
class TraceTest {
    private static final String DEFAULT_TOPIC = "RMQ_SYS_TRACE_TOPIC";

    private static DefaultMQProducer producer(Clients clients, String traceTopic) throws Exception {
        DefaultMQProducer producer = new DefaultMQProducer(Names.unique("producers"), true, traceTopic);
        clients.configure(producer);
        producer.start();
        clients.atEnd(producer::shutdown);
        return producer;
    }

    private static DefaultMQPushConsumer consumer(Clients clients, String traceTopic) {
        DefaultMQPushConsumer consumer = new DefaultMQPushConsumer(Names.unique("group"), true, traceTopic);
        clients.configure(consumer);
        consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
        return consumer;
    }

    @Test
    void writesAndFindsTheTraceOfAMessage(Clients clients) throws Exception {
        String topic = clients.topic(1);
        DefaultMQProducer producer = producer(clients, null);
        DefaultMQPushConsumer consumer = consumer(clients, null);
        consumer.subscribe(topic, "*");
        Received received = new Received().concurrently(consumer);
        clients.start(consumer);

        SendResult sent = producer.send(new Message(topic, "Tag", "key", Received.bytes("traced")));

        assertThat(sent.isTraceOn()).isTrue();
        assertThat(sent.getRegionId()).isEqualTo("DefaultRegion");
        Clients.soon().until(() -> received.count() == 1);
        String id = sent.getMsgId();
        awaitTrace(clients, DEFAULT_TOPIC, id, "Pub");
        awaitTrace(clients, DEFAULT_TOPIC, id, "SubBefore");
        awaitTrace(clients, DEFAULT_TOPIC, id, "SubAfter");

        try (MqAdmin admin = new MqAdmin(clients.server().nameServer())) {
            String shown = admin.run("QueryMsgTraceById", "-i", id);
            assertThat(shown).contains(producer.getProducerGroup()).contains(consumer.getConsumerGroup());
            assertThat(shown).contains("success");
        }
    }

    @Test
    void writesTheTraceIntoAnotherTopic(Clients clients) throws Exception {
        String topic = clients.topic(1);
        String traces = clients.topic(1);
        DefaultMQProducer producer = producer(clients, traces);

        SendResult sent = producer.send(new Message(topic, Received.bytes("traced")));

        awaitTrace(clients, traces, sent.getMsgId(), "Pub");
    }

    @Test
    void tracesABatchUnderTheIdsOfAllItsMessages(Clients clients) throws Exception {
        String topic = clients.topic(1);
        String traces = clients.topic(1);
        DefaultMQProducer producer = producer(clients, traces);

        SendResult sent = producer.send(List.of(
                new Message(topic, Received.bytes("one")), new Message(topic, Received.bytes("two"))));

        awaitTrace(clients, traces, sent.getMsgId(), "Pub");
    }

    /** Trace messages bear the ids that they tell of as keys. */
    private static void awaitTrace(Clients clients, String traceTopic, String id, String kind) {
        Clients.soon().ignoreExceptions().until(() -> {
            List<MessageExt> found = clients.producer()
                    .queryMessage(traceTopic, id, 64, 0, Long.MAX_VALUE)
                    .getMessageList();
            return found.stream()
                    .flatMap(trace -> Received.text(trace).lines())
                    .flatMap(text -> java.util.Arrays.stream(text.split("\u0002")))
                    .anyMatch(trace -> trace.startsWith(kind) && trace.contains(id));
        });
    }
}
