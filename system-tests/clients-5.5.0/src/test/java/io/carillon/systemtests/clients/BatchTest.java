package io.carillon.systemtests.clients;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.carillon.systemtests.harness.Names;
import io.carillon.systemtests.harness.SharedServer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import org.apache.rocketmq.client.consumer.DefaultMQPullConsumer;
import org.apache.rocketmq.client.exception.MQClientException;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendCallback;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.common.TopicConfig;
import org.apache.rocketmq.common.compression.CompressionType;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Many messages in one request, and bodies that are compressed in the ways that newer clients know. */
@SuppressWarnings("deprecation") // it is what programs use
@ExtendWith({SharedServer.class, Clients.OnSharedServer.class})
class BatchTest {
    private static final int COUNT = 200;

    private static DefaultMQProducer batching(Clients clients) throws Exception {
        DefaultMQProducer producer = new DefaultMQProducer(Names.unique("producers"));
        clients.configure(producer);
        producer.setAutoBatch(true);
        producer.batchMaxDelayMs(50);
        producer.setSendMsgTimeout(10_000);
        producer.start();
        clients.atEnd(producer::shutdown);
        return producer;
    }

    @Test
    void storesEachMessageOfAProducerThatGathersThem(Clients clients) throws Exception {
        String topic = clients.topic(2);
        DefaultMQProducer producer = batching(clients);
        List<SendResult> results = new CopyOnWriteArrayList<>();
        List<Throwable> faults = new CopyOnWriteArrayList<>();
        for (int n = 0; n < COUNT; n++) {
            producer.send(new Message(topic, Received.bytes("m" + n)), callback(results, faults));
        }

        Clients.soon().until(() -> results.size() + faults.size() == COUNT);

        assertThat(faults).isEmpty();
        List<MessageExt> stored = clients.awaitStored(topic, COUNT);
        assertThat(Received.texts(stored))
                .containsExactlyInAnyOrderElementsOf(
                        IntStream.range(0, COUNT).mapToObj(n -> "m" + n).toList());
        assertThat(results.stream().map(one -> place(one)).distinct()).hasSize(COUNT);
        assertThat(stored.stream().map(MessageExt::getMsgId))
                .containsExactlyInAnyOrderElementsOf(
                        results.stream().map(SendResult::getMsgId).toList());
    }

    private static String place(SendResult result) {
        return result.getMessageQueue().getQueueId() + "/" + result.getQueueOffset();
    }

    private static SendCallback callback(List<SendResult> results, List<Throwable> faults) {
        return new SendCallback() {
            @Override
            public void onSuccess(SendResult result) {
                results.add(result);
            }

            @Override
            public void onException(Throwable e) {
                faults.add(e);
            }
        };
    }

    /** As Apache RocketMQ's own test of inner batches, but that each message stays a message. */
    @Test
    void takesATopicOfBatches(Clients clients) throws Exception {
        DefaultMQProducer producer = clients.producer();
        String topic = Names.unique("topic");
        createTopicOfBatches(clients, producer, topic);
        Clients.soon()
                .ignoreExceptions()
                .until(() -> producer.fetchPublishMessageQueues(topic).size() == 1);
        MessageQueue queue = Clients.queues(producer, topic).getFirst();
        DefaultMQPullConsumer reader = clients.pullConsumer(Names.unique("group"));
        assertThat(reader.minOffset(queue)).isEqualTo(-1);
        assertThat(reader.maxOffset(queue)).isZero();

        for (int n = 0; n < 10; n++) {
            SendResult result = producer.send(messages(topic, n * 10, 10), queue);
            assertThat(result.getQueueOffset()).isEqualTo(n * 10L);
            assertThat(result.getMsgId().split(",")).as("one id for all").hasSize(1);
        }

        List<MessageExt> stored = clients.awaitStored(topic, 100);
        assertThat(stored.stream().map(MessageExt::getQueueOffset))
                .containsExactlyElementsOf(
                        IntStream.range(0, 100).mapToObj(n -> (long) n).toList());
        assertThat(reader.minOffset(queue)).isZero();
        assertThat(reader.maxOffset(queue)).isEqualTo(100);
    }

