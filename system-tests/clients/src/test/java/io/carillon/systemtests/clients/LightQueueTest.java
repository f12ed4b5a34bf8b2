package io.carillon.systemtests.clients;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.carillon.systemtests.harness.Names;
import io.carillon.systemtests.harness.Server;
import io.carillon.systemtests.harness.SharedServer;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.apache.rocketmq.client.consumer.DefaultLitePullConsumer;
import org.apache.rocketmq.client.consumer.DefaultMQPullConsumer;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.PullResult;
import org.apache.rocketmq.client.consumer.PullStatus;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.client.exception.MQBrokerException;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageQueue;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Messages that are dispatched to light queues as well, by the property that official clients set. */
@SuppressWarnings("deprecation") // the old pull consumer is what Apache's own example reads them with
@ExtendWith({SharedServer.class, Clients.OnSharedServer.class})
class LightQueueTest {
    @BeforeAll
    static void needsCarillon() {
        Assumptions.assumeFalse(Server.isApache(), "Apache's broker has light queues only when two settings say so");
    }

    private static String lightQueue() {
        return "%LMQ%" + Names.unique("light");
    }

    private static Message message(String topic, String body, String... lightQueues) {
        Message message = new Message(topic, "Tag", Received.bytes(body));
        message.putUserProperty("INNER_MULTI_DISPATCH", String.join(",", lightQueues));
        return message;
    }

    private static MessageQueue queue(Clients clients, String lightQueue) {
        return new MessageQueue(lightQueue, clients.server().brokerName(), 0);
    }

    @Test
    void pullsFromALightQueueWhatWasSentToItsTopics(Clients clients) throws Exception {
        DefaultMQProducer producer = clients.producer();
        String topic = clients.topic(2);
        String first = lightQueue();
        String second = lightQueue();
        producer.send(message(topic, "one", first));
        producer.send(message(topic, "two", first, second));
        producer.send(new Message(topic, Received.bytes("other")));
        producer.send(message(topic, "three", second));
        DefaultMQPullConsumer consumer = clients.pullConsumer(Names.unique("group"));
        consumer.fetchSubscribeMessageQueues(topic);

        PullResult found = consumer.pull(queue(clients, first), "*", 0, 32);
        PullResult foundSecond = consumer.pull(queue(clients, second), "Tag", 0, 32);

        assertThat(Received.texts(found.getMsgFoundList())).containsExactly("one", "two");
        assertThat(found.getNextBeginOffset()).isEqualTo(2);
        assertThat(Received.texts(foundSecond.getMsgFoundList())).containsExactly("two", "three");
        MessageExt two = found.getMsgFoundList().get(1);
        assertThat(two.getTopic()).isEqualTo(topic);
        String[] offsets = two.getProperty("INNER_MULTI_QUEUE_OFFSET").split(",");
        assertThat(List.of(offsets)).extracting(Long::parseLong).containsExactly(1L, 0L);
        assertThat(consumer.minOffset(queue(clients, first))).isZero();
        assertThat(consumer.maxOffset(queue(clients, first))).isEqualTo(2);
        assertThat(consumer.searchOffset(queue(clients, first), two.getStoreTimestamp() + 1))
                .isEqualTo(2);
    }

    @Test
    void holdsAPullOfALightQueueThatIsNotThereYet(Clients clients) throws Exception {
        DefaultMQProducer producer = clients.producer();
        String topic = clients.topic(1);
        String light = lightQueue();
        DefaultMQPullConsumer consumer = clients.pullConsumer(Names.unique("group"));
        // As in Apache's own example: the queue has no route before there is a message in it.
        consumer.getDefaultMQPullConsumerImpl()
                .getRebalanceImpl()
                .getmQClientFactory()
                .updateTopicRouteInfoFromNameServer(topic);
        MessageQueue queue = queue(clients, light);
        assertThat(consumer.minOffset(queue)).isZero();
        assertThat(consumer.pull(queue, "*", 0, 32).getPullStatus()).isEqualTo(PullStatus.NO_NEW_MSG);

        CompletableFuture<PullResult> held = CompletableFuture.supplyAsync(() -> pullBlocking(consumer, queue));
        producer.send(message(topic, "m", light));

        assertThat(Received.texts(held.get(20, TimeUnit.SECONDS).getMsgFoundList()))
                .containsExactly("m");
    }

