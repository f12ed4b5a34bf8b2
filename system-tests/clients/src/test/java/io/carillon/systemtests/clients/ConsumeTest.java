package io.carillon.systemtests.clients;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.systemtests.harness.Names;
import io.carillon.systemtests.harness.Server;
import io.carillon.systemtests.harness.SharedServer;
import io.carillon.systemtests.harness.Shutdowns;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.apache.rocketmq.client.consumer.DefaultMQPullConsumer;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageQueue;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith({SharedServer.class, Clients.OnSharedServer.class})
class ConsumeTest {

    @Test
    void deliversEachMessageOnceToAConcurrentListener(Clients clients) throws Exception {
        DefaultMQProducer producer = clients.producer();
        String topic = clients.topic(4);
        List<String> early = Clients.sendNumbered(producer, topic, "early", 100);
        DefaultMQPushConsumer consumer = clients.pushConsumer(Names.unique("group"));
        consumer.subscribe(topic, "*");
        Received received = new Received().concurrently(consumer);

        clients.start(consumer);
        Clients.soon().until(() -> received.count() >= 100);
        List<String> late = Clients.sendNumbered(producer, topic, "late", 100);
        Clients.soon().until(() -> received.count() >= 200);

        List<String> all = new ArrayList<>(early);
        all.addAll(late);
        assertThat(received.bodies()).containsExactlyInAnyOrderElementsOf(all);
    }

    @Test
    void deliversEveryQueueInOrderToAnOrderlyListener(Clients clients) throws Exception {
        DefaultMQProducer producer = clients.producer();
        String topic = clients.topic(4);
        DefaultMQPushConsumer consumer = clients.pushConsumer(Names.unique("group"));
        consumer.subscribe(topic, "*");
        Received received = new Received().orderly(consumer);
        clients.start(consumer);

        Clients.sendNumbered(producer, topic, "m", 200);

        Clients.soon().until(() -> received.count() >= 200);
        assertThat(received.offsetsByQueue()).hasSize(4);
        received.offsetsByQueue()
                .forEach((queue, offsets) -> assertThat(offsets)
                        .as("queue " + queue)
                        .isEqualTo(LongStream.range(0, offsets.size()).boxed().toList()));
    }

    @Test
    void handsTheQueuesOfAnOrderlyGroupFromOneConsumerToAnother(Clients clients) throws Exception {
        DefaultMQProducer producer = clients.producer();
        String topic = clients.topic(4);
        String group = Names.unique("group");
        DefaultMQPushConsumer first = clients.pushConsumer(group);
        first.subscribe(topic, "*");
        Received byFirst = new Received().orderly(first);
        clients.start(first);
        Clients.sendNumbered(producer, topic, "a", 40);
        Clients.soon().until(() -> byFirst.count() >= 40);

        Shutdowns.run(first::shutdown);
        DefaultMQPushConsumer second = clients.pushConsumer(group);
        second.subscribe(topic, "*");
        Received bySecond = new Received().orderly(second);
        clients.start(second);
        Clients.sendNumbered(producer, topic, "b", 40);
        Clients.soon().until(() -> bySecond.bodies().stream()
                        .filter(body -> body.startsWith("b"))
                        .distinct()
                        .count()
                == 40);

        assertThat(bySecond.bodies()).allMatch(body -> body.startsWith("b"));
        assertThat(bySecond.bodies()).doesNotHaveDuplicates();
    }

    /** Both write into one list, in the order of their listeners' calls: with locks, no queue is ever in two hands. */
    @Test
    void keepsTheOrderOfEveryQueueWhileASecondOrderlyConsumerJoins(Clients clients) throws Exception {
        DefaultMQProducer producer = clients.producer();
        String topic = clients.topic(4);
        String group = Names.unique("group");
        Received received = new Received();
        DefaultMQPushConsumer first = clients.pushConsumer(group);
        first.subscribe(topic, "*");
        received.orderly(first);
        clients.start(first);
        Clients.sendNumbered(producer, topic, "a", 100);

        DefaultMQPushConsumer second = clients.pushConsumer(group);
        second.subscribe(topic, "*");
        received.orderly(second);
        clients.start(second);
        Clients.sendNumbered(producer, topic, "b", 100);
        awaitShare(first, topic, 2);
        awaitShare(second, topic, 2);
        Clients.sendNumbered(producer, topic, "c", 100);

        Clients.soon().until(() -> received.count() >= 300);
        received.offsetsByQueue()
                .forEach((queue, offsets) -> assertThat(offsets)
                        .as("queue " + queue)
                        .isEqualTo(LongStream.range(0, 75).boxed().toList()));
    }

