package io.carillon.systemtests.clients;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.systemtests.harness.Names;
import io.carillon.systemtests.harness.SharedServer;
import java.util.List;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Namespaces as newer clients have them: named beside each request, while the names stay what they are. */
@ExtendWith({SharedServer.class, Clients.OnSharedServer.class})
class NewNamespaceTest {
    @Test
    void servesClientsThatNameANamespaceBesideEachRequest(Clients clients) throws Exception {
        String topic = clients.topic(2);
        DefaultMQProducer producer = new DefaultMQProducer(Names.unique("producers"));
        clients.configure(producer);
        producer.setNamespaceV2("tenant");
        producer.start();
        clients.atEnd(producer::shutdown);
        DefaultMQPushConsumer consumer = clients.pushConsumer(Names.unique("group"));
        consumer.setNamespaceV2("tenant");
        consumer.subscribe(topic, "*");
        Received received = new Received().concurrently(consumer);
        clients.start(consumer);

        List<String> sent = Clients.sendNumbered(producer, topic, "m", 20);

        Clients.soon().until(() -> received.count() >= 20);
        assertThat(received.bodies()).containsExactlyInAnyOrderElementsOf(sent);
        assertThat(received.all()).allMatch(message -> message.getTopic().equals(topic));
    }
}
