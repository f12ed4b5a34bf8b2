package io.carillon.systemtests.clients;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.carillon.systemtests.harness.Names;
import io.carillon.systemtests.harness.SharedServer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.apache.rocketmq.client.exception.MQBrokerException;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendCallback;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.client.producer.SendStatus;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith({SharedServer.class, Clients.OnSharedServer.class})
class SendTest {

    @Test
    void acceptsSynchronousSendsAndSaysWhereTheyAre(Clients clients) throws Exception {
        DefaultMQProducer producer = clients.producer();
        String topic = clients.topic(1);

        List<SendResult> results = new ArrayList<>();
        for (int n = 0; n < 5; n++) {
            results.add(producer.send(new Message(topic, Received.bytes("m" + n))));
        }

        assertThat(results)
                .allSatisfy(result -> assertThat(result.getSendStatus()).isEqualTo(SendStatus.SEND_OK));
        assertThat(results).extracting(SendResult::getQueueOffset).containsExactly(0L, 1L, 2L, 3L, 4L);
        assertThat(results).allSatisfy(result -> {
            assertThat(result.getOffsetMsgId()).matches("[0-9A-F]{32}");
            assertThat(result.getMsgId()).matches("[0-9A-F]{32,56}");
            assertThat(result.getMessageQueue().getBrokerName())
                    .isEqualTo(clients.server().brokerName());
            assertThat(result.getRegionId()).isEqualTo("DefaultRegion");
        });
        assertThat(Received.texts(clients.readAll(topic))).containsExactly("m0", "m1", "m2", "m3", "m4");
    }

    @Test
    void givesARecordBackAsItWasSent(Clients clients) throws Exception {
        DefaultMQProducer producer = clients.producer();
        String topic = clients.topic(1);
        Message sent = new Message(topic, "TagA", "key1 key2", 42, Received.bytes("body"), true);
        sent.putUserProperty("colour", "red");
        long before = System.currentTimeMillis();

        SendResult result = producer.send(sent);

        MessageExt read = clients.readAll(topic).getFirst();
        assertThat(read.getTopic()).isEqualTo(topic);
        assertThat(read.getTags()).isEqualTo("TagA");
        assertThat(read.getKeys()).isEqualTo("key1 key2");
        assertThat(read.getFlag()).isEqualTo(42);
        assertThat(read.getUserProperty("colour")).isEqualTo("red");
        assertThat(read.getMsgId()).isEqualTo(result.getMsgId());
        assertThat(read.getQueueOffset()).isEqualTo(result.getQueueOffset());
        assertThat(read.getReconsumeTimes()).isZero();
        assertThat(read.getBornTimestamp()).isBetween(before, System.currentTimeMillis());
        assertThat(read.getStoreTimestamp()).isBetween(before, System.currentTimeMillis());
        assertThat(read.getBornHostString()).isEqualTo("127.0.0.1");
        assertThat(read.getStoreHost().toString()).endsWith(clients.server().storeHost());
    }

    @Test
    void acceptsAPipelineOfAsynchronousSends(Clients clients) throws Exception {
        DefaultMQProducer producer = clients.producer();
        String topic = clients.topic(4);
        Queue<SendResult> results = new ConcurrentLinkedQueue<>();
        Queue<Throwable> failures = new ConcurrentLinkedQueue<>();
        SendCallback callback = new SendCallback() {
            @Override
            public void onSuccess(SendResult result) {
                results.add(result);
            }

            @Override
            public void onException(Throwable e) {
                failures.add(e);
            }
        };

        for (int n = 0; n < 500; n++) {
            producer.send(new Message(topic, Received.bytes("m" + n)), callback);
        }

        Clients.soon().until(() -> results.size() + failures.size() == 500);
        assertThat(failures).isEmpty();
        assertThat(Received.texts(clients.readAll(topic)))
                .containsExactlyInAnyOrderElementsOf(
                        IntStream.range(0, 500).mapToObj(n -> "m" + n).toList());
    }

