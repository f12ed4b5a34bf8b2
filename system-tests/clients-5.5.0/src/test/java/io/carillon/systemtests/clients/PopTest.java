package io.carillon.systemtests.clients;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.systemtests.harness.Names;
import io.carillon.systemtests.harness.Server;
import io.carillon.systemtests.harness.SharedServer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.rocketmq.client.consumer.AckStatus;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.PopStatus;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Popping with the official client: by itself, and as a push consumer whose broker hands out the messages. */
@ExtendWith({SharedServer.class, Clients.OnSharedServer.class})
class PopTest {
    @Test
    void handsOutWhatIsAcknowledgedOnceAndTheRestAgain(Clients clients) throws Exception {
        String topic = clients.topic(4);
        RawPops pops = new RawPops(clients, topic);
        List<String> sent = Clients.sendNumbered(clients.producer(), topic, "m", 10);

        List<MessageExt> first = pops.popAll(10, 2_000);
        assertThat(Received.texts(first)).containsExactlyInAnyOrderElementsOf(sent);
        assertThat(first).allSatisfy(message -> {
            assertThat(message.getTopic()).isEqualTo(topic);
            assertThat(message.getReconsumeTimes()).isZero();
        });
        for (MessageExt message : first.subList(0, 4)) {
            assertThat(pops.ack(message)).isEqualTo(AckStatus.OK);
        }

        List<MessageExt> again = pops.popAll(6, 2_000);
        assertThat(Received.texts(again)).containsExactlyInAnyOrderElementsOf(Received.texts(first.subList(4, 10)));
        assertThat(again).allSatisfy(message -> {
            assertThat(message.getTopic()).isEqualTo(topic);
            assertThat(message.getReconsumeTimes()).isEqualTo(1);
            assertThat(message.getProperty("1ST_POP_TIME")).isNotEmpty();
        });
        assertThat(pops.batchAck(again)).isEqualTo(AckStatus.OK);
        assertThat(pops.pop(32, 1_000, 3_000).getPopStatus()).isEqualTo(PopStatus.POLLING_NOT_FOUND);
    }

