package io.carillon.broker;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.base.Counters;
import io.carillon.base.Storage;
import io.carillon.broker.metadata.TopicState;
import io.carillon.log.AppendBatch;
import io.carillon.log.QueueEntry;
import io.carillon.message.MessageRecord;
import io.carillon.message.RecordEncoder;
import io.carillon.message.RecordScan;
import io.carillon.message.Topic;
import io.carillon.testkit.Loss;
import io.carillon.testkit.LossyStorage;
import io.carillon.testkit.ManualTicker;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** What becomes of the messages of a topic that is deleted, and made again under the same name. */
class TopicDeletionTest {
    private final LossyStorage disk = new LossyStorage();
    private final ManualTicker ticker = new ManualTicker();

    @Test
    void aTopicThatIsMadeAgainIsEmpty() {
        try (Broker broker = open(disk)) {
            storeDeleteAndMakeAgain(broker);

            assertThat(broker.topics().find("T").queue(0).offsetMax()).isZero();
            store(broker, "new");
            assertThat(onlyBody(broker)).isEqualTo("new");
        }
    }

    @Test
    void aTopicThatIsMadeAgainStaysEmptyThroughAPowerLoss() {
        storeDeleteAndMakeAgain(open(disk));

        try (Broker again = open(disk.afterPowerLoss(Loss.everything()))) {
            assertThat(again.topics().find("T").queue(0).offsetMax()).isZero();
        }
    }

    @Test
    void onlyMessagesOfTheNewTopicAreThereAfterAPowerLoss() {
        Broker broker = open(disk);
        storeDeleteAndMakeAgain(broker);
        store(broker, "new");

        try (Broker again = open(disk.afterPowerLoss(Loss.everything()))) {
            assertThat(onlyBody(again)).isEqualTo("new");
        }
    }

    private static void storeDeleteAndMakeAgain(Broker broker) {
        broker.topics().put(Topic.of("T", 1), _ -> {});
        SmallBroker.work(broker);
        for (int i = 0; i < 3; i++) {
            store(broker, "old" + i);
        }
        broker.topics().delete("T", _ -> {});
        SmallBroker.work(broker);
        broker.topics().put(Topic.of("T", 1), _ -> {});
        SmallBroker.work(broker);
    }

    private static void store(Broker broker, String body) {
        TopicState topic = broker.topics().find("T");
        AppendBatch batch = new AppendBatch(_ -> {});
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        RecordEncoder.Head head = new RecordEncoder.Head();
        int size = RecordEncoder.size(head, bytes.length, topic.nameBytes().length, 0);
        MemorySegment room = batch.room(size);
        int at = batch.end();
        new RecordEncoder().encode(room, at, head, ByteBuffer.wrap(bytes), topic.nameBytes(), new byte[0], 0);
        RecordScan scan = new RecordScan();
        scan.scan(room, MessageRecord.propertiesAt(room, at), 0);
        batch.add(topic.queue(0), size, scan, false);
        broker.log().append(batch);
        SmallBroker.work(broker);
        assertThat(batch.refusal()).isNull();
    }

    private static String onlyBody(Broker broker) {
        var queue = broker.topics().find("T").queue(0);
        assertThat(queue.offsetMin()).isZero();
        assertThat(queue.offsetMax()).isEqualTo(1);
        QueueEntry entry = new QueueEntry();
        assertThat(queue.read(0, entry)).isTrue();
        MemorySegment record = broker.log().record(entry.logOffset);
        byte[] body = new byte[MessageRecord.bodyLength(record, 0)];
        MemorySegment.ofArray(body).copyFrom(record.asSlice(MessageRecord.bodyAt(record, 0), body.length));
        return new String(body, StandardCharsets.UTF_8);
    }

    private Broker open(Storage storage) {
        return Broker.open(
                SmallBroker.config(), storage, ticker, new Counters(), new SplittableRandom(1), Runnable::run);
    }
}
