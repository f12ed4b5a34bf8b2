package io.carillon.systemtests.clients;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.systemtests.harness.Names;
import io.carillon.systemtests.harness.SharedServer;
import io.carillon.systemtests.harness.Shutdowns;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The less common things that a push consumer can be told. */
@SuppressWarnings("deprecation") // it is what programs use
@ExtendWith({SharedServer.class, Clients.OnSharedServer.class})
class PushFeaturesTest {
    @Test
    void handsAListenerAsManyMessagesAsItWants(Clients clients) throws Exception {
        DefaultMQProducer producer = clients.producer();
        String topic = clients.topic(1);
        List<String> sent = Clients.sendNumbered(producer, topic, "m", 50);
        DefaultMQPushConsumer consumer = clients.pushConsumer(Names.unique("group"));
        consumer.setConsumeMessageBatchMaxSize(10);
        consumer.subscribe(topic, "*");
        List<Integer> batches = new CopyOnWriteArrayList<>();
        Received received = new Received();
        consumer.registerMessageListener((MessageListenerConcurrently) (batch, context) -> {
            batches.add(batch.size());
            received.add(batch);
            return ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
        });
        clients.start(consumer);

        Clients.soon().until(() -> received.count() >= 50);
        assertThat(received.bodies()).containsExactlyInAnyOrderElementsOf(sent);
        assertThat(batches).allMatch(size -> size <= 10).anyMatch(size -> size > 1);
    }

    /** Two of three are taken: the last one alone comes again. */
    @Test
    void bringsBackOnlyWhatAListenerDidNotAcknowledge(Clients clients) throws Exception {
        DefaultMQProducer producer = clients.producer();
        String topic = clients.topic(1);
        Clients.sendNumbered(producer, topic, "m", 3);
        DefaultMQPushConsumer consumer = clients.pushConsumer(Names.unique("group"));
        consumer.setConsumeMessageBatchMaxSize(3);
        consumer.subscribe(topic, "*");
        Map<String, Integer> tries = new ConcurrentHashMap<>();
        consumer.registerMessageListener((MessageListenerConcurrently) (batch, context) -> {
            batch.forEach(message -> tries.merge(Received.text(message), 1, Integer::sum));
            context.setDelayLevelWhenNextConsume(1);
            if (batch.size() == 3) {
                context.setAckIndex(1);
            }
            return batch.size() < 3 && batch.getFirst().getReconsumeTimes() == 0
                    ? ConsumeConcurrentlyStatus.RECONSUME_LATER
                    : ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
        });
        clients.start(consumer);
        Clients.awaitRetryQueues(consumer, 1);

        Clients.soon().until(() -> tries.getOrDefault("m2", 0) >= 2);
    }

    @Test
    void bringsAMessageBackWhoseListenerThrew(Clients clients) throws Exception {
        DefaultMQProducer producer = clients.producer();
        String topic = clients.topic(1);
        DefaultMQPushConsumer consumer = clients.pushConsumer(Names.unique("group"));
        consumer.subscribe(topic, "*");
        List<Integer> tries = new CopyOnWriteArrayList<>();
        consumer.registerMessageListener((MessageListenerConcurrently) (batch, context) -> {
            tries.add(batch.getFirst().getReconsumeTimes());
            context.setDelayLevelWhenNextConsume(1);
            if (tries.size() == 1) {
                throw new IllegalStateException("a listener's own mistake");
            }
            return ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
        });
        clients.start(consumer);
        Clients.awaitRetryQueues(consumer, 1);

        producer.send(new Message(topic, Received.bytes("m")));

        Clients.soon().until(() -> tries.size() >= 2);
        assertThat(tries).containsExactly(0, 1);
    }

    @Test
    void pausesAndGoesOn(Clients clients) throws Exception {
        DefaultMQProducer producer = clients.producer();
        String topic = clients.topic(2);
        DefaultMQPushConsumer consumer = clients.pushConsumer(Names.unique("group"));
        consumer.subscribe(topic, "*");
        Received received = new Received().concurrently(consumer);
        clients.start(consumer);
        Clients.sendNumbered(producer, topic, "first", 4);
        Clients.soon().until(() -> received.count() == 4);

        consumer.suspend();
        Clients.sendNumbered(producer, topic, "second", 4);
        consumer.resume();

        Clients.soon().until(() -> received.count() >= 8);
        assertThat(received.count()).isEqualTo(8);
    }

