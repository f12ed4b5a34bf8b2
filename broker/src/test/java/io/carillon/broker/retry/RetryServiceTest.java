package io.carillon.broker.retry;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.base.Counters;
import io.carillon.broker.Broker;
import io.carillon.broker.SmallBroker;
import io.carillon.broker.produce.Intake;
import io.carillon.broker.produce.Send;
import io.carillon.broker.retry.SentBack.Reason;
import io.carillon.log.AppendBatch;
import io.carillon.log.ConsumeQueue;
import io.carillon.log.QueueEntry;
import io.carillon.message.ConsumerGroup;
import io.carillon.message.MessageProperties;
import io.carillon.message.MessageRecord;
import io.carillon.message.SysFlag;
import io.carillon.message.Topic;
import io.carillon.testkit.Loss;
import io.carillon.testkit.LossyStorage;
import io.carillon.testkit.ManualTicker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class RetryServiceTest {
    private final LossyStorage disk = new LossyStorage();
    private final ManualTicker ticker = new ManualTicker();
    private final List<SentBack> told = new ArrayList<>();
    private RetryPolicy policy = RetryPolicy.LEVELS;
    private Broker broker = open(disk);

    private Broker open(LossyStorage storage) {
        Broker opened = Broker.open(
                SmallBroker.config(), storage, ticker, new Counters(), new SplittableRandom(1), Runnable::run);
        opened.produce().storeHost(new InetSocketAddress("10.0.0.1", 10911));
        return opened;
    }

    /** Runs all agents until none has anything to do. */
    private void work() {
        SmallBroker.work(broker);
    }

    private void group(String name, int retryQueues, int retryMax) {
        ConsumerGroup of = ConsumerGroup.of(name);
        broker.groups()
                .put(
                        new ConsumerGroup(
                                name,
                                true,
                                true,
                                true,
                                false,
                                retryQueues,
                                retryMax,
                                of.retryPolicy(),
                                0,
                                1,
                                true,
                                0,
                                15,
                                List.of(),
                                Map.of()),
                        _ -> {});
        work();
    }

    /** Stores a message and returns its log offset. */
    private long send(String topic, Map<String, String> properties, byte[] body) {
        if (broker.topics().find(topic) == null) {
            broker.topics().put(Topic.of(topic, 1), _ -> {});
            work();
        }
        byte[] name = topic.getBytes(StandardCharsets.UTF_8);
        Send send = new Send();
        System.arraycopy(name, 0, send.topic, 0, name.length);
        send.topicBytes = name.length;
        byte[] encoded = MessageProperties.encode(properties);
        System.arraycopy(encoded, 0, send.properties, 0, encoded.length);
        send.propertiesBytes = encoded.length;
        send.bornHost = new byte[] {1, 2, 3, 4, 0, 0, 0, 5};
        send.bornTimestampMs = 77;
        send.flag = 9;
        send.sysFlag = SysFlag.TRANSACTION_COMMIT;
        send.body = ByteBuffer.wrap(body);
        AppendBatch batch = new AppendBatch(_ -> {});
        assertThat(broker.produce().take(send, new Intake(), batch)).isNull();
        broker.log().append(batch);
        work();
        return batch.logOffset(0);
    }

    private long send(String topic) {
        return send(topic, properties(), bytes("hello"));
    }

    private static Map<String, String> properties() {
        Map<String, String> all = new LinkedHashMap<>();
        all.put("TAGS", "a");
        all.put("UNIQ_KEY", "U1");
        all.put("mine", "x");
        return all;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private SentBack sendBack(long offset, int level) {
        return sendBack(new SendBack("G", offset, level, -1, false));
    }

    private SentBack sendBack(SendBack back) {
        told.clear();
        broker.retry().sendBack(back, _ -> policy, told::add);
        work();
        assertThat(told).hasSize(1);
        return told.getFirst();
    }

    /** The message at this place of a queue, or null when there is none yet. */
    private @Nullable MemorySegment at(String topic, int queue, long offset) {
        ConsumeQueue found = broker.log().existingQueue(topic, queue);
        QueueEntry entry = new QueueEntry();
        return found != null && found.read(offset, entry)
                ? Objects.requireNonNull(broker.log().record(entry.logOffset))
                : null;
    }

    private MemorySegment retried(long offset) {
        return Objects.requireNonNull(at("%RETRY%G", 0, offset), "retry " + offset);
    }

    private MemorySegment dead(long offset) {
        return Objects.requireNonNull(at("%DLQ%G", 0, offset), "dead letter " + offset);
    }

    private static Map<String, String> propertiesOf(MemorySegment record) {
        return MessageProperties.decode(record, 0);
    }

    private void pass(long ms) {
        ticker.advanceMs(ms);
        work();
    }

    @Test
    void bringsTheMessageBackAfterTheFirstLevelOfRetries() {
        group("G", 1, 16);
        long offset = send("T");

        assertThat(sendBack(offset, 0)).isEqualTo(new SentBack.Stored(false));
        pass(9_999);
        assertThat(at("%RETRY%G", 0, 0)).isNull();
        pass(1);

        MemorySegment copy = retried(0);
        assertThat(MessageRecord.topic(copy, 0)).isEqualTo("%RETRY%G");
        assertThat(MessageRecord.reconsumeTimes(copy, 0)).isEqualTo(1);
        assertThat(MessageRecord.flag(copy, 0)).isEqualTo(9);
        assertThat(MessageRecord.bornTimestamp(copy, 0)).isEqualTo(77);
        assertThat(MessageRecord.due(copy, 0)).isZero();
        assertThat(copy.asSlice(MessageRecord.BORN_HOST_AT, 8)
                        .mismatch(MemorySegment.ofArray(new byte[] {1, 2, 3, 4, 0, 0, 0, 5})))
                .isEqualTo(-1);
        assertThat(copy.asSlice(MessageRecord.bodyAt(copy, 0), MessageRecord.bodyLength(copy, 0))
                        .mismatch(MemorySegment.ofArray(bytes("hello"))))
                .isEqualTo(-1);
        assertThat(propertiesOf(copy))
                .containsAllEntriesOf(properties())
                .containsEntry("RETRY_TOPIC", "T")
                .containsEntry("ORIGIN_MESSAGE_ID", String.format("0A00000100002A9F%016X", offset))
                .containsEntry("DELAY", "3")
                .containsEntry("REAL_TOPIC", "%RETRY%G")
                .containsEntry("REAL_QID", "0");
    }

    @Test
    void keepsTheFirstTopicAndIdWhenItComesBackAgainAndAgain() {
        group("G", 1, 16);
        sendBack(send("T"), 1);
        pass(1_000);
        Map<String, String> first = propertiesOf(retried(0));

        sendBack(MessageRecord.physicalOffset(retried(0), 0), 2);
        pass(5_000);

        MemorySegment second = retried(1);
        assertThat(MessageRecord.reconsumeTimes(second, 0)).isEqualTo(2);
        assertThat(propertiesOf(second))
                .containsEntry("RETRY_TOPIC", "T")
                .containsEntry("ORIGIN_MESSAGE_ID", first.get("ORIGIN_MESSAGE_ID"))
                .containsEntry("DELAY", "2")
                .containsEntry("UNIQ_KEY", "U1");
    }

    @Test
    void waitsAsThePolicyOfTheGroupSays() {
        group("G", 1, 16);
        policy = new RetryPolicy.Exponential(300, 500, 2);
        sendBack(send("T", Map.of("UNIQ_KEY", "U"), bytes("x")), 0);

        pass(299);
        assertThat(at("%RETRY%G", 0, 0)).isNull();
        pass(1);
        assertThat(propertiesOf(retried(0))).doesNotContainKey("DELAY").containsEntry("REAL_TOPIC", "%RETRY%G");

        sendBack(MessageRecord.physicalOffset(retried(0), 0), 0);
        pass(499);
        assertThat(at("%RETRY%G", 0, 1)).isNull();
        pass(1);
        assertThat(MessageRecord.reconsumeTimes(retried(1), 0)).isEqualTo(2);
    }

    @Test
    void bringsTheMessageBackAtOnceWhenThePolicySaysSo() {
        group("G", 1, 16);
        policy = new RetryPolicy.Intervals(List.of(0L));

        sendBack(send("T"), 0);

        assertThat(MessageRecord.reconsumeTimes(retried(0), 0)).isEqualTo(1);
    }

    @Test
    void waitsNoLongerThanAnythingMayWait() {
        group("G", 1, 16);
        policy = new RetryPolicy.Intervals(List.of(Long.MAX_VALUE));

        assertThat(sendBack(send("T"), 0)).isEqualTo(new SentBack.Stored(false));

        assertThat(broker.scheduler().pendingCount()).isEqualTo(1);
    }

    @Test
    void makesADeadLetterOfWhatWasTriedTooOften() {
        group("G", 1, 1);
        sendBack(send("T"), 1);
        pass(1_000);

        assertThat(sendBack(MessageRecord.physicalOffset(retried(0), 0), 1)).isEqualTo(new SentBack.Stored(true));

        assertThat(Objects.requireNonNull(broker.topics().find("%DLQ%G")).config())
                .isEqualTo(Topic.of("%DLQ%G", 1));
        assertThat(MessageRecord.reconsumeTimes(dead(0), 0)).isEqualTo(2);
        assertThat(propertiesOf(dead(0)))
                .containsAllEntriesOf(properties())
                .containsEntry("RETRY_TOPIC", "T")
                .doesNotContainKeys("DELAY", "TIMER_OUT_MS");
    }

    @Test
    void takesTheConsumersLimitBeforeTheGroups() {
        group("G", 1, 0);
        long offset = send("T");

        assertThat(sendBack(new SendBack("G", offset, 1, 1, false))).isEqualTo(new SentBack.Stored(false));
        assertThat(sendBack(new SendBack("G", offset, 1, 0, false))).isEqualTo(new SentBack.Stored(true));
        assertThat(sendBack(new SendBack("G", offset, 1, -1, false))).isEqualTo(new SentBack.Stored(true));
    }

    @Test
    void makesADeadLetterOfWhatTheConsumerGivesUp() {
        group("G", 1, 16);

        assertThat(sendBack(send("T"), -1)).isEqualTo(new SentBack.Stored(true));

        assertThat(MessageRecord.reconsumeTimes(dead(0), 0)).isEqualTo(1);
        assertThat(broker.topics().find("%RETRY%G")).isNull();
    }

    @Test
    void leavesOutWhenTheEarlierDeliveryWasDue() {
        group("G", 1, 16);
        Map<String, String> asked = properties();
        asked.put("TIMER_DELAY_MS", "100");
        send("T", asked, bytes("hello"));
        pass(100);
        long offset = MessageRecord.physicalOffset(Objects.requireNonNull(at("T", 0, 0)), 0);

        sendBack(offset, 1);
        pass(1_000);

        assertThat(propertiesOf(retried(0)))
                .doesNotContainKey("TIMER_DELAY_MS")
                .containsEntry("DELAY", "1")
                .containsEntry("REAL_TOPIC", "%RETRY%G");
    }

    @Test
    void spreadsOverTheRetryQueuesThatThereAre() {
        broker.topics().put(Topic.of("%RETRY%G", 2), _ -> {});
        group("G", 8, 16);
        policy = new RetryPolicy.Intervals(List.of(0L));
        long offset = send("T");

        for (int i = 0; i < 20; i++) {
            sendBack(offset, 0);
        }

        long first = broker.log().queue("%RETRY%G", 0).offsetMax();
        long second = broker.log().queue("%RETRY%G", 1).offsetMax();
        assertThat(first).isBetween(1L, 19L);
        assertThat(first + second).isEqualTo(20);
    }

    @Test
    void makesTheRetryTopicAsTheGroupWantsIt() {
        group("G", 3, 16);

        sendBack(new SendBack("G", send("T"), 1, -1, true));

        assertThat(Objects.requireNonNull(broker.topics().find("%RETRY%G")).config())
                .isEqualTo(Topic.of("%RETRY%G", 3).withSystemFlag(Topic.SystemFlag.UNIT_SUBSCRIBED));
    }

    @Test
    void dropsWhatAGroupWithoutRetryQueuesSendsBack() {
        group("G", 0, 16);

        assertThat(sendBack(send("T"), 0)).isEqualTo(new SentBack.Dropped());
    }

    @Test
    void refusesAGroupThatIsNotThere() {
        assertReason(sendBack(send("T"), 0), Reason.NO_GROUP, "G");
    }

    @Test
    void refusesATopicThatIsClosed() {
        group("G", 1, 16);
        broker.topics().put(Topic.of("%RETRY%G", 1, Topic.Permission.READ), _ -> {});
        broker.topics().put(Topic.of("%DLQ%G", 1, Topic.Permission.READ), _ -> {});
        work();

        assertReason(sendBack(send("T"), 0), Reason.FORBIDDEN, "%RETRY%G");
        assertReason(sendBack(send("T"), -1), Reason.FORBIDDEN, "%DLQ%G");
    }

    private static void assertReason(SentBack sent, Reason reason, String partOfDetail) {
        assertThat(sent).isInstanceOfSatisfying(SentBack.Refused.class, refused -> {
            assertThat(refused.reason()).isEqualTo(reason);
            assertThat(refused.detail()).contains(partOfDetail);
        });
    }

    @Test
    void refusesEveryOffsetThatIsNotAMessages() {
        group("G", 1, 16);
        long offset = send("T");
        long end = broker.log().offsetMax();

        for (long wrong = offset - 100; wrong < end + 100; wrong++) {
            if (wrong != offset) {
                assertReason(sendBack(wrong, -1), Reason.NO_MESSAGE, Long.toString(wrong));
            }
        }
        for (long wrong : new long[] {-1, Long.MIN_VALUE, Long.MAX_VALUE, Integer.MAX_VALUE, 1L << 40}) {
            assertReason(sendBack(wrong, -1), Reason.NO_MESSAGE, Long.toString(wrong));
        }
        assertThat(at("%DLQ%G", 0, 0)).isNull();
    }

    @Test
    void refusesAMessageWithinTheBodyOfAnother() {
        group("G", 1, 16);
        send("T");
        long before = nextEntry();
        long sample = send("T", Map.of("UNIQ_KEY", "U2"), bytes("hello"));
        MemorySegment record = Objects.requireNonNull(broker.log().record(sample));
        long innerAt = nextEntry() + (sample - before) + MessageRecord.bodyAt(record, 0);
        byte[] forged = record.toArray(ValueLayout.JAVA_BYTE);
        MessageRecord.stamp(MemorySegment.ofArray(forged), 0, 0, innerAt, 1);

        send("T", Map.of("UNIQ_KEY", "U3"), forged);

        assertThat(broker.log().record(innerAt)).as("the forgery").isNotNull();
        assertReason(sendBack(innerAt, -1), Reason.NO_MESSAGE, Long.toString(innerAt));
    }

    /** Entries start at multiples of 8. */
    private long nextEntry() {
        return (broker.log().offsetMax() + 7) / 8 * 8;
    }

    @Test
    void refusesAMessageThatIsNotDueYet() {
        group("G", 1, 16);
        Map<String, String> later = properties();
        later.put("TIMER_DELAY_MS", "60000");
        long offset = send("T", later, bytes("x"));

        assertReason(sendBack(offset, 0), Reason.NO_MESSAGE, Long.toString(offset));
    }

    @Test
    void refusesWhatGrowsBeyondARecord() {
        group("G", 1, 16);
        Map<String, String> large = Map.of("UNIQ_KEY", "U", "p", "x".repeat(32_600));
        long offset = send("T", large, bytes("x"));

        assertReason(sendBack(offset, 0), Reason.ILLEGAL_MESSAGE, "32767");
        assertThat(sendBack(send("T"), 0)).isEqualTo(new SentBack.Stored(false));
    }

    @Test
    void keepsWhatItToldThroughAPowerLoss() {
        group("G", 1, 16);
        long offset = send("T");
        sendBack(offset, 1);
        sendBack(offset, -1);

        broker = open(disk.afterPowerLoss(Loss.everything()));
        work();
        pass(1_000);

        assertThat(MessageRecord.reconsumeTimes(retried(0), 0)).isEqualTo(1);
        assertThat(MessageRecord.reconsumeTimes(dead(0), 0)).isEqualTo(1);
    }

    @Test
    void tellsNothingBeforeTheCopyIsDurable() {
        group("G", 1, 16);
        long offset = send("T");
        sendBack(offset, 1);
        told.clear();

        broker.retry().sendBack(new SendBack("G", offset, 1, -1, false), _ -> policy, told::add);
        assertThat(told).isEmpty();

        work();
        assertThat(told).containsExactly(new SentBack.Stored(false));
    }
}