    @Test
    void wakesAConsumerThatWaits(Clients clients) throws Exception {
        String topic = clients.topic(4);
        RawPops pops = new RawPops(clients, topic);
        DefaultMQProducer producer = clients.producer();
        var waiting = pops.popAsync(1, 10_000, 15_000, false, null);

        long startNs = System.nanoTime();
        producer.send(new Message(topic, Received.bytes("wakes")));

        assertThat(Received.texts(waiting.get(10, TimeUnit.SECONDS).getMsgFoundList()))
                .containsExactly("wakes");
        assertThat(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNs)).isLessThan(5_000);
    }

    @Test
    void keepsAMessageForAConsumerThatNeedsLonger(Clients clients) throws Exception {
        String topic = clients.topic(1);
        RawPops pops = new RawPops(clients, topic);
        clients.producer().send(new Message(topic, Received.bytes("long")));
        MessageExt message = pops.popAll(1, 1_500).getFirst();

        String receipt = pops.changeInvisible(message, 6_000);

        assertThat(pops.pop(1, 1_000, 3_000).getPopStatus()).isEqualTo(PopStatus.POLLING_NOT_FOUND);
        assertThat(pops.ack(receipt)).isEqualTo(AckStatus.OK);
        assertThat(pops.pop(1, 1_000, 4_000).getPopStatus()).isEqualTo(PopStatus.POLLING_NOT_FOUND);
    }

    /** The second of three is given back: it and what follows it come again, in order. */
    @Test
    void handsAQueueOutInOrder(Clients clients) throws Exception {
        String topic = clients.topic(1);
        RawPops pops = new RawPops(clients, topic);
        List<String> sent = Clients.sendNumbered(clients.producer(), topic, "m", 4);

        List<MessageExt> first = pops.popOrdered(3, 10_000, 5_000, null);
        assertThat(Received.texts(first)).isEqualTo(sent.subList(0, 3));
        assertThat(pops.popOrdered(3, 10_000, 500, "another")).isEmpty();
        pops.ack(first.get(0));
        pops.ack(first.get(2));
        pops.changeInvisible(first.get(1), 1_000);

        List<MessageExt> second = pops.popOrdered(3, 10_000, 10_000, "second");
        assertThat(Received.texts(second)).isEqualTo(sent.subList(1, 4));
        assertThat(second.stream().map(MessageExt::getReconsumeTimes)).containsExactly(1, 1, 0);
        List<MessageExt> repeated = pops.popOrdered(3, 10_000, 10_000, "second");
        assertThat(Received.texts(repeated)).isEqualTo(sent.subList(1, 4));
        for (MessageExt message : repeated) {
            pops.ack(message);
        }
        assertThat(pops.popOrdered(3, 1_000, 500, null)).isEmpty();
    }

    @Test
    void tellsWhenThereIsSomethingToPop(Clients clients) throws Exception {
        String topic = clients.topic(2);
        RawPops pops = new RawPops(clients, topic);
        assertThat(pops.notification(300)).isFalse();

        Clients.sendNumbered(clients.producer(), topic, "m", 1);

        assertThat(pops.notification(5_000)).isTrue();
    }

    @Test
    void makesAPushConsumerPopWhenItsGroupIsToldTo(Clients clients) throws Exception {
        String topic = clients.topic(4);
        String group = Names.unique("group");
        RawPops.setPopMode(clients, topic, group);
        Received consumed = new Received();
        List<Integer> failures = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            DefaultMQPushConsumer consumer = clients.pushConsumer(group);
            consumer.setClientRebalance(false);
            consumer.setPopInvisibleTime(10_000);
            consumer.subscribe(topic, "*");
            consumer.registerMessageListener((MessageListenerConcurrently) (batch, context) -> {
                MessageExt message = batch.getFirst();
                if (Received.text(message).equals("m7") && message.getReconsumeTimes() == 0) {
                    synchronized (failures) {
                        failures.add(message.getReconsumeTimes());
                    }
                    context.setDelayLevelWhenNextConsume(1);
                    return ConsumeConcurrentlyStatus.RECONSUME_LATER;
                }
                assertThat(message.getProperty("POP_CK")).isNotEmpty();
                consumed.add(batch);
                return ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
            });
            clients.start(consumer);
        }

        List<String> sent = Clients.sendNumbered(clients.producer(), topic, "m", 40);

        Clients.soon().until(() -> consumed.count() >= 40);
        assertThat(consumed.bodies()).containsExactlyInAnyOrderElementsOf(sent);
        assertThat(failures).containsExactly(0);
    }

    /** Killed with -9 while ten messages are in flight: nobody gets them before their time, and all after it. */
    @Test
    void keepsWhatIsInFlightThroughAKill() throws Exception {
        try (Server server = Server.start("pop-kill");
                Clients clients = new Clients(server)) {
            String topic = clients.topic(2);
            RawPops pops = new RawPops(clients, topic);
            Clients.sendNumbered(clients.producer(), topic, "m", 10);
            long beforeMs = System.currentTimeMillis();
            List<MessageExt> first = pops.popAll(10, 15_000);

            server.kill();
            server.restart();
            RawPops after = new RawPops(clients, topic, pops.group());
            for (MessageExt message : first.subList(0, 3)) {
                assertThat(after.ack(message)).isEqualTo(AckStatus.OK);
            }

            List<MessageExt> again = after.popAll(7, 15_000);
            assertThat(System.currentTimeMillis() - beforeMs)
                    .as("ms until they came again")
                    .isBetween(15_000L, 25_000L);
            assertThat(Received.texts(again)).containsExactlyInAnyOrderElementsOf(Received.texts(first.subList(3, 10)));
            for (MessageExt message : again) {
                after.ack(message);
            }
            assertThat(after.pop(32, 1_000, 2_000).getPopStatus()).isEqualTo(PopStatus.POLLING_NOT_FOUND);
        }
    }
}