    /** The producer's own way to make a topic leaves attributes out. */
    private static void createTopicOfBatches(Clients clients, DefaultMQProducer producer, String topic)
            throws Exception {
        TopicConfig config = new TopicConfig(topic, 1, 1);
        config.setAttributes(Map.of("+queue.type", "BatchCQ"));
        producer.getDefaultMQProducerImpl()
                .getMqClientFactory()
                .getMQClientAPIImpl()
                .createTopic(clients.server().broker(), "TBW102", config, 5_000);
    }

    private static List<Message> messages(String topic, int first, int count) {
        List<Message> messages = new ArrayList<>();
        for (int n = first; n < first + count; n++) {
            messages.add(new Message(topic, Received.bytes("m" + n)));
        }
        return messages;
    }

    @Test
    void keepsThePropertiesOfEachMessage(Clients clients) throws Exception {
        DefaultMQProducer producer = clients.producer();
        String topic = clients.topic(1);
        Message message = new Message(topic, "tags123", "keys123", 123, Received.bytes("body"), false);
        message.setBuyerId("buyer");

        Message other = new Message(topic, Received.bytes("other"));
        other.setWaitStoreMsgOK(false);

        SendResult result = producer.send(List.of(message, other));

        String[] ids = result.getMsgId().split(",");
        assertThat(result.getOffsetMsgId().split(",")).hasSize(2);
        assertThat(ids).hasSize(2);
        for (MessageExt found : List.of(
                producer.viewMessage(topic, result.getOffsetMsgId().split(",")[0]),
                Clients.soon().ignoreExceptions().until(() -> producer.viewMessage(topic, ids[0]), one -> true))) {
            assertThat(found.getKeys()).isEqualTo("keys123");
            assertThat(found.getTags()).isEqualTo("tags123");
            assertThat(found.getFlag()).isEqualTo(123);
            assertThat(found.getBuyerId()).isEqualTo("buyer");
            assertThat(found.isWaitStoreMsgOK()).isFalse();
        }
    }

    @Test
    void letsTheClientRefuseBatchesThatMakeNoSense(Clients clients) throws Exception {
        DefaultMQProducer producer = clients.producer();
        Message delayed = new Message("T", Received.bytes("x"));
        delayed.setDelayTimeLevel(1);

        assertThatThrownBy(() -> producer.send(List.of(new Message("T", new byte[1]), new Message("U", new byte[1]))))
                .isInstanceOf(MQClientException.class);
        assertThatThrownBy(() -> producer.send(List.of(delayed, delayed))).isInstanceOf(MQClientException.class);
    }

    @ParameterizedTest
    @EnumSource(CompressionType.class)
    void keepsABodyAsItWasCompressed(CompressionType type, Clients clients) throws Exception {
        String topic = clients.topic(1);
        DefaultMQProducer producer = new DefaultMQProducer(Names.unique("producers"));
        clients.configure(producer);
        producer.setCompressType(type);
        producer.start();
        clients.atEnd(producer::shutdown);
        String body = "compressed with " + type + " ".repeat(10_000);

        SendResult sent = producer.send(new Message(topic, "Tag", "key", Received.bytes(body)));

        MessageExt read = clients.awaitStored(topic, 1).getFirst();
        assertThat(Received.text(read)).isEqualTo(body);
        assertThat(read.getStoreSize()).as("stored as it came").isLessThan(2_000);
        assertThat(read.getSysFlag() & 0x700).isEqualTo(type.getCompressionFlag());
        assertThat(Received.text(producer.viewMessage(topic, sent.getOffsetMsgId())))
                .isEqualTo(body);
        List<MessageExt> found = Clients.soon()
                .until(
                        () -> producer.queryMessage(topic, "key", 10, 0, Long.MAX_VALUE)
                                .getMessageList(),
                        all -> !all.isEmpty());
        assertThat(Received.text(found.getFirst())).isEqualTo(body);
    }
}
