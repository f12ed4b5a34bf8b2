package io.carillon.rocketmq;

import static io.carillon.rocketmq.LiveBroker.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.log.ConsumeQueue;
import io.carillon.message.MessageRecord;
import io.carillon.message.SysFlag;
import io.carillon.message.Topic;
import io.carillon.remoting.Reply;
import io.carillon.remoting.RequestCode;
import io.carillon.remoting.Response;
import io.carillon.remoting.ResponseCode;
import io.carillon.rocketmq.LiveBroker.Peer;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ProduceHandlerTest {
    @AutoClose
    private final LiveBroker live = new LiveBroker();

    private final Peer peer = live.connect();

    ProduceHandlerTest() throws IOException {}

    private static Reply send(String topic) {
        return Reply.ok()
                .ext("a", "P")
                .ext("b", topic)
                .ext("c", "TBW102")
                .ext("d", 4)
                .ext("e", 0)
                .ext("f", 0)
                .ext("g", 1)
                .ext("h", 0)
                .ext("i", "TAGS\u0001a\u0002")
                .ext("j", 0)
                .body("hello".getBytes(StandardCharsets.UTF_8));
    }

    private Response sent(Reply request) {
        return peer.call(RequestCode.SEND_MESSAGE_V2, request);
    }

    @Test
    void keepsNothingInFlightOfASendThatMadeItsTopic() {
        for (int i = 0; i < 20; i++) {
            assertThat(sent(send("Made" + i)).code()).isZero();
        }
        assertThat(sent(send("Made0")).code()).isZero();

        await("nothing is in flight", () -> live.bytesInFlight() == 0);
    }

    private static byte[] message(int propertiesBytes) {
        return ByteBuffer.allocate(4 + 16 + 1 + 2 + propertiesBytes)
                .putInt(4 + 16 + 1 + 2 + propertiesBytes)
                .putInt(0)
                .putInt(0)
                .putInt(0)
                .putInt(1)
                .put((byte) 'x')
                .putShort((short) propertiesBytes)
                .array();
    }

    private static Reply batch(String topic, byte[]... messages) {
        ByteBuffer body = ByteBuffer.allocate(
                Arrays.stream(messages).mapToInt(one -> one.length).sum());
        Arrays.stream(messages).forEach(body::put);
        return send(topic).ext("m", true).body(body.array());
    }

    @ParameterizedTest
    @ValueSource(ints = {32_767, 32_768, 65_534, 65_535})
    void refusesABatchWhollyWhenAPartHasTooManyProperties(int propertiesBytes) {
        live.makeTopic("T", 1);

        Response refused = sent(batch("T", message(0), message(propertiesBytes)));

        assertThat(refused.code()).isEqualTo(ResponseCode.MESSAGE_ILLEGAL);
        assertThat(sent(batch("T", message(0), message(0))).ext()).containsEntry("queueOffset", "0");
    }

    private static Topic ofBatches(String name) {
        return new Topic(name, 1, 1, 6, "SINGLE_TAG", 0, false, Map.of("queue.type", "BatchCQ"));
    }

    @Test
    void answersABatchWithOneIdWhereItsTopicIsOfBatches() {
        live.makeTopic(ofBatches("B"));
        live.makeTopic("T", 1);
        String id = LiveBroker.properties("UNIQ_KEY", "0123456789ABCDEF0123456789ABCDEF");

        assertThat(peer.call(
                                RequestCode.GET_MIN_OFFSET,
                                Reply.ok().ext("topic", "B").ext("queueId", 0))
                        .ext())
                .containsEntry("offset", "-1");
        Response first = sent(batch("B", message(0), message(0)).ext("i", id));
        Response second = sent(batch("B", message(0), message(0)).ext("i", id));
        Response nameless = sent(batch("B", message(0), message(0)).ext("i", ""));
        Response ordinary = sent(batch("T", message(0), message(0)).ext("i", id));

        assertThat(first.ext())
                .containsEntry("batchUniqId", "0123456789ABCDEF0123456789ABCDEF")
                .containsEntry("queueOffset", "0");
        assertThat(first.ext().get("msgId")).hasSize(32);
        assertThat(second.ext()).containsEntry("queueOffset", "2");
        assertThat(nameless.ext()).doesNotContainKey("batchUniqId").containsEntry("queueOffset", "4");
        assertThat(ordinary.ext()).doesNotContainKey("batchUniqId");
        assertThat(ordinary.ext().get("msgId")).hasSize(65);
        assertThat(peer.call(
                                RequestCode.GET_MIN_OFFSET,
                                Reply.ok().ext("topic", "B").ext("queueId", 0))
                        .ext())
                .containsEntry("offset", "0");
    }

    @Test
    void takesTheLongHeaderNamesOfOldClients() {
        live.makeTopic("T", 2);
        Reply old = Reply.ok()
                .ext("producerGroup", "P")
                .ext("topic", "T")
                .ext("defaultTopic", "TBW102")
                .ext("defaultTopicQueueNums", 4)
                .ext("queueId", 1)
                .ext("sysFlag", 0)
                .ext("bornTimestamp", 1)
                .ext("flag", 7)
                .ext("properties", "TAGS\u0001a\u0002")
                .ext("reconsumeTimes", 0)
                .body(new byte[] {'x'});

        assertThat(peer.call(RequestCode.SEND_MESSAGE, old).ext())
                .containsEntry("queueId", "1")
                .containsEntry("queueOffset", "0")
                .containsEntry("MSG_REGION", "DefaultRegion")
                .containsEntry("TRACE_ON", "true");
        assertThat(peer.call(RequestCode.SEND_MESSAGE, old.ext("batch", true).body(message(0)))
                        .code())
                .isZero();
    }

    @Test
    void takesLongPropertiesOfWhichTheHeaderEscapesEachCharacter() {
        live.makeTopic("T", 2);
        assertThat(sentWith("a", "\u0003".repeat(32_500)).code()).isZero();
        assertThat(sentWith("a", "\u0003".repeat(33_000)).code()).isEqualTo(ResponseCode.MESSAGE_ILLEGAL);
    }

    @Test
    void putsAMessageWithAPriorityIntoTheQueueOfThat() {
        live.makeTopic("T", 4);

        assertThat(sentWith("_SYS_MSG_PRIORITY_", "2").ext()).containsEntry("queueId", "2");
        assertThat(sentWith("_SYS_MSG_PRIORITY_", "0").ext()).containsEntry("queueId", "0");
        assertThat(sentWith("_SYS_MSG_PRIORITY_", "9").ext()).containsEntry("queueId", "3");
        assertThat(sentWith("_SYS_MSG_PRIORITY_", "-1").ext()).containsEntry("queueId", "1");
        assertThat(sentWith("_SYS_MSG_PRIORITY_", "high").ext()).containsEntry("queueId", "1");
        assertThat(sentWith("_SYS_MSG_PRIORITY_", "2", "__SHARDINGKEY", "group").ext())
                .containsEntry("queueId", "1");
        assertThat(sentWith("_SYS_MSG_PRIORITY_", "2", "DELAY", "1").code()).isZero();
    }

    private Response sentWith(String... properties) {
        return sent(send("T").ext("e", 1).ext("i", LiveBroker.properties(properties)));
    }

    private Topic topic(String name) {
        return Objects.requireNonNull(live.broker.topics().find(name), name).config();
    }

    @Test
    void makesATopicAfterItsTemplateAndARetryTopicAlsoWithout() {
        assertThat(sent(send("New")).code()).isZero();
        assertThat(topic("New")).isEqualTo(Topic.of("New", 4));

        assertThat(sent(send("%RETRY%G1")).code()).isZero();
        assertThat(topic("%RETRY%G1").queues()).isEqualTo(4);
        assertThat(sent(send("%RETRY%G2").ext("c", "none")).code()).isZero();
        assertThat(topic("%RETRY%G2").queues()).isEqualTo(1);

        assertThat(sent(send("%DLQ%G1").ext("c", "none")).code()).isEqualTo(ResponseCode.TOPIC_NOT_EXIST);
        assertThat(live.broker.topics().find("%DLQ%G1")).isNull();
    }

    @Test
    void refusesAQueueThatIsNotThereBeforeATopicThatTakesNothing() {
        live.makeTopic(Topic.of("ReadOnly", 1, Topic.Permission.READ));

        assertThat(sent(send("ReadOnly").ext("e", 1)).code()).isEqualTo(ResponseCode.INVALID_PARAMETER);
        assertThat(sent(send("ReadOnly")).code()).isEqualTo(ResponseCode.NO_PERMISSION);
    }

    private static Reply sendBack(String group, int reconsumeTimes) {
        return send("%RETRY%" + group).ext("e", -1).ext("j", reconsumeTimes);
    }

    private long end(String topic, int queue) {
        ConsumeQueue found = live.broker.log().existingQueue(topic, queue);
        return found == null ? 0 : found.offsetMax();
    }

    @Test
    void makesTheGroupOfARetryTopicThatAConsumerSendsTo() {
        assertThat(sent(sendBack("G", 1)).code()).isZero();

        assertThat(live.broker.groups().find("G")).isNotNull();
        assertThat(live.broker.topics().find("%DLQ%G")).isNull();
    }

    @Test
    void sendsWhatWasTriedTooOftenToTheDeadLetters() {
        assertThat(sent(sendBack("G", 16)).code()).isZero();
        assertThat(end("%DLQ%G", 0)).isZero();

        Response response = sent(sendBack("G", 17).ext("i", "DELAY\u00014\u0002UNIQ_KEY\u0001ABC\u0002"));

        assertThat(response.remark()).isNull();
        assertThat(response.ext()).containsEntry("queueId", "0").containsEntry("queueOffset", "0");
        assertThat(topic("%DLQ%G")).isEqualTo(Topic.of("%DLQ%G", 1));
        assertThat(end("%DLQ%G", 0)).isEqualTo(1);
        await("nothing is in flight", () -> live.bytesInFlight() == 0);
    }

    @Test
    void takesTheConsumersOwnLimitBeforeItsGroups() {
        assertThat(sent(sendBack("G", 17).ext("l", 20)).code()).isZero();
        assertThat(live.broker.topics().find("%DLQ%G")).isNull();

        assertThat(sent(sendBack("G", 3).ext("l", 2)).code()).isZero();
        assertThat(end("%DLQ%G", 0)).isEqualTo(1);
    }

    @Test
    void refusesARetryTopicWhoseGroupCannotBe() {
        assertThat(sent(send("%RETRY%")).code()).isEqualTo(ResponseCode.SUBSCRIPTION_GROUP_NOT_EXIST);
    }

    @Test
    void marksTheTopicsThatAUnitMakes() {
        assertThat(sent(send("Unit").ext("k", true)).code()).isZero();
        assertThat(sent(send("%RETRY%G").ext("k", true)).code()).isZero();

        assertThat(topic("Unit").systemFlag()).isEqualTo(1);
        assertThat(topic("%RETRY%G").systemFlag()).isEqualTo(2);
    }

    @Test
    void marksMessagesOfATopicWithSeveralTagsEach() {
        live.makeTopic(new Topic("Tags", 1, 1, 6, "MULTI_TAG", 0, false, Map.of()));

        assertThat(sent(send("Tags")).code()).isZero();

        Response found = peer.call(
                RequestCode.LITE_PULL_MESSAGE,
                Reply.ok()
                        .ext("consumerGroup", "G")
                        .ext("topic", "Tags")
                        .ext("queueId", 0)
                        .ext("queueOffset", 0)
                        .ext("sysFlag", 4)
                        .ext("subscription", "*"));
        assertThat(MessageRecord.sysFlag(MemorySegment.ofArray(found.body()), 0))
                .isEqualTo(SysFlag.MULTI_TAGS);
    }
}
