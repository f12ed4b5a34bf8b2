package io.carillon.systemtests.clients;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.systemtests.harness.SharedServer;
import java.util.List;
import org.apache.rocketmq.client.QueryResult;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith({SharedServer.class, Clients.OnSharedServer.class})
@SuppressWarnings("deprecation") // queries by producers are deprecated in the newer client and work in both
class QueryTest {

    @Test
    void findsAMessageByItsPlace(Clients clients) throws Exception {
        DefaultMQProducer producer = clients.producer();
        String topic = clients.topic(1);
        SendResult sent = producer.send(new Message(topic, Received.bytes("wanted")));

        MessageExt found = producer.viewMessage(topic, sent.getOffsetMsgId());

        assertThat(Received.text(found)).isEqualTo("wanted");
        assertThat(found.getQueueOffset()).isEqualTo(sent.getQueueOffset());
    }

    @Test
    void findsAMessageByTheIdThatItsProducerGaveIt(Clients clients) throws Exception {
        DefaultMQProducer producer = clients.producer();
        String topic = clients.topic(1);
        producer.send(new Message(topic, Received.bytes("other")));
        SendResult sent = producer.send(new Message(topic, Received.bytes("wanted")));

        MessageExt found =
                Clients.soon().ignoreExceptions().until(() -> producer.viewMessage(topic, sent.getMsgId()), m -> m
                        != null);

        assertThat(Received.text(found)).isEqualTo("wanted");
    }

    @Test
    void findsMessagesByKey(Clients clients) throws Exception {
        DefaultMQProducer producer = clients.producer();
        String topic = clients.topic(2);
        long begin = System.currentTimeMillis() - 1_000;
        producer.send(new Message(topic, "", "order-1 customer-7", Received.bytes("a")));
        producer.send(new Message(topic, "", "order-2 customer-7", Received.bytes("b")));
        producer.send(new Message(topic, "", "order-3 customer-8", Received.bytes("c")));

        assertThat(query(producer, topic, "customer-7", begin, 2)).containsExactlyInAnyOrder("a", "b");
        assertThat(query(producer, topic, "order-3", begin, 1)).containsExactly("c");
    }

    private static List<String> query(DefaultMQProducer producer, String topic, String key, long begin, int count) {
        return Clients.soon()
                .ignoreExceptions()
                .until(
                        () -> {
                            QueryResult result =
                                    producer.queryMessage(topic, key, 32, begin, System.currentTimeMillis() + 1_000);
                            return Received.texts(result.getMessageList());
                        },
                        found -> found.size() == count);
    }

    @Test
    void tellsTheEndsOfAQueueAndFindsOffsetsByTime(Clients clients) throws Exception {
        DefaultMQProducer producer = clients.producer();
        String topic = clients.topic(1);
        MessageQueue queue = Clients.queues(producer, topic).getFirst();
        assertThat(producer.minOffset(queue)).isZero();
        assertThat(producer.maxOffset(queue)).isZero();

        Clients.sendNumbered(producer, topic, "a", 10);
        List<MessageExt> early = clients.awaitStored(topic, 10);
        long lastOfEarly = early.getLast().getStoreTimestamp();
        Clients.soon().until(() -> System.currentTimeMillis() > lastOfEarly + 1);
        Clients.sendNumbered(producer, topic, "b", 10);
        List<MessageExt> all = clients.awaitStored(topic, 20);

        assertThat(producer.minOffset(queue)).isZero();
        assertThat(producer.maxOffset(queue)).isEqualTo(20);
        assertThat(producer.searchOffset(queue, lastOfEarly + 1)).isEqualTo(10);
        assertThat(producer.searchOffset(queue, all.getFirst().getStoreTimestamp()))
                .isZero();
        assertThat(producer.searchOffset(queue, 0)).isZero();
        assertThat(producer.earliestMsgStoreTime(queue)).isLessThanOrEqualTo(all.getFirst().getStoreTimestamp());
    }
}
