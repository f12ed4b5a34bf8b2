package io.carillon.systemtests.clients;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.carillon.systemtests.harness.Names;
import io.carillon.systemtests.harness.SharedServer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.rocketmq.client.consumer.DefaultLitePullConsumer;
import org.apache.rocketmq.client.consumer.DefaultMQPullConsumer;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.MessageSelector;
import org.apache.rocketmq.client.consumer.PullResult;
import org.apache.rocketmq.client.consumer.PullStatus;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.client.exception.MQClientException;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@SuppressWarnings("deprecation") // the old pull consumer is deprecated but still in use out there
@ExtendWith({SharedServer.class, Clients.OnSharedServer.class})
class FilterTest {
    private static final String A_OR_B = "(TAGS is not null and TAGS in ('TagA', 'TagB'))";

    private static Message message(String topic, String tag, String body, String... namesAndValues) {
        Message message = new Message(topic, tag, Received.bytes(body));
        for (int i = 0; i < namesAndValues.length; i += 2) {
            message.putUserProperty(namesAndValues[i], namesAndValues[i + 1]);
        }
        return message;
    }

    private static List<String> sendTagged(DefaultMQProducer producer, String topic, String tag, int count)
            throws Exception {
        List<String> bodies = new ArrayList<>();
        for (int n = 0; n < count; n++) {
            producer.send(message(topic, tag, tag + n));
            bodies.add(tag + n);
        }
        return bodies;
    }

    /**
     * Everything of a queue that a selector lets through, by the old pull consumer. It believes that brokers are too old
     * for expressions until it has sent them a heartbeat, which the older client does only after it has looked for them.
     */
    private static List<String> pulled(DefaultMQPullConsumer consumer, MessageQueue queue, MessageSelector selector)
            throws Exception {
        List<String> bodies = new ArrayList<>();
        PullResult result = Clients.soon()
                .ignoreExceptions()
                .until(() -> consumer.pull(queue, selector, 0, 32), first -> first.getPullStatus() != null);
        while (result.getPullStatus() == PullStatus.FOUND || result.getPullStatus() == PullStatus.NO_MATCHED_MSG) {
            if (result.getMsgFoundList() != null) {
                bodies.addAll(Received.texts(result.getMsgFoundList()));
            }
            result = consumer.pull(queue, selector, result.getNextBeginOffset(), 32);
        }
        return bodies;
    }

    @Test
    void letsThroughWhatAnExpressionWants(Clients clients) throws Exception {
        DefaultMQProducer producer = clients.producer();
        String topic = clients.topic(1);
        producer.send(message(topic, "TagA", "1", "n", "1", "color", "red", "ok", "true"));
        producer.send(message(topic, "TagB", "2", "n", "2", "color", "dark red", "m", "2"));
        Message keyed = message(topic, "TagC", "3", "n", "3.5", "color", "green", "ok", "false");
        keyed.setKeys("order-3");
        producer.send(keyed);
        producer.send(message(topic, "", "4", "n", "3000000000", "color", "it's blue"));
        producer.send(message(topic, "", "5"));
        DefaultMQPullConsumer consumer = clients.pullConsumer(Names.unique("group"));
        MessageQueue queue = Clients.queues(consumer, topic).iterator().next();

        Map<String, String> expected = new LinkedHashMap<>();
        expected.put("TRUE", "12345");
        expected.put("FALSE", "");
        expected.put("n = 1", "1");
        expected.put("n = 1L", "1");
        expected.put("n <> 1", "2");
        expected.put("n > 1", "2");
        expected.put("n > 1.0", "234");
        expected.put("n >= 2", "2");
        expected.put("n < 2", "1");
        expected.put("n <= 2", "12");
        expected.put("n > 1e6", "4");
        expected.put("n > -1", "12");
        expected.put("n BETWEEN 2.0 AND 4.0", "23");
        expected.put("n NOT BETWEEN 2.0 AND 4.0", "14");
        expected.put("n = m", "25");
        expected.put("color = 'red'", "1");
        expected.put("color <> 'red'", "234");
        expected.put("color = 'it''s blue'", "4");
        expected.put("color IN ('red', 'green')", "13");
        expected.put("color NOT IN ('red', 'green')", "24");
        expected.put("color IS NULL", "5");
        expected.put("color IS NOT NULL", "1234");
        expected.put("color CONTAINS 'red'", "12");
        expected.put("color NOT CONTAINS 'red'", "34");
        expected.put("color STARTSWITH 'red'", "1");
        expected.put("color NOT STARTSWITH 'red'", "234");
        expected.put("color ENDSWITH 'ed'", "12");
        expected.put("color NOT ENDSWITH 'ed'", "34");
        expected.put("ok = TRUE", "1");
        expected.put("ok = FALSE", "3");
        expected.put("NOT (color = 'red')", "234");
        expected.put("n = 1 OR n = 2 AND color = 'red'", "1");
        expected.put("(n = 1 OR n = 2) AND color CONTAINS 'dark'", "2");
        expected.put("TAGS = 'TagB'", "2");
        expected.put("KEYS = 'order-3'", "3");
        expected.put(A_OR_B, "12");
        expected.put("color is null or tags is not null /* names have a case, keywords not */", "5");

        for (Map.Entry<String, String> one : expected.entrySet()) {
            assertThat(String.join("", pulled(consumer, queue, MessageSelector.bySql(one.getKey()))))
                    .as(one.getKey())
                    .isEqualTo(one.getValue());
        }
    }

