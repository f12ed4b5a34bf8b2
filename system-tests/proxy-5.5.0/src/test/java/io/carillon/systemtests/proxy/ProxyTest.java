package io.carillon.systemtests.proxy;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.systemtests.harness.ApacheProxy;
import io.carillon.systemtests.harness.CarillonServer;
import io.carillon.systemtests.harness.MqAdmin;
import io.carillon.systemtests.harness.Names;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.rocketmq.client.apis.ClientConfiguration;
import org.apache.rocketmq.client.apis.ClientServiceProvider;
import org.apache.rocketmq.client.apis.consumer.ConsumeResult;
import org.apache.rocketmq.client.apis.consumer.FilterExpression;
import org.apache.rocketmq.client.apis.consumer.FilterExpressionType;
import org.apache.rocketmq.client.apis.consumer.MessageListener;
import org.apache.rocketmq.client.apis.consumer.PushConsumer;
import org.apache.rocketmq.client.apis.consumer.SimpleConsumer;
import org.apache.rocketmq.client.apis.message.Message;
import org.apache.rocketmq.client.apis.message.MessageBuilder;
import org.apache.rocketmq.client.apis.message.MessageView;
import org.apache.rocketmq.client.apis.producer.Producer;
import org.apache.rocketmq.client.apis.producer.SendReceipt;
import org.apache.rocketmq.client.apis.producer.Transaction;
import org.apache.rocketmq.client.apis.producer.TransactionChecker;
import org.apache.rocketmq.client.apis.producer.TransactionResolution;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/**
 * Apache RocketMQ's proxy is a client of ours like any other: whoever speaks gRPC to it gets everything as from Apache's
 * broker. No consumer group is made beforehand, but where a test needs one with settings of its own.
 */
@EnabledIfSystemProperty(
        named = "carillon.tests.proxy",
        matches = "true",
        disabledReason = "a minute and a half that the build does not have: -Dcarillon.tests.proxy=true")
class ProxyTest {
    private static final Duration INVISIBLE = Duration.ofSeconds(30);

    private static CarillonServer server;
    private static ApacheProxy proxy;
    private static MqAdmin admin;

    private final ClientServiceProvider clients = ClientServiceProvider.loadService();
    private final String group = Names.unique("group");

    @BeforeAll
    static void start() {
        server = CarillonServer.start(
                "behind-proxy", "--set", "transaction.timeout=1s", "--set", "transaction.check-interval=1s");
        proxy = ApacheProxy.start("proxy", server);
        admin = new MqAdmin(server.nameServer());
    }

    @AfterAll
    static void stop() {
        admin.close();
        proxy.close();
        server.close();
    }

    private static ClientConfiguration configuration() {
        return ClientConfiguration.newBuilder()
                .setEndpoints(proxy.endpoints())
                .enableSsl(false)
                .setRequestTimeout(Duration.ofSeconds(20))
                .build();
    }

    /** @param kind what its messages are: the proxy takes no others */
    private static String topic(String kind) {
        String topic = Names.unique("topic");
        admin.run(
                "updateTopic",
                "-c",
                "DefaultCluster",
                "-t",
                topic,
                "-r",
                "4",
                "-w",
                "4",
                "-a",
                "+message.type=" + kind);
        return topic;
    }

    private Producer producer(String topic) throws Exception {
        return clients.newProducerBuilder()
                .setClientConfiguration(configuration())
                .setTopics(topic)
                .build();
    }

    private SimpleConsumer consumer(String topic, FilterExpression filter) throws Exception {
        return clients.newSimpleConsumerBuilder()
                .setClientConfiguration(configuration())
                .setConsumerGroup(Names.unique("group"))
                .setAwaitDuration(Duration.ofSeconds(5))
                .setSubscriptionExpressions(Map.of(topic, filter))
                .build();
    }

