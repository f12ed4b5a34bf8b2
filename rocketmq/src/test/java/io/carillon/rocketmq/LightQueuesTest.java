package io.carillon.rocketmq;

import static io.carillon.rocketmq.LiveBroker.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.log.ConsumeQueue;
import io.carillon.log.QueueEntry;
import io.carillon.message.LightDispatch;
import io.carillon.message.MessageId;
import io.carillon.message.MessageProperties;
import io.carillon.remoting.Reply;
import io.carillon.remoting.RequestCode;
import io.carillon.remoting.Response;
import io.carillon.remoting.ResponseCode;
import io.carillon.rocketmq.LiveBroker.Peer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** What becomes of messages that name light queues, whichever way they come to their topic. */
class LightQueuesTest {
    private static final int MAX = 3;
    private static final String LIGHT = "%LMQ%a";

    @AutoClose
    private final LiveBroker live = LiveBroker.withLightQueues(MAX);

    private final Peer peer = live.connect();

    LightQueuesTest() throws IOException {
        live.makeTopic("T", 1);
    }

    private static Reply send(String topic, String... properties) {
        return LiveBroker.message(topic, 0, LiveBroker.properties(properties), "hello");
    }

    private Response sent(Reply request) {
        return peer.call(RequestCode.SEND_MESSAGE_V2, request);
    }

    private long count(String light) {
        ConsumeQueue queue = live.broker.log().existingQueue(light, 0);
        return queue == null ? 0 : queue.offsetMax();
    }

    private @Nullable String placesOf(String topic, long offset) {
        QueueEntry entry = new QueueEntry();
        assertThat(live.broker.log().queue(topic, 0).read(offset, entry)).isTrue();
        var record = live.broker.log().record(entry.logOffset);
        assertThat(record).isNotNull();
        return MessageProperties.of(record, 0, LightDispatch.PLACES);
    }

    @Test
    void takesNoPlacesFromAClient() {
        sent(send("T", LightDispatch.PLACES, "0000000000000000007"));
        sent(send("T", LightDispatch.NAMES, LIGHT, LightDispatch.PLACES, "0000000000000000007"));

        assertThat(placesOf("T", 0)).isNull();
        assertThat(placesOf("T", 1)).isEqualTo("0000000000000000000");
        assertThat(count(LIGHT)).isEqualTo(1);
    }

    @Test
    void makesNoMoreLightQueuesThanThereMayBe() {
        assertThat(sent(send("T", LightDispatch.NAMES, "%LMQ%a,%LMQ%b")).code()).isZero();

        Response refused = sent(send("T", LightDispatch.NAMES, "%LMQ%c,%LMQ%d"));
        assertThat(refused.code()).isEqualTo(ResponseCode.LMQ_QUOTA_EXCEEDED);
        assertThat(refused.remark()).contains("broker.light-queues-max").contains("3");
        assertThat(live.broker.topics().find("%LMQ%c")).isNull();

        assertThat(sent(send("T", LightDispatch.NAMES, "%LMQ%c,%LMQ%a")).code()).isZero();
        assertThat(sent(send("T", LightDispatch.NAMES, "%LMQ%d")).code()).isEqualTo(ResponseCode.LMQ_QUOTA_EXCEEDED);
        assertThat(live.broker.log().queue("T", 0).offsetMax()).isEqualTo(2);
        assertThat(pull("%LMQ%d").remark()).contains("broker.light-queues-max");

        assertThat(delete("%LMQ%a").code()).isZero();
        assertThat(sent(send("T", LightDispatch.NAMES, "%LMQ%d")).code()).isZero();
        assertThat(count("%LMQ%d")).isEqualTo(1);
    }

    private Response delete(String topic) {
        return peer.call(RequestCode.DELETE_TOPIC_IN_BROKER, Reply.ok().ext("topic", topic));
    }

    private Response pull(String topic) {
        return peer.call(
                RequestCode.PULL_MESSAGE,
                Reply.ok()
                        .ext("consumerGroup", "G")
                        .ext("topic", topic)
                        .ext("queueId", 0)
                        .ext("queueOffset", 0)
                        .ext("maxMsgNums", 32)
                        .ext("sysFlag", 4)
                        .ext("commitOffset", 0)
                        .ext("suspendTimeoutMillis", 0)
                        .ext("subscription", "*")
                        .ext("subVersion", 0));
    }

    @Test
    void refusesNamesThatCannotBe() {
        assertThat(sent(send("T", LightDispatch.NAMES, "plain")).remark()).contains("'plain'");
        assertThat(sent(send("T", LightDispatch.NAMES, "%LMQ%a,")).remark()).contains("''");
        assertThat(sent(send("T", LightDispatch.NAMES, "%LMQ%a b")).remark()).contains("'%LMQ%a b'");
        assertThat(sent(send("T", LightDispatch.NAMES, LIGHT + "," + LIGHT)).remark())
                .contains("twice");
        String tooMany = String.join(",", Collections.nCopies(LightDispatch.QUEUES_MAX + 1, LIGHT));
        assertThat(sent(send("T", LightDispatch.NAMES, tooMany)).remark()).contains("65");
        assertThat(live.broker.log().queue("T", 0).offsetMax()).isZero();
    }