    @Test
    void givesAPushConsumerOnlyWhatItsExpressionWants(Clients clients) throws Exception {
        DefaultMQProducer producer = clients.producer();
        String topic = clients.topic(4);
        List<String> wanted = new ArrayList<>(sendTagged(producer, topic, "TagA", 10));
        sendTagged(producer, topic, "TagC", 10);
        DefaultMQPushConsumer consumer = clients.pushConsumer(Names.unique("group"));
        consumer.subscribe(topic, MessageSelector.bySql(A_OR_B));
        Received received = new Received().concurrently(consumer);
        clients.start(consumer);
        Clients.soon().until(() -> received.count() >= 10);

        for (int n = 0; n < 10; n++) {
            producer.send(message(topic, "TagC", "not wanted"));
            wanted.addAll(sendTagged(producer, topic, "TagB", 1).stream().toList());
        }

        Clients.soon().until(() -> received.count() >= 20);
        assertThat(received.bodies()).containsExactlyInAnyOrderElementsOf(wanted);
    }

    @Test
    void givesALitePullConsumerOnlyWhatItsExpressionWants(Clients clients) throws Exception {
        DefaultMQProducer producer = clients.producer();
        String topic = clients.topic(2);
        DefaultLitePullConsumer consumer = clients.litePullConsumer(Names.unique("group"));
        consumer.subscribe(topic, MessageSelector.bySql("n BETWEEN 5 AND 8"));
        consumer.start();
        for (int n = 0; n < 20; n++) {
            producer.send(message(topic, "t", "m" + n, "n", Integer.toString(n)));
        }

        Received received = new Received();
        Clients.soon().until(() -> {
            received.add(consumer.poll(200));
            return received.count() >= 4;
        });
        producer.send(message(topic, "t", "last", "n", "7"));
        Clients.soon().until(() -> {
            received.add(consumer.poll(200));
            return received.count() >= 5;
        });

        assertThat(received.bodies()).containsExactlyInAnyOrder("m5", "m6", "m7", "m8", "last");
    }

    @Test
    void tellsAConsumerBeforeItStartsWhatIsWrongInItsExpression(Clients clients) throws Exception {
        String topic = clients.topic(1);
        DefaultMQPushConsumer consumer = clients.pushConsumer(Names.unique("group"));
        consumer.subscribe(topic, MessageSelector.bySql("a and between 2 and 10"));
        new Received().concurrently(consumer);

        assertThatThrownBy(() -> clients.start(consumer))
                .isInstanceOfSatisfying(
                        MQClientException.class,
                        refused -> assertThat(refused.getResponseCode()).isEqualTo(23));
    }