    @Test
    void storesOneWaySends(Clients clients) throws Exception {
        DefaultMQProducer producer = clients.producer();
        String topic = clients.topic(2);

        for (int n = 0; n < 20; n++) {
            producer.sendOneway(new Message(topic, Received.bytes("m" + n)));
        }

        assertThat(Received.texts(clients.awaitStored(topic, 20)))
                .containsExactlyInAnyOrderElementsOf(
                        IntStream.range(0, 20).mapToObj(n -> "m" + n).toList());
    }

    @Test
    void putsAMessageIntoTheQueueThatTheProducerChose(Clients clients) throws Exception {
        DefaultMQProducer producer = clients.producer();
        String topic = clients.topic(4);

        for (MessageQueue queue : Clients.queues(producer, topic)) {
            SendResult result = producer.send(new Message(topic, Received.bytes("q" + queue.getQueueId())), queue);
            assertThat(result.getMessageQueue()).isEqualTo(queue);
        }

        assertThat(clients.readAll(topic)).hasSize(4).allSatisfy(message -> assertThat(Received.text(message))
                .isEqualTo("q" + message.getQueueId()));
    }

    @Test
    void keepsTheOrderOfASelectorsQueue(Clients clients) throws Exception {
        DefaultMQProducer producer = clients.producer();
        String topic = clients.topic(4);

        for (int n = 0; n < 20; n++) {
            SendResult result = producer.send(
                    new Message(topic, Received.bytes("m" + n)),
                    (queues, message, key) -> queues.get((Integer) key % queues.size()),
                    7);
            assertThat(result.getQueueOffset()).isEqualTo(n);
        }

        List<MessageExt> stored = clients.readAll(topic);
        assertThat(stored.stream().map(MessageExt::getQueueId).distinct()).hasSize(1);
        assertThat(Received.texts(stored))
                .isEqualTo(IntStream.range(0, 20).mapToObj(n -> "m" + n).toList());
    }

    @Test
    void storesABatchAsNeighboursInOneQueue(Clients clients) throws Exception {
        DefaultMQProducer producer = clients.producer();
        String topic = clients.topic(4);
        List<Message> batch = IntStream.range(0, 50)
                .mapToObj(n -> new Message(topic, "Tag" + n % 2, "key" + n, Received.bytes("m" + n)))
                .collect(Collectors.toCollection(ArrayList::new));

        SendResult result = producer.send(batch);

        assertThat(result.getSendStatus()).isEqualTo(SendStatus.SEND_OK);
        assertThat(result.getQueueOffset()).isZero();
        assertThat(result.getOffsetMsgId().split(",")).hasSize(50);
        List<MessageExt> stored = clients.readAll(topic);
        assertThat(Received.texts(stored))
                .isEqualTo(IntStream.range(0, 50).mapToObj(n -> "m" + n).toList());
        assertThat(stored)
                .extracting(MessageExt::getQueueOffset)
                .isEqualTo(LongStream.range(0, 50).boxed().toList());
        assertThat(stored.get(7).getTags()).isEqualTo("Tag1");
        assertThat(stored.get(7).getKeys()).isEqualTo("key7");
    }

    @Test
    void keepsACompressedBodyReadable(Clients clients) throws Exception {
        DefaultMQProducer producer = clients.producer();
        String topic = clients.topic(1);
        byte[] body = new byte[300_000];
        Arrays.fill(body, (byte) 'x');

        producer.send(new Message(topic, body));

        MessageExt read = clients.readAll(topic).getFirst();
        assertThat(read.getBody()).isEqualTo(body);
        assertThat(read.getStoreSize()).as("stored as it was compressed").isLessThan(10_000);
    }