    @Test
    void refusesANameThatIsGivenTwiceHoweverItsMessageComes() {
        String twice = LIGHT + ",%LMQ%b," + LIGHT;
        byte[] good = inBatch("TAGS", "a");
        byte[] bad = inBatch(LightDispatch.NAMES, twice);
        List<Reply> requests = List.of(
                send("T", LightDispatch.NAMES, twice),
                send("T").ext("m", true).body(joined(good, bad)),
                send("T", LightDispatch.NAMES, twice, "TIMER_DELAY_MS", "5000"),
                half(twice));

        for (Reply request : requests) {
            Response refused = sent(request);
            assertThat(refused.code()).isEqualTo(ResponseCode.MESSAGE_ILLEGAL);
            assertThat(refused.remark()).contains(LIGHT + " twice");
        }
        assertThat(live.broker.log().queue("T", 0).offsetMax()).isZero();
        assertThat(live.broker.log().queue("RMQ_SYS_TRANS_HALF_TOPIC", 0).offsetMax())
                .isZero();
        assertThat(live.broker.topics().find(LIGHT)).isNull();
    }

    private static byte[] inBatch(String... properties) {
        byte[] text = LiveBroker.properties(properties).getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(23 + text.length)
                .putInt(23 + text.length)
                .position(16)
                .putInt(1)
                .put((byte) 'x')
                .putShort((short) text.length)
                .put(text)
                .array();
    }

    private static byte[] joined(byte[] one, byte[] other) {
        return ByteBuffer.allocate(one.length + other.length)
                .put(one)
                .put(other)
                .array();
    }

    private static Reply half(String names) {
        return send("T", LightDispatch.NAMES, names, "TRAN_MSG", "true", "PGROUP", "P", "UNIQ_KEY", "U1")
                .ext("f", 4);
    }

    @Test
    void dispatchesATransactionWhenItIsCommitted() {
        Response half = sent(half(LIGHT));
        assertThat(half.code()).isZero();
        assertThat(count(LIGHT)).isZero();

        assertThat(commit(half).code()).isZero();

        assertThat(count(LIGHT)).isEqualTo(1);
        assertThat(placesOf(LIGHT, 0)).isEqualTo("0000000000000000000");
    }

    private Response commit(Response half) {
        Reply commit = Reply.ok()
                .ext("producerGroup", "P")
                .ext("tranStateTableOffset", half.ext().get("queueOffset"))
                .ext("commitLogOffset", MessageId.parse(half.ext().get("msgId")).logOffset())
                .ext("commitOrRollback", 8)
                .ext("fromTransactionCheck", false)
                .ext("msgId", "U1");
        return peer.call(RequestCode.END_TRANSACTION, commit);
    }

    @Test
    void makesNoLightQueueAgainForWhatWasOnItsWayWhenItWasDeleted() {
        Response half = sent(half(LIGHT + ",%LMQ%b"));
        assertThat(sent(send("T", LightDispatch.NAMES, LIGHT, "TIMER_DELAY_MS", "5000"))
                        .code())
                .isZero();
        assertThat(delete(LIGHT).code()).isZero();

        assertThat(commit(half).code()).isZero();
        live.runDueLoop();
        live.clock.advance(Duration.ofSeconds(6));

        await("both messages", () -> live.broker.log().queue("T", 0).offsetMax() == 2);
        assertThat(live.broker.log().existingQueue(LIGHT, 0)).isNull();
        assertThat(count("%LMQ%b")).isEqualTo(1);
        assertThat(placesOf("%LMQ%b", 0)).isEqualTo("9223372036854775807,0000000000000000000");
    }

    @Test
    void dispatchesADelayedMessageWhenItLeaves() {
        assertThat(sent(send("T", LightDispatch.NAMES, LIGHT, "TIMER_DELAY_MS", "5000"))
                        .code())
                .isZero();
        sent(send("T", LightDispatch.NAMES, LIGHT));
        assertThat(count(LIGHT)).isEqualTo(1);

        live.runDueLoop();
        live.clock.advance(Duration.ofSeconds(6));

        await("the delayed message", () -> count(LIGHT) == 2);
        assertThat(placesOf(LIGHT, 1)).isEqualTo("0000000000000000001");
    }

    @Test
    void dispatchesNothingThatGoesToOneGroupAlone() {
        sent(send("%RETRY%G", LightDispatch.NAMES, LIGHT));

        assertThat(live.broker.log().queue("%RETRY%G", 0).offsetMax()).isEqualTo(1);
        assertThat(count(LIGHT)).isZero();
    }

    @Test
    void storesTheMessageAndDispatchesNothingWhereLightQueuesAreOff() throws IOException {
        try (LiveBroker without = LiveBroker.withLightQueues(0)) {
            without.makeTopic("T", 1);
            Response answer =
                    without.connect().call(RequestCode.SEND_MESSAGE_V2, send("T", LightDispatch.NAMES, LIGHT));

            assertThat(answer.code()).isZero();
            assertThat(without.broker.topics().find(LIGHT)).isNull();
            assertThat(without.broker.log().queue("T", 0).offsetMax()).isEqualTo(1);
        }
    }

    @Test
    void countsAMessageOnceHoweverManyLightQueuesItIsIn() {
        sent(send("T", LightDispatch.NAMES, "%LMQ%a,%LMQ%b"));
        sent(send("T"));

        assertThat(peer.lastMinute("BROKER_PUT_NUMS", "any")).contains("\"sum\":2,");
        assertThat(peer.lastMinute("TOPIC_PUT_NUMS", "T")).contains("\"sum\":2,");
        assertThat(peer.lastMinute("TOPIC_PUT_NUMS", "%LMQ%b")).contains("\"sum\":1,");
        assertThat(live.broker.admin().stats().storedTotal()).isEqualTo(2);
    }
}
