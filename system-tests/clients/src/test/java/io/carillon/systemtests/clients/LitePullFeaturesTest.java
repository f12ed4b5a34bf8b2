package io.carillon.systemtests.clients;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.systemtests.harness.Names;
import io.carillon.systemtests.harness.SharedServer;
import io.carillon.systemtests.harness.Shutdowns;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.rocketmq.client.consumer.DefaultLitePullConsumer;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * The less common things that a lite pull consumer can be told. Where messages wait, a test seeks only when it has read
 * what {@code assign} began to pull: the client lets a pull that was on its way fill its cache after a seek.
 */
@ExtendWith({SharedServer.class, Clients.OnSharedServer.class})
class LitePullFeaturesTest {
    private static Received poll(DefaultLitePullConsumer consumer, int count) {
        Received received = new Received();
        Clients.soon().until(() -> {
            received.add(consumer.poll(200));
            return received.count() >= count;
        });
        return received;
    }

    @Test
    void pausesAQueueAndGoesOnWithIt(Clients clients) throws Exception {
        DefaultMQProducer producer = clients.producer();
        String topic = clients.topic(2);
        DefaultLitePullConsumer consumer = clients.litePullConsumer(Names.unique("group"));
        consumer.start();
        List<MessageQueue> queues = List.copyOf(consumer.fetchMessageQueues(topic));
        consumer.assign(queues);
        for (MessageQueue queue : queues) {
            consumer.seekToBegin(queue);
        }
        consumer.pause(List.of(queues.get(0)));
        // The pull that was under way when the queue was paused brings one message yet.
        producer.send(new Message(topic, Received.bytes("last")), queues.get(0));
        assertThat(poll(consumer, 1).bodies()).containsExactly("last");

        for (MessageQueue queue : queues) {
            for (int n = 0; n < 5; n++) {
                producer.send(new Message(topic, Received.bytes(queue.getQueueId() + "-" + n)), queue);
            }
        }

        int paused = queues.get(0).getQueueId();
        assertThat(poll(consumer, 5).all()).noneMatch(message -> message.getQueueId() == paused);
        consumer.resume(List.of(queues.get(0)));
        assertThat(poll(consumer, 5).all()).allMatch(message -> message.getQueueId() == paused);
    }

    @Test
    void tellsWhatWasCommittedAndWhere(Clients clients) throws Exception {
        DefaultMQProducer producer = clients.producer();
        String topic = clients.topic(1);
        Clients.sendNumbered(producer, topic, "m", 12);
        DefaultLitePullConsumer consumer = clients.litePullConsumer(Names.unique("group"));
        consumer.setAutoCommit(false);
        consumer.setPullBatchSize(4);
        consumer.start();
        Collection<MessageQueue> queues = consumer.fetchMessageQueues(topic);
        MessageQueue queue = queues.iterator().next();
        consumer.assign(queues);

        poll(consumer, 12);
        commit(consumer);

        Clients.soon().until(() -> consumer.committed(queue) == 12);
    }

    @SuppressWarnings("deprecation") // the newer client calls it commit(), the older one has only this
    private static void commit(DefaultLitePullConsumer consumer) {
        consumer.commitSync();
    }

    @Test
    void filtersWhatItSubscribesToAndWhatItIsAssigned(Clients clients) throws Exception {
        DefaultMQProducer producer = clients.producer();
        String topic = clients.topic(1);
        for (int n = 0; n < 20; n++) {
            producer.send(new Message(topic, n % 2 == 0 ? "Even" : "Odd", Received.bytes("m" + n)));
        }
        DefaultLitePullConsumer subscribed = clients.litePullConsumer(Names.unique("group"));
        subscribed.subscribe(topic, "Even");
        subscribed.start();
        DefaultLitePullConsumer assigned = clients.litePullConsumer(Names.unique("group"));
        assigned.setSubExpressionForAssign(topic, "Odd");
        assigned.start();
        Collection<MessageQueue> queues = assigned.fetchMessageQueues(topic);
        assigned.assign(queues);

        assertThat(poll(subscribed, 10).all()).hasSize(10).allMatch(one -> one.getTags().equals("Even"));
        assertThat(poll(assigned, 10).all()).hasSize(10).allMatch(one -> one.getTags().equals("Odd"));
    }

    @Test
    void findsTheMessageOfATime(Clients clients) throws Exception {
        DefaultMQProducer producer = clients.producer();
        String topic = clients.topic(1);
        Clients.sendNumbered(producer, topic, "m", 5);
        long lastMs = clients.readAll(topic).getLast().getStoreTimestamp();
        Clients.soon().until(() -> System.currentTimeMillis() > lastMs + 1);
        Clients.sendNumbered(producer, topic, "later", 5);
        DefaultLitePullConsumer consumer = clients.litePullConsumer(Names.unique("group"));
        consumer.setAutoCommit(false);
        consumer.start();
        Collection<MessageQueue> queues = consumer.fetchMessageQueues(topic);
        MessageQueue queue = queues.iterator().next();
        consumer.assign(queues);
        poll(consumer, 10);

        long offset = consumer.offsetForTimestamp(queue, lastMs + 1);
        consumer.seek(queue, offset);

        assertThat(offset).isEqualTo(5);
        assertThat(poll(consumer, 5).bodies()).allMatch(body -> body.startsWith("later"));
        assertThat(consumer.offsetForTimestamp(queue, System.currentTimeMillis() + 60_000)).isIn(9L, 10L);
    }

    @Test
    void tellsOfQueuesThatATopicGets(Clients clients) throws Exception {
        DefaultMQProducer producer = clients.producer();
        String topic = clients.topic(2);
        DefaultLitePullConsumer consumer = clients.litePullConsumer(Names.unique("group"));
        consumer.setTopicMetadataCheckIntervalMillis(200);
        Set<Integer> told = ConcurrentHashMap.newKeySet();
        consumer.registerTopicMessageQueueChangeListener(
                topic, (name, queues) -> queues.forEach(queue -> told.add(queue.getQueueId())));
        consumer.start();

        Dialect.createTopic(producer, clients.server().clusterName(), topic, 4);

        Clients.soon().until(() -> told.equals(Set.of(0, 1, 2, 3)));
    }

    @Test
    void sharesQueuesAndTakesOverThoseOfOneThatLeaves(Clients clients) throws Exception {
        DefaultMQProducer producer = clients.producer();
        String topic = clients.topic(4);
        String group = Names.unique("group");
        DefaultLitePullConsumer first = clients.litePullConsumer(group);
        first.subscribe(topic, "*");
        first.start();
        DefaultLitePullConsumer second = clients.litePullConsumer(group);
        second.subscribe(topic, "*");
        second.start();
        Clients.soon().until(() -> first.assignment().size() == 2
                && second.assignment().size() == 2);

        List<String> sent = Clients.sendNumbered(producer, topic, "m", 40);
        Set<String> received = new HashSet<>();
        Clients.soon().until(() -> {
            first.poll(50).forEach(one -> received.add(Received.text(one)));
            second.poll(50).forEach(one -> received.add(Received.text(one)));
            return received.size() == 40;
        });
        assertThat(received).containsExactlyInAnyOrderElementsOf(sent);

        Shutdowns.run(second::shutdown);
        Clients.soon().until(() -> first.assignment().size() == 4);
        List<String> more = Clients.sendNumbered(producer, topic, "more", 8);
        Set<String> rest = new HashSet<>();
        Clients.soon().until(() -> {
            for (MessageExt one : first.poll(50)) {
                rest.add(Received.text(one));
            }
            return rest.containsAll(more);
        });
    }
}