    @Test
    void acceptsABodyJustBelowTheLimitAndRefusesOneAboveIt(Clients clients) throws Exception {
        DefaultMQProducer producer = clients.producer();
        producer.setMaxMessageSize(16 * 1024 * 1024);
        producer.setRetryTimesWhenSendFailed(0);
        String topic = clients.topic(1);
        byte[] fits = noise(4 * 1024 * 1024 - 4096);
        byte[] tooLarge = noise(4 * 1024 * 1024 + 4096);

        producer.send(new Message(topic, fits));

        assertThatThrownBy(() -> producer.send(new Message(topic, tooLarge)))
                .isInstanceOfSatisfying(
                        MQBrokerException.class,
                        e -> assertThat(e.getResponseCode()).isEqualTo(13));
        List<MessageExt> stored = clients.readAll(topic);
        assertThat(stored).hasSize(1);
        assertThat(stored.getFirst().getBody()).isEqualTo(fits);
    }

    @Test
    void refusesPropertiesThatDoNotFitARecord(Clients clients) throws Exception {
        DefaultMQProducer producer = clients.producer();
        producer.setRetryTimesWhenSendFailed(0);
        String topic = clients.topic(1);
        Message message = new Message(topic, Received.bytes("m"));
        message.putUserProperty("long", "x".repeat(33_000));

        assertThatThrownBy(() -> producer.send(message))
                .isInstanceOfSatisfying(
                        MQBrokerException.class,
                        e -> assertThat(e.getResponseCode()).isEqualTo(13));
        assertThat(clients.readAll(topic)).isEmpty();
    }

    @Test
    void carriesPropertiesThatAreHostileToJsonAndToAscii(Clients clients) throws Exception {
        DefaultMQProducer producer = clients.producer();
        String topic = clients.topic(1);
        List<String> values = List.of(
                "\u00fc\u00df\u4e2d\u6587\ud83d\udd14",
                "\"quoted\" \\back\\slash /",
                "{\"a\":[1,2,{}],}",
                "line\nbreak\ttab\rreturn\bbell\u0007\u001f\u007f",
                "\u2028\u2029\u0000",
                " leading and trailing ",
                "'single' `tick` ${x} %s <b>&amp;");
        Message message = new Message(topic, "\u6807\u7b7e", "Schl\u00fcssel", Received.bytes("b"));
        for (int n = 0; n < values.size(); n++) {
            message.putUserProperty("name\u00e4" + n, values.get(n));
        }

        producer.send(message);

        MessageExt read = clients.readAll(topic).getFirst();
        for (int n = 0; n < values.size(); n++) {
            assertThat(read.getUserProperty("name\u00e4" + n)).isEqualTo(values.get(n));
        }
        assertThat(read.getTags()).isEqualTo("\u6807\u7b7e");
        assertThat(read.getKeys()).isEqualTo("Schl\u00fcssel");
    }

    @Test
    void createsATopicByItsFirstMessage(Clients clients) throws Exception {
        DefaultMQProducer producer = clients.producer();
        String topic = Names.unique("auto");

        SendResult result = producer.send(new Message(topic, Received.bytes("first")));

        assertThat(result.getSendStatus()).isEqualTo(SendStatus.SEND_OK);
        assertThat(Received.texts(clients.awaitStored(topic, 1))).containsExactly("first");
        assertThat(Clients.queues(clients.producer(), topic)).hasSize(4);
    }

    @Test
    void createsATopicWithTheQueuesThatWereAskedFor(Clients clients) throws Exception {
        String topic = clients.topic(7);

        assertThat(Clients.queues(clients.producer(), topic))
                .extracting(MessageQueue::getQueueId)
                .containsExactlyInAnyOrder(0, 1, 2, 3, 4, 5, 6);
    }

    @Test
    void refusesAQueueThatDoesNotExist(Clients clients) throws Exception {
        DefaultMQProducer producer = clients.producer();
        String topic = clients.topic(2);
        MessageQueue beyond = new MessageQueue(topic, clients.server().brokerName(), 2);

        assertThatThrownBy(() -> producer.send(new Message(topic, Received.bytes("m")), beyond))
                .isInstanceOf(MQBrokerException.class);
        assertThat(clients.readAll(topic)).isEmpty();
    }

    private static byte[] noise(int size) {
        byte[] bytes = new byte[size];
        new Random(size).nextBytes(bytes);
        return bytes;
    }
}