    @Test
    void forgetsATopicAndTakesAnotherWhileItRuns(Clients clients) throws Exception {
        DefaultMQProducer producer = clients.producer();
        String first = clients.topic(1);
        String second = clients.topic(1);
        DefaultMQPushConsumer consumer = clients.pushConsumer(Names.unique("group"));
        consumer.subscribe(first, "*");
        Received received = new Received().concurrently(consumer);
        clients.start(consumer);
        producer.send(new Message(first, Received.bytes("a")));
        Clients.soon().until(() -> received.count() == 1);

        consumer.subscribe(second, "*");
        consumer.unsubscribe(first);
        producer.send(new Message(second, Received.bytes("b")));
        rebalanceUntil(consumer, () -> received.count() == 2);

        assertThat(received.bodies()).containsExactly("a", "b");
        rebalanceUntil(consumer, () -> consumer
                .getDefaultMQPushConsumerImpl()
                .getRebalanceImpl()
                .getProcessQueueTable()
                .keySet()
                .stream()
                .noneMatch(queue -> queue.getTopic().equals(first)));
    }

    private static void rebalanceUntil(DefaultMQPushConsumer consumer, java.util.concurrent.Callable<Boolean> condition) {
        Clients.soon().until(() -> {
            consumer.getDefaultMQPushConsumerImpl().doRebalance();
            return condition.call();
        });
    }

    @Test
    void goesOnPullingWhenFullQueuesAreEmptiedAgain(Clients clients) throws Exception {
        DefaultMQProducer producer = clients.producer();
        String topic = clients.topic(1);
        List<String> sent = Clients.sendNumbered(producer, topic, "m", 100);
        DefaultMQPushConsumer consumer = clients.pushConsumer(Names.unique("group"));
        consumer.setPullThresholdForQueue(10);
        consumer.setPullBatchSize(5);
        consumer.subscribe(topic, "*");
        CountDownLatch isFull = new CountDownLatch(1);
        Received received = new Received();
        consumer.registerMessageListener((MessageListenerConcurrently) (batch, context) -> {
            awaitQuietly(isFull);
            received.add(batch);
            return ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
        });
        clients.start(consumer);
        Clients.soon().until(() -> cached(consumer) > 10);
        assertThat(cached(consumer)).isLessThan(30);

        isFull.countDown();

        Clients.soon().until(() -> received.count() >= 100);
        assertThat(received.bodies()).containsExactlyInAnyOrderElementsOf(sent);
    }