    /** Both tags have the same hash, by which the broker filters; the client must not see the difference. */
    @Test
    void tellsTagsApartThatShareAHash(Clients clients) throws Exception {
        assertThat("Aa").hasSameHashCodeAs("BB");
        DefaultMQProducer producer = clients.producer();
        String topic = clients.topic(1);
        DefaultMQPushConsumer consumer = clients.pushConsumer(Names.unique("group"));
        consumer.subscribe(topic, "Aa || other");
        Received received = new Received().concurrently(consumer);
        clients.start(consumer);

        sendTagged(producer, topic, "BB", 20);
        sendTagged(producer, topic, "x", 20);
        List<String> wanted = sendTagged(producer, topic, "Aa", 20);
        sendTagged(producer, topic, "BB", 20);
        wanted.addAll(sendTagged(producer, topic, "other", 1));

        Clients.soon().until(() -> received.bodies().contains("other0"));
        Clients.soon().until(() -> received.count() >= wanted.size());
        assertThat(received.bodies()).containsExactlyInAnyOrderElementsOf(wanted);
        DefaultMQPullConsumer reader = clients.pullConsumer(Names.unique("group"));
        MessageQueue queue = Clients.queues(reader, topic).iterator().next();
        assertThat(pulled(reader, queue, MessageSelector.bySql("TAGS = 'Aa' OR TAGS = 'other'")))
                .containsExactlyElementsOf(wanted);
    }

    @Test
    void takesANewExpressionWhileTheConsumerRuns(Clients clients) throws Exception {
        DefaultMQProducer producer = clients.producer();
        String topic = clients.topic(2);
        DefaultMQPushConsumer consumer = clients.pushConsumer(Names.unique("group"));
        consumer.subscribe(topic, MessageSelector.bySql("TAGS = 'TagA'"));
        Received received = new Received().concurrently(consumer);
        clients.start(consumer);
        sendTagged(producer, topic, "TagA", 4);
        Clients.soon().until(() -> received.count() >= 4);

        consumer.subscribe(topic, MessageSelector.bySql("TAGS = 'TagB'"));
        for (int n = 0; n < 4; n++) {
            producer.send(message(topic, "TagA", "late" + n));
        }
        sendTagged(producer, topic, "TagB", 4);

        Clients.soon().until(() -> received.count() >= 8);
        assertThat(received.bodies())
                .containsExactlyInAnyOrder("TagA0", "TagA1", "TagA2", "TagA3", "TagB0", "TagB1", "TagB2", "TagB3");
        consumer.subscribe(topic, "*");
        producer.send(message(topic, "TagC", "any"));
        Clients.soon().until(() -> received.bodies().contains("any"));
    }

    @Test
    void givesAMessageThatFailedAgainThoughItsCopyLiesInAnotherTopic(Clients clients) throws Exception {
        DefaultMQProducer producer = clients.producer();
        String topic = clients.topic(1);
        String other = clients.topic(1);
        DefaultMQPushConsumer consumer = clients.pushConsumer(Names.unique("group"));
        consumer.subscribe(topic, MessageSelector.bySql("n > 5"));
        consumer.subscribe(other, "TagB");
        AtomicInteger tries = new AtomicInteger();
        ConcurrentLinkedQueue<String> taken = new ConcurrentLinkedQueue<>();
        consumer.registerMessageListener((MessageListenerConcurrently) (batch, context) -> {
            context.setDelayLevelWhenNextConsume(1);
            boolean fails = Received.texts(batch).contains("wanted") && tries.incrementAndGet() == 1;
            if (!fails) {
                taken.addAll(Received.texts(batch));
            }
            return fails ? ConsumeConcurrentlyStatus.RECONSUME_LATER : ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
        });
        clients.start(consumer);
        Clients.awaitRetryQueues(consumer, 1);

        producer.send(message(topic, "t", "not wanted", "n", "5"));
        producer.send(message(topic, "t", "wanted", "n", "6"));
        producer.send(message(other, "TagA", "not wanted", "n", "6"));
        producer.send(message(other, "TagB", "tagged", "n", "1"));

        Clients.soon().until(() -> taken.size() >= 2);
        assertThat(taken).containsExactlyInAnyOrder("wanted", "tagged");
        assertThat(tries).hasValue(2);
    }
}
