package io.carillon.systemtests.clients;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.systemtests.harness.Names;
import io.carillon.systemtests.harness.SharedServer;
import io.carillon.systemtests.harness.Shutdowns;
import java.util.Collection;
import java.util.List;
import org.apache.rocketmq.client.consumer.DefaultLitePullConsumer;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Each test reads what {@code assign} began to pull before it seeks: the client lets a pull that was on its way while
 * its caller sought fill its cache after that.
 */
@ExtendWith({SharedServer.class, Clients.OnSharedServer.class})
class LitePullTest {

    @Test
    void readsTheQueuesThatWereAssigned(Clients clients) throws Exception {
        DefaultMQProducer producer = clients.producer();
        String topic = clients.topic(2);
        List<String> sent = Clients.sendNumbered(producer, topic, "m", 40);
        DefaultLitePullConsumer consumer = clients.litePullConsumer(Names.unique("group"));
        consumer.setAutoCommit(false);
        consumer.start();

        Collection<MessageQueue> queues = consumer.fetchMessageQueues(topic);
        consumer.assign(queues);
        assertThat(poll(consumer, 40).bodies()).containsExactlyInAnyOrderElementsOf(sent);

        for (MessageQueue queue : queues) {
            consumer.seekToBegin(queue);
        }
        assertThat(poll(consumer, 40).bodies()).containsExactlyInAnyOrderElementsOf(sent);
    }

    @Test
    void seeksToAnyOffsetOfAQueue(Clients clients) throws Exception {
        DefaultMQProducer producer = clients.producer();
        String topic = clients.topic(1);
        List<String> sent = Clients.sendNumbered(producer, topic, "m", 40);
        DefaultLitePullConsumer consumer = clients.litePullConsumer(Names.unique("group"));
        consumer.setAutoCommit(false);
        consumer.start();
        Collection<MessageQueue> queues = consumer.fetchMessageQueues(topic);
        MessageQueue queue = queues.iterator().next();
        consumer.assign(queues);
        assertThat(poll(consumer, 40).bodies()).isEqualTo(sent);

        consumer.seek(queue, 30);
        assertThat(poll(consumer, 10).bodies()).isEqualTo(sent.subList(30, 40));

        consumer.seek(queue, 5);
        assertThat(poll(consumer, 35).bodies()).isEqualTo(sent.subList(5, 40));

        consumer.seekToEnd(queue);
        List<String> more = Clients.sendNumbered(producer, topic, "more", 3);
        assertThat(poll(consumer, 3).bodies()).isEqualTo(more);
    }

    @Test
    void sharesASubscriptionAndKeepsWhatWasCommitted(Clients clients) throws Exception {
        DefaultMQProducer producer = clients.producer();
        String topic = clients.topic(2);
        String group = Names.unique("group");
        List<String> sent = Clients.sendNumbered(producer, topic, "m", 40);
        DefaultLitePullConsumer first = clients.litePullConsumer(group);
        first.subscribe(topic, "*");
        first.setAutoCommit(false);
        first.start();

        assertThat(poll(first, 40).bodies()).containsExactlyInAnyOrderElementsOf(sent);
        commit(first);
        Shutdowns.run(first::shutdown);

        List<String> more = Clients.sendNumbered(producer, topic, "more", 10);
        DefaultLitePullConsumer second = clients.litePullConsumer(group);
        second.subscribe(topic, "*");
        second.start();
        assertThat(poll(second, 10).bodies()).containsExactlyInAnyOrderElementsOf(more);
    }

    @SuppressWarnings("deprecation") // the newer client calls it commit(), the older one has only this
    private static void commit(DefaultLitePullConsumer consumer) {
        consumer.commitSync();
    }

    @Test
    void findsAnOffsetByTime(Clients clients) throws Exception {
        DefaultMQProducer producer = clients.producer();
        String topic = clients.topic(1);
        Clients.sendNumbered(producer, topic, "m", 10);
        List<MessageExt> stored = clients.readAll(topic);
        DefaultLitePullConsumer consumer = clients.litePullConsumer(Names.unique("group"));
        consumer.start();
        MessageQueue queue = consumer.fetchMessageQueues(topic).iterator().next();

        assertThat(consumer.offsetForTimestamp(queue, stored.getFirst().getStoreTimestamp()))
                .isZero();
        assertThat(consumer.offsetForTimestamp(queue, stored.getFirst().getStoreTimestamp() - 1_000))
                .isZero();
    }

    private static Received poll(DefaultLitePullConsumer consumer, int count) {
        Received received = new Received();
        Clients.soon().until(() -> {
            received.add(consumer.poll(200));
            return received.count() >= count;
        });
        return received;
    }
}