    private static long cached(DefaultMQPushConsumer consumer) {
        return consumer.getDefaultMQPushConsumerImpl().getRebalanceImpl().getProcessQueueTable().values().stream()
                .mapToLong(queue -> queue.getMsgCount().get())
                .sum();
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            assertThat(latch.await(40, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** A queue whose first messages are gone or consumed by nobody: the three ways to begin on it. */
    @Test
    void beginsAtATime(Clients clients) throws Exception {
        DefaultMQProducer producer = clients.producer();
        String topic = clients.topic(1);
        Clients.sendNumbered(producer, topic, "m", 5);
        MessageExt last = clients.readAll(topic).getLast();
        // The client knows whole seconds only.
        Clients.soon().until(() -> System.currentTimeMillis() / 1000 > last.getStoreTimestamp() / 1000 + 1);
        String from = DateTimeFormatter.ofPattern("yyyyMMddHHmmss")
                .withZone(ZoneId.systemDefault())
                .format(Instant.ofEpochMilli(last.getStoreTimestamp() + 1_000));
        Clients.sendNumbered(producer, topic, "later", 5);
        DefaultMQPushConsumer consumer = clients.pushConsumer(Names.unique("group"));
        consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_TIMESTAMP);
        consumer.setConsumeTimestamp(from);
        Dialect.broadcast(consumer); // which keeps its offsets by itself, so that it begins where it says
        consumer.subscribe(topic, "*");
        Received received = new Received().concurrently(consumer);
        clients.start(consumer);

        Clients.soon().until(() -> received.count() >= 5);
        assertThat(received.bodies()).allMatch(body -> body.startsWith("later"));
    }

    @Test
    void beginsABroadcastAtTheEndAndKeepsItsPlaceInAFileOfItsOwn(Clients clients) throws Exception {
        DefaultMQProducer producer = clients.producer();
        String topic = clients.topic(2);
        Clients.sendNumbered(producer, topic, "before", 4);
        String group = Names.unique("group");
        String instance = Names.unique("instance");
        DefaultMQPushConsumer first = broadcast(clients, group, instance, topic);
        Received received = new Received().concurrently(first);
        first.start();
        Clients.soon().until(() -> first.getDefaultMQPushConsumerImpl()
                        .getRebalanceImpl()
                        .getProcessQueueTable()
                        .size()
                == 2);

        Clients.sendNumbered(producer, topic, "while", 4);
        Clients.soon().until(() -> received.count() >= 4);
        Shutdowns.run(first::shutdown);
        Clients.sendNumbered(producer, topic, "gone", 4);
        DefaultMQPushConsumer second = broadcast(clients, group, instance, topic);
        Received again = new Received().concurrently(second);
        clients.start(second);

        Clients.soon().until(() -> again.count() >= 4);
        assertThat(received.bodies()).allMatch(body -> body.startsWith("while"));
        assertThat(again.bodies()).allMatch(body -> body.startsWith("gone"));
    }

    private static DefaultMQPushConsumer broadcast(Clients clients, String group, String instance, String topic)
            throws Exception {
        DefaultMQPushConsumer consumer = clients.pushConsumer(group);
        consumer.setInstanceName(instance);
        consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_LAST_OFFSET);
        Dialect.broadcast(consumer);
        consumer.subscribe(topic, "*");
        return consumer;
    }

    @Test
    void deliversEverythingToEveryGroup(Clients clients) throws Exception {
        DefaultMQProducer producer = clients.producer();
        String topic = clients.topic(4);
        List<Received> all = new ArrayList<>();
        for (int n = 0; n < 5; n++) {
            DefaultMQPushConsumer consumer = clients.pushConsumer(Names.unique("group"));
            consumer.subscribe(topic, "*");
            all.add(new Received().concurrently(consumer));
            clients.start(consumer);
        }

        List<String> sent = Clients.sendNumbered(producer, topic, "m", 40);

        for (Received received : all) {
            Clients.soon().until(() -> received.count() >= 40);
            assertThat(received.bodies()).containsExactlyInAnyOrderElementsOf(sent);
        }
    }

    /** Four of them, so that each has its two queues, and each message comes once. */
    @Test
    void sharesQueuesEvenlyAmongInstancesInOneProcess(Clients clients) throws Exception {
        DefaultMQProducer producer = clients.producer();
        String topic = clients.topic(8);
        String group = Names.unique("group");
        List<DefaultMQPushConsumer> consumers = new ArrayList<>();
        List<Received> all = new ArrayList<>();
        for (int n = 0; n < 4; n++) {
            DefaultMQPushConsumer consumer = clients.pushConsumer(group);
            consumer.subscribe(topic, "*");
            consumers.add(consumer);
            all.add(new Received().orderly(consumer));
            clients.start(consumer);
        }
        for (DefaultMQPushConsumer consumer : consumers) {
            rebalanceUntil(consumer, () -> queuesOf(consumer, topic).size() == 2);
        }

        List<String> sent = Clients.sendNumbered(producer, topic, "m", 160);

        Clients.soon().until(() -> all.stream().mapToInt(Received::count).sum() >= 160);
        assertThat(all.stream().flatMap(one -> one.bodies().stream()).toList())
                .containsExactlyInAnyOrderElementsOf(sent);
        assertThat(all).allMatch(one -> one.count() == 40);
    }

    private static Set<Integer> queuesOf(DefaultMQPushConsumer consumer, String topic) {
        return consumer.getDefaultMQPushConsumerImpl().getRebalanceImpl().getProcessQueueTable().keySet().stream()
                .filter(queue -> queue.getTopic().equals(topic))
                .map(queue -> queue.getQueueId())
                .collect(java.util.stream.Collectors.toSet());
    }

    @Test
    void countsTheTriesOfAMessage(Clients clients) throws Exception {
        DefaultMQProducer producer = clients.producer();
        String topic = clients.topic(1);
        DefaultMQPushConsumer consumer = clients.pushConsumer(Names.unique("group"));
        consumer.setMaxReconsumeTimes(5);
        consumer.subscribe(topic, "*");
        List<Integer> tries = new CopyOnWriteArrayList<>();
        consumer.registerMessageListener((MessageListenerConcurrently) (batch, context) -> {
            tries.add(batch.getFirst().getReconsumeTimes());
            context.setDelayLevelWhenNextConsume(1);
            return tries.size() < 4 ? ConsumeConcurrentlyStatus.RECONSUME_LATER : ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
        });
        clients.start(consumer);
        Clients.awaitRetryQueues(consumer, 1);

        producer.send(new Message(topic, Received.bytes("m")));

        Clients.soon().until(() -> tries.size() >= 4);
        assertThat(tries).containsExactly(0, 1, 2, 3);
    }
}
