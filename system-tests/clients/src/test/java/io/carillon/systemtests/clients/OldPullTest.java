package io.carillon.systemtests.clients;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.systemtests.harness.Names;
import io.carillon.systemtests.harness.SharedServer;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.rocketmq.client.consumer.DefaultMQPullConsumer;
import org.apache.rocketmq.client.consumer.MQPullConsumer;
import org.apache.rocketmq.client.consumer.MQPullConsumerScheduleService;
import org.apache.rocketmq.client.consumer.PullResult;
import org.apache.rocketmq.client.consumer.PullStatus;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The pull consumer of old programs, and the service that pulls for them in turns. */
@SuppressWarnings("deprecation") // it is what programs use
@ExtendWith({SharedServer.class, Clients.OnSharedServer.class})
class OldPullTest {
    @Test
    void holdsAPullUntilThereIsAMessage(Clients clients) throws Exception {
        DefaultMQProducer producer = clients.producer();
        String topic = clients.topic(1);
        DefaultMQPullConsumer consumer = clients.pullConsumer(Names.unique("group"));
        MessageQueue queue = Clients.queues(consumer, topic).iterator().next();
        assertThat(consumer.pull(queue, "*", 0, 32).getPullStatus()).isEqualTo(PullStatus.NO_NEW_MSG);

        CompletableFuture<PullResult> held = CompletableFuture.supplyAsync(() -> pullBlocking(consumer, queue));
        producer.send(new Message(topic, Received.bytes("m")));

        PullResult result = held.get(20, TimeUnit.SECONDS);
        assertThat(result.getPullStatus()).isEqualTo(PullStatus.FOUND);
        assertThat(Received.texts(result.getMsgFoundList())).containsExactly("m");
        assertThat(result.getNextBeginOffset()).isEqualTo(1);
    }

    private static PullResult pullBlocking(DefaultMQPullConsumer consumer, MessageQueue queue) {
        try {
            return consumer.pullBlockIfNotFound(queue, "*", 0, 32);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void keepsTheOffsetsThatAProgramUpdates(Clients clients) throws Exception {
        DefaultMQProducer producer = clients.producer();
        String topic = clients.topic(1);
        Clients.sendNumbered(producer, topic, "m", 5);
        String group = Names.unique("group");
        DefaultMQPullConsumer first = clients.pullConsumer(group);
        MessageQueue queue = Clients.queues(first, topic).iterator().next();
        first.pull(queue, "*", 0, 32); // makes the group: the offsets of one that nobody knows are refused
        first.updateConsumeOffset(queue, 3);
        first.getOffsetStore().persistAll(Set.of(queue));

        DefaultMQPullConsumer second = clients.pullConsumer(group);

        Clients.soon().until(() -> second.fetchConsumeOffset(queue, true) == 3);
    }

    @Test
    void pullsInTurnsForAProgram(Clients clients) throws Exception {
        DefaultMQProducer producer = clients.producer();
        String topic = clients.topic(2);
        List<String> sent = Clients.sendNumbered(producer, topic, "m", 40);
        MQPullConsumerScheduleService service = new MQPullConsumerScheduleService(Names.unique("group"));
        clients.configure(service.getDefaultMQPullConsumer());
        Received received = new Received();
        service.registerPullTaskCallback(topic, (queue, context) -> {
            context.setPullNextDelayTimeMillis(100);
            pullSome(context.getPullConsumer(), queue, received);
        });
        service.start();
        clients.atEnd(service::shutdown);

        Clients.soon().until(() -> received.count() >= 40);

        assertThat(received.bodies()).containsExactlyInAnyOrderElementsOf(sent);
    }

    private static void pullSome(MQPullConsumer consumer, MessageQueue queue, Received received) {
        try {
            PullResult result =
                    consumer.pull(queue, "*", Math.max(0, consumer.fetchConsumeOffset(queue, false)), 10);
            if (result.getPullStatus() == PullStatus.FOUND) {
                received.add(result.getMsgFoundList());
            }
            consumer.updateConsumeOffset(queue, result.getNextBeginOffset());
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }
}