    private static PullResult pullBlocking(DefaultMQPullConsumer consumer, MessageQueue queue) {
        try {
            return consumer.pullBlockIfNotFound(queue, "*", 0, 32);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void keepsTheOffsetsOfALightGroup(Clients clients) throws Exception {
        DefaultMQProducer producer = clients.producer();
        String topic = clients.topic(1);
        String light = lightQueue();
        for (int n = 0; n < 5; n++) {
            producer.send(message(topic, "m" + n, light));
        }
        String group = "%LMQ%" + Names.unique("group");
        DefaultMQPullConsumer first = clients.pullConsumer(group);
        first.fetchSubscribeMessageQueues(topic);
        MessageQueue queue = queue(clients, light);
        first.pull(queue, "*", 0, 32);
        first.updateConsumeOffset(queue, 3);
        first.getOffsetStore().persistAll(Set.of(queue));

        DefaultMQPullConsumer second = clients.pullConsumer(group);
        second.fetchSubscribeMessageQueues(topic);

        Clients.soon().until(() -> second.fetchConsumeOffset(queue, true) == 3);
    }

    @Test
    void pushesFromALightQueueByItsRoute(Clients clients) throws Exception {
        DefaultMQProducer producer = clients.producer();
        String topic = clients.topic(1);
        String light = lightQueue();
        producer.send(message(topic, "m0", light));
        DefaultMQPushConsumer consumer = clients.pushConsumer(Names.unique("group"));
        consumer.subscribe(light, "*");
        List<String> received = new CopyOnWriteArrayList<>();
        consumer.registerMessageListener((MessageListenerConcurrently) (messages, _) -> {
            received.addAll(Received.texts(messages));
            return ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
        });
        clients.start(consumer);

        producer.send(message(topic, "m1", light));

        Clients.soon().until(() -> received.size() == 2);
        assertThat(received).containsExactlyInAnyOrder("m0", "m1");
    }

    @Test
    void assignsALightQueueToALitePullConsumer(Clients clients) throws Exception {
        DefaultMQProducer producer = clients.producer();
        String topic = clients.topic(1);
        String light = lightQueue();
        producer.send(message(topic, "m0", light));
        producer.send(message(topic, "m1", light));
        DefaultLitePullConsumer consumer = clients.litePullConsumer(Names.unique("group"));
        consumer.start();
        Clients.soon().ignoreExceptions().until(() -> !consumer.fetchMessageQueues(light).isEmpty());
        consumer.assign(List.of(queue(clients, light)));

        List<String> received = new CopyOnWriteArrayList<>();
        Clients.soon().until(() -> {
            received.addAll(Received.texts(consumer.poll(500)));
            return received.size() >= 2;
        });

        assertThat(received).containsExactly("m0", "m1");
    }

    @Test
    void dispatchesADelayedMessageWhenItIsDue(Clients clients) throws Exception {
        DefaultMQProducer producer = clients.producer();
        String topic = clients.topic(1);
        String light = lightQueue();
        Message later = message(topic, "later", light);
        later.setDelayTimeLevel(1);
        producer.send(later);
        producer.send(message(topic, "now", light));

        List<MessageExt> stored = clients.awaitStored(light, 2);

        assertThat(Received.texts(stored)).containsExactly("now", "later");
        assertThat(stored.get(1).getStoreTimestamp() - stored.get(0).getStoreTimestamp())
                .isGreaterThanOrEqualTo(900);
    }

    @Test
    void sendsABatchWhoseMessagesNameQueuesOfTheirOwn(Clients clients) throws Exception {
        DefaultMQProducer producer = clients.producer();
        String topic = clients.topic(1);
        List<String> lights = List.of(lightQueue(), lightQueue(), lightQueue(), lightQueue(), lightQueue());

        producer.send(lights.stream().map(light -> message(topic, light, light)).toList());

        for (String light : lights) {
            assertThat(Received.texts(clients.awaitStored(light, 1))).containsExactly(light);
        }
    }

    @Test
    void refusesNamesThatAreNoLightQueues(Clients clients) throws Exception {
        DefaultMQProducer producer = clients.producer();
        String topic = clients.topic(1);
        String light = lightQueue();

        assertThatThrownBy(() -> producer.send(message(topic, "m", "plain")))
                .isInstanceOf(MQBrokerException.class)
                .hasMessageContaining("'plain'");
        assertThatThrownBy(() -> producer.send(message(topic, "m", light, light)))
                .isInstanceOf(MQBrokerException.class)
                .hasMessageContaining("twice");
    }
}