    @Test
    void sharesTheQueuesBetweenTwoConsumersAndGivesThemAllToTheOneThatStays(Clients clients) throws Exception {
        DefaultMQProducer producer = clients.producer();
        String topic = clients.topic(4);
        String group = Names.unique("group");
        DefaultMQPushConsumer leaving = clients.pushConsumer(group);
        leaving.subscribe(topic, "*");
        Received byLeaving = new Received().concurrently(leaving);
        DefaultMQPushConsumer staying = clients.pushConsumer(group);
        staying.subscribe(topic, "*");
        Received byStaying = new Received().concurrently(staying);
        clients.start(leaving);
        clients.start(staying);
        awaitShare(leaving, topic, 2);
        awaitShare(staying, topic, 2);

        List<String> shared = Clients.sendNumbered(producer, topic, "both", 80);
        Clients.soon().until(() -> byLeaving.count() + byStaying.count() >= 80);
        List<String> together = new ArrayList<>(byLeaving.bodies());
        together.addAll(byStaying.bodies());
        assertThat(together).containsExactlyInAnyOrderElementsOf(shared);
        assertThat(byLeaving.count()).isEqualTo(40);
        assertThat(byStaying.count()).isEqualTo(40);

        Shutdowns.run(leaving::shutdown);
        awaitShare(staying, topic, 4);
        List<String> rest = Clients.sendNumbered(producer, topic, "one", 80);
        Clients.soon().until(() -> byStaying.count() >= 120);
        assertThat(byStaying.bodies().stream().filter(body -> body.startsWith("one")))
                .containsExactlyInAnyOrderElementsOf(rest);
    }

    @SuppressWarnings("deprecation") // the only way to see which queues a consumer has
    private static void awaitShare(DefaultMQPushConsumer consumer, String topic, int queueCount) {
        Clients.soon()
                .until(() -> consumer.getDefaultMQPushConsumerImpl()
                                .getRebalanceImpl()
                                .getProcessQueueTable()
                                .keySet()
                                .stream()
                                .filter(queue -> queue.getTopic().equals(topic))
                                .count()
                        == queueCount);
    }

    @Test
    void deliversOnlyTheTagsThatWereSubscribed(Clients clients) throws Exception {
        DefaultMQProducer producer = clients.producer();
        String topic = clients.topic(2);
        DefaultMQPushConsumer consumer = clients.pushConsumer(Names.unique("group"));
        consumer.subscribe(topic, "TagA || TagC");
        Received received = new Received().concurrently(consumer);
        clients.start(consumer);

        for (int n = 0; n < 60; n++) {
            producer.send(new Message(topic, "Tag" + "ABC".charAt(n % 3), Received.bytes("m" + n)));
        }

        // the last one of each queue is of TagA, so that nothing can still be under way when they are here
        for (MessageQueue queue : Clients.queues(producer, topic)) {
            producer.send(new Message(topic, "TagA", Received.bytes("last" + queue.getQueueId())), queue);
        }
        Clients.soon().until(() -> received.count() >= 42);
        assertThat(received.all()).hasSize(42).allSatisfy(message -> assertThat(message.getTags())
                .isIn("TagA", "TagC"));
    }

    @Test
    void deliversEverythingToEachConsumerOfABroadcast(Clients clients) throws Exception {
        DefaultMQProducer producer = clients.producer();
        String topic = clients.topic(4);
        String group = Names.unique("group");
        List<Received> both = new ArrayList<>();
        for (int n = 0; n < 2; n++) {
            DefaultMQPushConsumer consumer = clients.pushConsumer(group);
            Dialect.broadcast(consumer);
            consumer.subscribe(topic, "*");
            both.add(new Received().concurrently(consumer));
            clients.start(consumer);
            awaitShare(consumer, topic, 4);
        }

        List<String> sent = Clients.sendNumbered(producer, topic, "m", 40);

        for (Received received : both) {
            Clients.soon().until(() -> received.count() >= 40);
            assertThat(received.bodies()).containsExactlyInAnyOrderElementsOf(sent);
        }
    }