    private PushConsumer pushConsumer(String topic, MessageListener listener) throws Exception {
        return clients.newPushConsumerBuilder()
                .setClientConfiguration(configuration())
                .setConsumerGroup(group)
                .setSubscriptionExpressions(Map.of(topic, FilterExpression.SUB_ALL))
                .setMessageListener(listener)
                .build();
    }

    private MessageBuilder message(String topic, String body) {
        return clients.newMessageBuilder().setTopic(topic).setBody(body.getBytes(UTF_8));
    }

    private static String text(MessageView message) {
        ByteBuffer body = message.getBody();
        byte[] bytes = new byte[body.remaining()];
        body.duplicate().get(bytes);
        return new String(bytes, UTF_8);
    }

    /** Receives and acknowledges until there are so many, or for so long. */
    private static List<MessageView> receive(SimpleConsumer consumer, int count, Duration patience) throws Exception {
        List<MessageView> all = new ArrayList<>();
        long endNs = System.nanoTime() + patience.toNanos();
        while (all.size() < count && System.nanoTime() < endNs) {
            for (MessageView message : consumer.receive(16, INVISIBLE)) {
                all.add(message);
                consumer.ack(message);
            }
        }
        return all;
    }

    private static List<String> texts(List<MessageView> messages) {
        return messages.stream().map(ProxyTest::text).toList();
    }

    private static org.awaitility.core.ConditionFactory soon() {
        return Awaitility.await().atMost(Duration.ofSeconds(60));
    }

    @Test
    void handsANewGroupWhatItsFiltersLetThrough() throws Exception {
        String topic = topic("NORMAL");
        FilterExpression red = new FilterExpression("n > 5 AND colour = 'red'", FilterExpressionType.SQL92);
        try (Producer producer = producer(topic);
                SimpleConsumer all = consumer(topic, FilterExpression.SUB_ALL);
                SimpleConsumer tagged = consumer(topic, new FilterExpression("A || B"));
                SimpleConsumer chosen = consumer(topic, red)) {
            List<String> sent = new ArrayList<>();
            for (int i = 0; i < 9; i++) {
                sent.add("m" + i);
                Message message = message(topic, "m" + i)
                        .setTag(List.of("A", "B", "C").get(i % 3))
                        .setKeys("key" + i)
                        .addProperty("n", Integer.toString(i))
                        .addProperty("colour", i % 2 == 0 ? "red" : "blue")
                        .build();
                producer.send(message);
            }

            List<MessageView> received = receive(all, 9, Duration.ofSeconds(40));
            assertThat(texts(received)).containsExactlyInAnyOrderElementsOf(sent);
            assertThat(received).allSatisfy(message -> {
                assertThat(message.getDeliveryAttempt()).isEqualTo(1);
                assertThat(message.getKeys()).containsExactly(text(message).replace("m", "key"));
            });
            assertThat(texts(receive(tagged, 6, Duration.ofSeconds(40))))
                    .containsExactlyInAnyOrder("m0", "m1", "m3", "m4", "m6", "m7");
            assertThat(texts(receive(chosen, 2, Duration.ofSeconds(40)))).containsExactlyInAnyOrder("m6", "m8");
            assertThat(all.receive(16, INVISIBLE)).isEmpty();
        }
    }

    @Test
    void keepsTheOrderOfAMessageGroupThroughFailures() throws Exception {
        String topic = topic("FIFO");
        admin.run("updateSubGroup", "-c", "DefaultCluster", "-g", group, "-o", "true");
        List<String> consumed = Collections.synchronizedList(new ArrayList<>());
        Map<String, Integer> tries = new ConcurrentHashMap<>();
        List<String> sent = new ArrayList<>();
        try (Producer producer = producer(topic)) {
            for (int i = 0; i < 12; i++) {
                sent.add("m" + i);
                producer.send(message(topic, "m" + i).setMessageGroup("one").build());
            }
            MessageListener listener = message -> {
                if (text(message).equals("m5") && tries.merge("m5", 1, Integer::sum) < 3) {
                    return ConsumeResult.FAILURE;
                }
                consumed.add(text(message));
                return ConsumeResult.SUCCESS;
            };
            try (PushConsumer consumer = pushConsumer(topic, listener)) {
                assertThat(consumer.getConsumerGroup()).isEqualTo(group);
                soon().until(() -> consumed.size() >= sent.size());
            }
        }
        assertThat(consumed).isEqualTo(sent);
        assertThat(tries).containsEntry("m5", 3);
    }

