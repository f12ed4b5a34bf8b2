package io.carillon.systemtests.clients;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.systemtests.harness.Names;
import io.carillon.systemtests.harness.SharedServer;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.rocketmq.client.ClientConfig;
import org.apache.rocketmq.client.consumer.DefaultLitePullConsumer;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Tenants that use the same names: clients put a namespace before the names of topics and groups. */
@SuppressWarnings("deprecation") // it is what programs use
@ExtendWith({SharedServer.class, Clients.OnSharedServer.class})
class NamespaceTest {
    private static void put(ClientConfig client, String namespace) {
        client.setNamespace(namespace);
    }

    private static DefaultMQProducer producer(Clients clients, String namespace) throws Exception {
        DefaultMQProducer producer = new DefaultMQProducer(Names.unique("producers"));
        clients.configure(producer);
        put(producer, namespace);
        producer.setSendMsgTimeout(10_000);
        producer.start();
        clients.atEnd(producer::shutdown);
        return producer;
    }

    private static DefaultMQPushConsumer consumer(Clients clients, String namespace, String group) {
        DefaultMQPushConsumer consumer = clients.pushConsumer(group);
        put(consumer, namespace);
        return consumer;
    }

    @Test
    void keepsTenantsApartThatUseTheSameNames(Clients clients) throws Exception {
        String topic = Names.unique("topic");
        String group = Names.unique("group");
        Received[] received = new Received[2];
        DefaultMQProducer[] producers = new DefaultMQProducer[2];
        for (int tenant = 0; tenant < 2; tenant++) {
            String namespace = "ns" + tenant;
            producers[tenant] = producer(clients, namespace);
            SendResult sent = producers[tenant].send(new Message(topic, Received.bytes("of " + namespace)));
            assertThat(sent.getMessageQueue().getTopic()).as("as the program knows it").isEqualTo(topic);
            DefaultMQPushConsumer consumer = consumer(clients, namespace, group);
            consumer.subscribe(topic, "*");
            received[tenant] = new Received().concurrently(consumer);
            clients.start(consumer);
        }

        for (int tenant = 0; tenant < 2; tenant++) {
            Received own = received[tenant];
            Clients.soon().until(() -> own.count() >= 1);
            assertThat(own.bodies()).containsExactly("of ns" + tenant);
            assertThat(own.all().getFirst().getTopic()).isEqualTo(topic);
        }
        assertThat(Received.texts(clients.readAll("ns0%" + topic))).containsExactly("of ns0");
    }

    @Test
    void bringsMessagesBackWithinTheirNamespace(Clients clients) throws Exception {
        String topic = Names.unique("topic");
        String group = Names.unique("group");
        DefaultMQProducer producer = producer(clients, "tenant");
        producer.send(new Message(topic, "Tag", "key", Received.bytes("fails")));
        DefaultMQPushConsumer consumer = consumer(clients, "tenant", group);
        consumer.setMaxReconsumeTimes(1);
        consumer.subscribe(topic, "*");
        List<String> tries = new CopyOnWriteArrayList<>();
        consumer.registerMessageListener((MessageListenerConcurrently) (batch, context) -> {
            // Noted here: while it sends a message back the client changes its topic.
            tries.add(batch.getFirst().getTopic() + batch.getFirst().getReconsumeTimes());
            context.setDelayLevelWhenNextConsume(1);
            return ConsumeConcurrentlyStatus.RECONSUME_LATER;
        });
        clients.start(consumer);
        Clients.awaitRetryQueues(consumer, 1);

        Clients.soon().until(() -> tries.size() >= 2);
        assertThat(tries).containsExactly(topic + 0, topic + 1);
        List<MessageExt> dead = clients.awaitStored("%DLQ%tenant%" + group, 1);
        assertThat(Received.texts(dead)).containsExactly("fails");
    }

    @Test
    void findsMessagesOfANamespace(Clients clients) throws Exception {
        String topic = Names.unique("topic");
        DefaultMQProducer producer = producer(clients, "tenant");
        String key = Names.unique("key");
        SendResult sent = producer.send(new Message(topic, "Tag", key, Received.bytes("found")));

        Clients.soon().ignoreExceptions().until(() -> producer.queryMessage(topic, key, 10, 0, Long.MAX_VALUE)
                        .getMessageList()
                        .size()
                == 1);
        assertThat(Received.text(producer.viewMessage(topic, sent.getMsgId()))).isEqualTo("found");
    }

    @Test
    void servesALitePullConsumerOfANamespace(Clients clients) throws Exception {
        String topic = Names.unique("topic");
        DefaultMQProducer producer = producer(clients, "tenant");
        List<String> sent = Clients.sendNumbered(producer, topic, "m", 10);
        DefaultLitePullConsumer consumer = clients.litePullConsumer(Names.unique("group"));
        put(consumer, "tenant");
        consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
        consumer.subscribe(topic, "*");
        consumer.start();
        Received received = new Received();

        Clients.soon().until(() -> {
            received.add(consumer.poll(200));
            return received.count() >= 10;
        });

        assertThat(received.bodies()).containsExactlyInAnyOrderElementsOf(sent);
        assertThat(received.all()).allMatch(message -> message.getTopic().equals(topic));
    }
}
