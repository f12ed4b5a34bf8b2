package io.carillon.systemtests.clients;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.systemtests.harness.CarillonGroup;
import io.carillon.systemtests.harness.Names;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.exception.MQClientException;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
import org.apache.rocketmq.common.message.Message;
import org.junit.jupiter.api.Test;

/** Clients as old as these say who they are every half minute and no sooner, also to a broker that has just begun to lead. */
class HandOverTest {
    /** After its connection broke, a consumer pulls again in three seconds; those before 5.0 do not notice that it did. */
    private static final Duration SOON = Duration.ofSeconds(15);

    @Test
    void aConsumerWithItsOwnSettingsGoesOnBeforeItsNextHeartbeat() throws Exception {
        try (CarillonGroup group = CarillonGroup.start("hand-over", 3);
                Clients clients = new Clients(group.nodes().getFirst())) {
            String topic = clients.topic(2);
            DefaultMQPushConsumer consumer = new DefaultMQPushConsumer(Names.unique("defaults"));
            consumer.setNamesrvAddr(group.nameServer());
            consumer.setInstanceName(Names.unique("instance"));
            consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
            consumer.subscribe(topic, "wanted");
            Received received = new Received().concurrently(consumer);
            clients.start(consumer);
            DefaultMQProducer producer = clients.producer();
            send(producer, topic, "before");
            Clients.soon().until(() -> received.count() == 10);

            group.handOver(group.awaitLeader());
            send(producer, topic, "after");

            Clients.soon()
                    .atMost(SOON)
                    .until(() -> received.bodies().stream().distinct().count() == 20);
            assertThat(received.bodies().stream().distinct())
                    .containsExactlyInAnyOrderElementsOf(IntStream.range(0, 10)
                            .boxed()
                            .flatMap(n -> List.of("before" + n, "after" + n).stream())
                            .toList());
        }
    }

    private static void send(DefaultMQProducer producer, String topic, String prefix) {
        for (int n = 0; n < 10; n++) {
            send(producer, new Message(topic, "wanted", Received.bytes(prefix + n)));
            send(producer, new Message(topic, "other", Received.bytes(prefix + n + "-not")));
        }
    }

    /** A client repeats a send three times at once, which may be over before all members know the new leader. */
    private static void send(DefaultMQProducer producer, Message message) {
        Clients.soon().ignoreExceptionsInstanceOf(MQClientException.class).until(() -> {
            producer.send(message);
            return true;
        });
    }
}
