package io.carillon.systemtests.clients;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.systemtests.harness.Names;
import io.carillon.systemtests.harness.SharedServer;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.ConsumeOrderlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.client.consumer.listener.MessageListenerOrderly;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What becomes of messages that a consumer could not consume. */
@ExtendWith({SharedServer.class, Clients.OnSharedServer.class})
class RetryTest {
    private static final int LEVEL_MS = 1_000;

    @Test
    void bringsAMessageBackUntilItIsADeadLetter(Clients clients) throws Exception {
        DefaultMQProducer producer = clients.producer();
        String topic = clients.topic(1);
        String group = Names.unique("group");
        DefaultMQPushConsumer consumer = clients.pushConsumer(group);
        consumer.setMaxReconsumeTimes(2);
        consumer.subscribe(topic, "*");
        Failing failing = new Failing(consumer, 1);
        clients.start(consumer);
        Clients.awaitRetryQueues(consumer, 1);

        Message message = new Message(topic, "Tag", "key", Received.bytes("fails"));
        message.putUserProperty("mine", "x");
        SendResult sent = producer.send(message);

        Clients.soon().until(() -> failing.tries().size() >= 3);
        List<MessageExt> dead = clients.awaitStored("%DLQ%" + group, 1);
        List<MessageExt> tries = failing.tries();
        assertThat(tries).hasSize(3);
        IntStream.range(0, 3).forEach(n -> {
            assertThat(tries.get(n).getReconsumeTimes()).isEqualTo(n);
            assertSame(tries.get(n), topic, sent);
        });
        assertThat(tries.subList(1, 3)).allSatisfy(retry -> assertThat(retry.getProperties())
                .containsEntry("RETRY_TOPIC", topic)
                .containsEntry("ORIGIN_MESSAGE_ID", sent.getOffsetMsgId()));
        failing.assertPauses(LEVEL_MS, LEVEL_MS);

        assertThat(dead).hasSize(1);
        assertThat(dead.getFirst().getReconsumeTimes()).isEqualTo(3);
        assertThat(dead.getFirst().getProperties())
                .containsEntry("RETRY_TOPIC", topic)
                .containsEntry("ORIGIN_MESSAGE_ID", sent.getOffsetMsgId())
                .containsEntry("mine", "x");
        assertThat(Received.text(dead.getFirst())).isEqualTo("fails");
    }

    private static void assertSame(MessageExt found, String topic, SendResult sent) {
        assertThat(Received.text(found)).isEqualTo("fails");
        assertThat(found.getTopic()).isEqualTo(topic);
        assertThat(found.getMsgId()).isEqualTo(sent.getMsgId());
        assertThat(found.getTags()).isEqualTo("Tag");
        assertThat(found.getKeys()).isEqualTo("key");
        assertThat(found.getUserProperty("mine")).isEqualTo("x");
    }

    @Test
    void makesADeadLetterAtOnceOfWhatTheListenerGivesUp(Clients clients) throws Exception {
        DefaultMQProducer producer = clients.producer();
        String topic = clients.topic(1);
        String group = Names.unique("group");
        DefaultMQPushConsumer consumer = clients.pushConsumer(group);
        consumer.subscribe(topic, "*");
        Failing failing = new Failing(consumer, -1);
        clients.start(consumer);

        producer.send(new Message(topic, Received.bytes("hopeless")));

        Clients.soon().until(() -> failing.tries().size() == 1);
        List<MessageExt> dead = clients.awaitStored("%DLQ%" + group, 1);
        assertThat(Received.texts(dead)).containsExactly("hopeless");
        assertThat(failing.tries()).hasSize(1);
    }

    /** Only the second of five fails, twice: the others wait for it. */
    @Test
    void keepsTheOrderOfAQueueThatAListenerSuspends(Clients clients) throws Exception {
        DefaultMQProducer producer = clients.producer();
        String topic = clients.topic(1);
        DefaultMQPushConsumer consumer = clients.pushConsumer(Names.unique("group"));
        consumer.setSuspendCurrentQueueTimeMillis(100);
        consumer.subscribe(topic, "*");
        Received consumed = new Received();
        List<Integer> failures = new CopyOnWriteArrayList<>();
        consumer.registerMessageListener((MessageListenerOrderly) (batch, context) -> {
            if (Received.text(batch.getFirst()).equals("m1") && failures.size() < 2) {
                failures.add(batch.getFirst().getReconsumeTimes());
                return ConsumeOrderlyStatus.SUSPEND_CURRENT_QUEUE_A_MOMENT;
            }
            consumed.add(batch);
            return ConsumeOrderlyStatus.SUCCESS;
        });
        clients.start(consumer);

        List<String> sent = Clients.sendNumbered(producer, topic, "m", 5);

        Clients.soon().until(() -> consumed.count() >= 5);
        assertThat(consumed.bodies()).isEqualTo(sent);
        assertThat(failures).containsExactly(0, 1);
        assertThat(consumed.all().get(1).getReconsumeTimes()).isEqualTo(2);
    }

    @Test
    void makesADeadLetterOfWhatAnOrderlyListenerNeverConsumesAndGoesOn(Clients clients) throws Exception {
        DefaultMQProducer producer = clients.producer();
        String topic = clients.topic(1);
        String group = Names.unique("group");
        DefaultMQPushConsumer consumer = clients.pushConsumer(group);
        consumer.setMaxReconsumeTimes(2);
        consumer.setSuspendCurrentQueueTimeMillis(100);
        consumer.subscribe(topic, "*");
        Received consumed = new Received();
        consumer.registerMessageListener((MessageListenerOrderly) (batch, context) -> {
            if (Received.text(batch.getFirst()).equals("m1")) {
                return ConsumeOrderlyStatus.SUSPEND_CURRENT_QUEUE_A_MOMENT;
            }
            consumed.add(batch);
            return ConsumeOrderlyStatus.SUCCESS;
        });
        clients.start(consumer);

        Clients.sendNumbered(producer, topic, "m", 4);

        Clients.soon().until(() -> consumed.count() >= 3);
        assertThat(consumed.bodies()).containsExactly("m0", "m2", "m3");
        List<MessageExt> dead = clients.awaitStored("%DLQ%" + group, 1);
        assertThat(Received.texts(dead)).containsExactly("m1");
        assertThat(dead.getFirst().getProperties()).containsEntry("RETRY_TOPIC", topic);
    }

    /** A listener that never succeeds, and what it was given. */
    static final class Failing {
        private final List<MessageExt> tries = new CopyOnWriteArrayList<>();
        private final Map<Integer, Long> nanoTimes = new ConcurrentHashMap<>();

        /** @param level after which delay level it wants to try again; 0: as the broker says */
        Failing(DefaultMQPushConsumer consumer, int level) {
            consumer.registerMessageListener((MessageListenerConcurrently) (batch, context) -> {
                batch.forEach(message -> nanoTimes.put(message.getReconsumeTimes(), System.nanoTime()));
                tries.addAll(batch);
                context.setDelayLevelWhenNextConsume(level);
                return ConsumeConcurrentlyStatus.RECONSUME_LATER;
            });
        }

        List<MessageExt> tries() {
            return List.copyOf(tries);
        }

        /** No try came earlier than so many ms after the one before it. The broker's clock counts whole ones. */
        void assertPauses(long... pausesMs) {
            for (int n = 0; n < pausesMs.length; n++) {
                assertThat(nanoTimes.get(n + 1) - nanoTimes.get(n))
                        .as("pause before try " + (n + 1))
                        .isGreaterThanOrEqualTo((pausesMs[n] - 1) * 1_000_000);
            }
        }
    }
}
