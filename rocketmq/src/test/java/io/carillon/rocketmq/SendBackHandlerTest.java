package io.carillon.rocketmq;

import static io.carillon.rocketmq.LiveBroker.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.base.Agent;
import io.carillon.log.ConsumeQueue;
import io.carillon.log.QueueEntry;
import io.carillon.message.MessageProperties;
import io.carillon.message.MessageRecord;
import io.carillon.message.QueueId;
import io.carillon.message.SysFlag;
import io.carillon.remoting.Reply;
import io.carillon.remoting.RequestCode;
import io.carillon.remoting.Response;
import io.carillon.remoting.ResponseCode;
import io.carillon.rocketmq.LiveBroker.Peer;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SendBackHandlerTest {
    @AutoClose
    private final LiveBroker live = new LiveBroker();

    private final Peer peer = live.connect();

    SendBackHandlerTest() throws IOException {}

    private Response group(String json) {
        return peer.call(
                RequestCode.UPDATE_AND_CREATE_SUBSCRIPTIONGROUP,
                Reply.ok().body(json.getBytes(StandardCharsets.UTF_8)));
    }

    private static Reply back(long offset, int level) {
        return Reply.ok()
                .ext("offset", offset)
                .ext("group", "G")
                .ext("delayLevel", level)
                .ext("originMsgId", "7F0000010001000000000000000000AA")
                .ext("originTopic", "T")
                .ext("unitMode", false)
                .ext("maxReconsumeTimes", 16);
    }

    private Response sendBack(Reply request) {
        return peer.call(RequestCode.CONSUMER_SEND_MSG_BACK, request);
    }

    /** Stores a message and returns its log offset. */
    private long produce(String text) {
        live.makeTopic("T", 1);
        peer.produce("T", 0, "a", text);
        ConsumeQueue queue = Objects.requireNonNull(live.broker.log().existingQueue("T", 0));
        QueueEntry entry = new QueueEntry();
        assertThat(queue.read(queue.offsetMax() - 1, entry)).isTrue();
        return entry.logOffset;
    }

    private long end(String topic) {
        ConsumeQueue found = live.broker.log().existingQueue(topic, 0);
        return found == null ? 0 : found.offsetMax();
    }

    private MemorySegment message(String topic, long offset) {
        QueueEntry entry = new QueueEntry();
        ConsumeQueue queue = Objects.requireNonNull(live.broker.log().existingQueue(topic, 0), topic);
        assertThat(queue.read(offset, entry)).isTrue();
        return Objects.requireNonNull(live.broker.log().record(entry.logOffset));
    }

    private static Map<String, String> properties(MemorySegment record) {
        return MessageProperties.decode(record, 0);
    }

    private void pass(long ms) {
        live.clock.advanceMs(ms);
        work();
    }

    private void work() {
        int done;
        do {
            done = live.broker.agents().stream().mapToInt(Agent::doWork).sum();
        } while (done > 0);
    }

    /** What is due leaves by the thread that writes the log at that moment: maybe by one that still answers a request. */
    private void awaitEnd(String topic, long end) {
        await(topic + " has " + end, () -> {
            work();
            return end(topic) == end;
        });
    }

    @Test
    void bringsAMessageBackWithOneMoreTry() {
        group("{\"groupName\":\"G\"}");

        Response response = sendBack(back(produce("hello"), 1));
        pass(1_000);

        assertThat(response.code()).isZero();
        assertThat(response.remark()).isNull();
        awaitEnd("%RETRY%G", 1);
        assertThat(peer.lastMinute("SNDBCK_PUT_NUMS", "T@G")).contains("\"sum\":1,");
        assertThat(MessageRecord.reconsumeTimes(message("%RETRY%G", 0), 0)).isEqualTo(1);
        assertThat(properties(message("%RETRY%G", 0)))
                .containsEntry("RETRY_TOPIC", "T")
                .containsEntry("TAGS", "a")
                .containsEntry("DELAY", "1");
        await("nothing is in flight", () -> live.bytesInFlight() == 0);
    }

    @Test
    void waitsAsTheGroupsPolicySays() {
        assertThat(group("{\"groupName\":\"G\",\"groupRetryPolicy\":{\"type\":\"CUSTOMIZED\","
                                + "\"customizedRetryPolicy\":{\"next\":[250]}}}")
                        .code())
                .isZero();

        sendBack(back(produce("hello"), 0));
        pass(249);
        assertThat(end("%RETRY%G")).isZero();
        pass(1);

        awaitEnd("%RETRY%G", 1);
    }

    @Test
    void bringsWhatWasTriedTooOftenToTheDeadLetters() {
        group("{\"groupName\":\"G\"}");
        long offset = produce("hello");

        assertThat(sendBack(back(offset, -1)).code()).isZero();
        assertThat(sendBack(back(offset, 1).ext("maxReconsumeTimes", 0)).code()).isZero();

        assertThat(end("%DLQ%G")).isEqualTo(2);
        assertThat(peer.lastMinute("SNDBCK_PUT_NUMS", "T@G")).contains("\"sum\":2,");
        assertThat(properties(message("%DLQ%G", 1)))
                .containsEntry("RETRY_TOPIC", "T")
                .doesNotContainKey("DELAY");
    }

    @Test
    void refusesWhatItCannotFind() {
        long offset = produce("hello");
        assertThat(sendBack(back(offset, 0)).code()).isEqualTo(ResponseCode.SUBSCRIPTION_GROUP_NOT_EXIST);
        group("{\"groupName\":\"G\"}");

        for (long wrong : new long[] {offset + 1, -1, -Long.MAX_VALUE, Long.MAX_VALUE}) {
            Response response = sendBack(back(wrong, 0));
            assertThat(response.code()).isEqualTo(ResponseCode.SYSTEM_ERROR);
            assertThat(response.remark()).contains(Long.toString(wrong));
        }
        await("nothing is in flight", () -> live.bytesInFlight() == 0);
    }

    @ParameterizedTest
    @CsvSource({
        "offset,x",
        "offset,",
        "offset,9223372036854775808",
        "delayLevel,1.5",
        "delayLevel,",
        "group,",
        "maxReconsumeTimes,many"
    })
    void refusesAHeaderThatMakesNoSense(String field, String value) {
        group("{\"groupName\":\"G\"}");
        Reply request = Reply.ok();
        Map<String, String> fields = Map.of("offset", "1", "group", "G", "delayLevel", "0", "maxReconsumeTimes", "16");
        fields.forEach((name, usual) -> {
            String sent = name.equals(field) ? value : usual;
            if (sent != null) {
                request.ext(name, sent);
            }
        });

        Response response = sendBack(request);

        assertThat(response.code()).isNotZero();
        assertThat(response.remark()).contains(field);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"EXPONENTIAL\"",
                "[]",
                "{\"type\":\"LINEAR\"}",
                "{\"type\":7}",
                "{\"customizedRetryPolicy\":{\"next\":[]}}",
                "{\"customizedRetryPolicy\":{\"next\":[-1]}}",
                "{\"customizedRetryPolicy\":{\"next\":[1,null]}}",
                "{\"customizedRetryPolicy\":{\"next\":[0.5]}}",
                "{\"customizedRetryPolicy\":{\"next\":\"1\"}}",
                "{\"customizedRetryPolicy\":[1]}",
                "{\"type\":\"EXPONENTIAL\",\"exponentialRetryPolicy\":{\"multiplier\":0}}",
                "{\"type\":\"EXPONENTIAL\",\"exponentialRetryPolicy\":{\"initial\":\"soon\"}}"
            })
    void refusesARetryPolicyThatMakesNoSense(String policy) {
        Response response = group("{\"groupName\":\"G\",\"groupRetryPolicy\":" + policy + "}");

        assertThat(response.code()).isNotZero();
        assertThat(response.remark()).contains("etry");
        assertThat(live.broker.groups().find("G")).isNull();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "null",
                "{}",
                "{\"type\":\"CUSTOMIZED\"}",
                "{\"type\":\"EXPONENTIAL\"}",
                "{\"type\":null,\"customizedRetryPolicy\":{}}"
            })
    void takesAPolicyThatSaysNothingAsTheClassicLevels(String policy) {
        assertThat(group("{\"groupName\":\"G\",\"groupRetryPolicy\":" + policy + "}")
                        .code())
                .isZero();

        sendBack(back(produce("hello"), 0));
        pass(9_999);
        assertThat(end("%RETRY%G")).isZero();
        pass(1);

        awaitEnd("%RETRY%G", 1);
        assertThat(properties(message("%RETRY%G", 0))).containsEntry("DELAY", "3");
    }

    private Response fallback(int tries, int triesMax, String properties) {
        return fallback(tries, triesMax, 0, properties);
    }

    private Response fallback(int tries, int triesMax, int sysFlag, String properties) {
        return peer.call(
                RequestCode.SEND_MESSAGE_V2,
                Reply.ok()
                        .ext("a", "CLIENT_INNER_PRODUCER")
                        .ext("b", "%RETRY%G")
                        .ext("c", "TBW102")
                        .ext("d", 4)
                        .ext("e", 0)
                        .ext("f", sysFlag)
                        .ext("g", 1)
                        .ext("h", 0)
                        .ext("i", properties)
                        .ext("j", tries)
                        .ext("l", triesMax)
                        .body("hello".getBytes(StandardCharsets.UTF_8)));
    }

    private static final String OF_A_RETRY =
            "RETRY_TOPIC\u0001T\u0002ORIGIN_MESSAGE_ID\u0001ID\u0002UNIQ_KEY\u0001U\u0002"
                    + "REAL_TOPIC\u0001%RETRY%old\u0002MSG_REGION\u0001DefaultRegion\u0002DELAY\u00014\u0002";

    @Test
    void bringsBackWhatTheClientSendsByItself() {
        assertThat(fallback(2, 16, OF_A_RETRY).code()).isZero();
        pass(29_999);
        assertThat(end("%RETRY%G")).isZero();
        pass(1);

        awaitEnd("%RETRY%G", 1);
        MemorySegment copy = message("%RETRY%G", 0);
        assertThat(MessageRecord.reconsumeTimes(copy, 0)).isEqualTo(2);
        assertThat(properties(copy))
                .containsEntry("RETRY_TOPIC", "T")
                .containsEntry("ORIGIN_MESSAGE_ID", "ID")
                .containsEntry("UNIQ_KEY", "U")
                .containsEntry("DELAY", "4")
                .containsEntry("REAL_TOPIC", "%RETRY%G");
        String stored = MessageProperties.text(
                copy, MessageRecord.propertiesAt(copy, 0), MessageRecord.propertiesLength(copy, 0));
        assertThat(stored).containsOnlyOnce("REAL_TOPIC");
    }

    @Test
    void bringsBackWhatOnceWasOfATransaction() {
        assertThat(fallback(1, 16, SysFlag.TRANSACTION_COMMIT, OF_A_RETRY).code())
                .isZero();
        pass(29_999);
        assertThat(end("%RETRY%G")).isZero();
        pass(1);

        awaitEnd("%RETRY%G", 1);
        assertThat(MessageRecord.sysFlag(message("%RETRY%G", 0), 0)).isZero();
    }

    @Test
    void makesADeadLetterOfWhatTheClientSendsTooOften() {
        assertThat(fallback(17, 16, OF_A_RETRY).code()).isZero();

        assertThat(MessageRecord.due(message("%DLQ%G", 0), 0)).isZero();
        assertThat(properties(message("%DLQ%G", 0)))
                .containsEntry("RETRY_TOPIC", "T")
                .containsEntry("UNIQ_KEY", "U")
                .doesNotContainKey("DELAY");
    }

    @Test
    void makesADeadLetterOfWhatAnOrderlyConsumerGivesUp() {
        List<QueueId> queue = List.of(new QueueId("T", 0));
        assertThat(fallback(3, 3, OF_A_RETRY).code()).isZero();
        assertThat(end("%DLQ%G")).isZero();

        live.broker.locks().lock("G", "client", queue, (_, _) -> {});
        assertThat(fallback(2, 3, OF_A_RETRY).code()).isZero();
        assertThat(end("%DLQ%G")).isZero();
        assertThat(fallback(3, 3, OF_A_RETRY).code()).isZero();
        assertThat(end("%DLQ%G")).isEqualTo(1);

        live.clock.advanceMs(60_001);
        assertThat(fallback(3, 3, OF_A_RETRY).code()).isZero();
        assertThat(end("%DLQ%G")).isEqualTo(1);
    }
}