    @Test
    void goesOnWhereTheGroupStoppedWhenAClientComesBack(Clients clients) throws Exception {
        DefaultMQProducer producer = clients.producer();
        String topic = clients.topic(2);
        String group = Names.unique("group");
        DefaultMQPushConsumer before = clients.pushConsumer(group);
        before.subscribe(topic, "*");
        Received early = new Received().concurrently(before);
        clients.start(before);
        Clients.sendNumbered(producer, topic, "a", 20);
        Clients.soon().until(() -> early.count() >= 20);
        Shutdowns.run(before::shutdown);

        List<String> meanwhile = Clients.sendNumbered(producer, topic, "b", 20);
        DefaultMQPushConsumer after = clients.pushConsumer(group);
        after.subscribe(topic, "*");
        Received late = new Received().concurrently(after);
        clients.start(after);

        Clients.soon().until(() -> late.count() >= 20);
        assertThat(late.bodies()).containsExactlyInAnyOrderElementsOf(meanwhile);
    }

    @Test
    void startsANewGroupAtTheFirstMessage(Clients clients) throws Exception {
        startsANewGroupOfAYoungTopicAtTheFirstMessage(clients, ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
    }

    /** Apache's broker misses a message now and then that comes between two requests of the group's first client. */
    @Test
    void missesNothingThatIsSentWhileANewGroupStartsOnAnEmptyTopic(Clients clients) throws Exception {
        Assumptions.assumeFalse(Server.isApache(), "a known gap of Apache's");
        DefaultMQProducer producer = clients.producer();
        for (int n = 0; n < 5; n++) {
            String topic = clients.topic(4);
            DefaultMQPushConsumer consumer = clients.pushConsumer(Names.unique("group"));
            consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_LAST_OFFSET);
            consumer.subscribe(topic, "*");
            Received received = new Received().concurrently(consumer);

            clients.start(consumer);
            List<String> sent = Clients.sendNumbered(producer, topic, "m", 40);

            Clients.soon().until(() -> received.count() >= 40);
            assertThat(received.bodies()).containsExactlyInAnyOrderElementsOf(sent);
        }
    }

    /** The broker answers offset 0 for a new group while nothing of the queue is gone: no message is missed in between. */
    @Test
    void startsANewGroupOfAYoungTopicAtTheFirstMessageEvenIfItAskedForTheLast(Clients clients) throws Exception {
        startsANewGroupOfAYoungTopicAtTheFirstMessage(clients, ConsumeFromWhere.CONSUME_FROM_LAST_OFFSET);
    }

    @Test
    void startsANewGroupOfAYoungTopicAtTheFirstMessageEvenIfItAskedForATime(Clients clients) throws Exception {
        startsANewGroupOfAYoungTopicAtTheFirstMessage(clients, ConsumeFromWhere.CONSUME_FROM_TIMESTAMP);
    }

    private static void startsANewGroupOfAYoungTopicAtTheFirstMessage(Clients clients, ConsumeFromWhere where)
            throws Exception {
        DefaultMQProducer producer = clients.producer();
        String topic = clients.topic(2);
        List<String> sent = Clients.sendNumbered(producer, topic, "m", 20);
        DefaultMQPushConsumer consumer = clients.pushConsumer(Names.unique("group"));
        consumer.setConsumeFromWhere(where);
        consumer.subscribe(topic, "*");
        Received received = new Received().concurrently(consumer);

        clients.start(consumer);

        Clients.soon().until(() -> received.count() >= 20);
        assertThat(received.bodies()).containsExactlyInAnyOrderElementsOf(sent);
    }

    @Test
    @SuppressWarnings("deprecation") // of the old pull consumer; programs still use it
    void servesTheOldPullConsumer(Clients clients) throws Exception {
        DefaultMQProducer producer = clients.producer();
        String topic = clients.topic(1);
        Clients.sendNumbered(producer, topic, "m", 40);
        String group = Names.unique("group");
        DefaultMQPullConsumer consumer = clients.pullConsumer(group);
        MessageQueue queue = Clients.queues(consumer, topic).iterator().next();

        List<String> bodies = new ArrayList<>();
        long offset = 0;
        while (offset < 40) {
            var result = consumer.pullBlockIfNotFound(queue, "*", offset, 16);
            result.getMsgFoundList().forEach(message -> bodies.add(Received.text(message)));
            offset = result.getNextBeginOffset();
        }
        consumer.updateConsumeOffset(queue, offset);
        consumer.getDefaultMQPullConsumerImpl().getOffsetStore().persist(queue);

        assertThat(bodies)
                .isEqualTo(IntStream.range(0, 40).mapToObj(n -> "m" + n).toList());
        DefaultMQPullConsumer other = clients.pullConsumer(group);
        Clients.soon().until(() -> other.fetchConsumeOffset(queue, true) == 40);
    }
}