    @Test
    void givesAPushConsumerAgainWhatItFailedOn() throws Exception {
        String topic = topic("NORMAL");
        Map<String, Integer> seen = new ConcurrentHashMap<>();
        MessageListener listener = message -> {
            boolean isFirst = seen.merge(text(message), message.getDeliveryAttempt(), Math::max) == 1;
            return isFirst && text(message).equals("m3") ? ConsumeResult.FAILURE : ConsumeResult.SUCCESS;
        };
        try (Producer producer = producer(topic);
                PushConsumer consumer = pushConsumer(topic, listener)) {
            assertThat(consumer.getConsumerGroup()).isEqualTo(group);
            for (int i = 0; i < 5; i++) {
                producer.send(message(topic, "m" + i).build());
            }

            soon().until(() -> seen.getOrDefault("m3", 0) == 2);
            soon().untilAsserted(() -> assertThat(seen)
                    .containsExactlyInAnyOrderEntriesOf(Map.of("m0", 1, "m1", 1, "m2", 1, "m3", 2, "m4", 1)));
        }
    }

    @Test
    void deliversLaterAndNotAtAllWhatIsRecalled() throws Exception {
        String topic = topic("DELAY");
        try (Producer producer = producer(topic);
                SimpleConsumer consumer = consumer(topic, FilterExpression.SUB_ALL)) {
            long dueMs = System.currentTimeMillis() + 3_000;
            SendReceipt recalled = producer.send(
                    message(topic, "recalled").setDeliveryTimestamp(dueMs).build());
            SendReceipt later = producer.send(
                    message(topic, "later").setDeliveryTimestamp(dueMs).build());

            assertThat(producer.recallMessage(topic, recalled.getRecallHandle()).getMessageId())
                    .isEqualTo(recalled.getMessageId());

            List<MessageView> received = receive(consumer, 1, Duration.ofSeconds(40));
            assertThat(System.currentTimeMillis()).isGreaterThanOrEqualTo(dueMs);
            assertThat(received).extracting(MessageView::getMessageId).containsExactly(later.getMessageId());
            assertThat(consumer.receive(16, INVISIBLE)).isEmpty();
        }
    }

    @Test
    void deliversOfATransactionWhatIsCommittedThenOrWhenItIsAskedFor() throws Exception {
        String topic = topic("TRANSACTION");
        TransactionChecker checker = message -> switch (text(message)) {
            case "committed when asked" -> TransactionResolution.COMMIT;
            case "rolled back when asked" -> TransactionResolution.ROLLBACK;
            default -> TransactionResolution.UNKNOWN;
        };
        try (Producer producer = clients.newProducerBuilder()
                        .setClientConfiguration(configuration())
                        .setTopics(topic)
                        .setTransactionChecker(checker)
                        .build();
                SimpleConsumer consumer = consumer(topic, FilterExpression.SUB_ALL)) {
            begin(producer, topic, "committed").commit();
            begin(producer, topic, "rolled back").rollback();
            begin(producer, topic, "committed when asked");
            begin(producer, topic, "rolled back when asked");

            assertThat(texts(receive(consumer, 2, Duration.ofSeconds(60))))
                    .containsExactlyInAnyOrder("committed", "committed when asked");
            assertThat(consumer.receive(16, INVISIBLE)).isEmpty();
        }
    }

    private Transaction begin(Producer producer, String topic, String body) throws Exception {
        Transaction transaction = producer.beginTransaction();
        producer.send(message(topic, body).build(), transaction);
        return transaction;
    }
}
