package io.carillon.rocketmq;

import static io.carillon.rocketmq.LiveBroker.await;
import static io.carillon.rocketmq.LiveBroker.get;
import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.base.Agent;
import io.carillon.base.ByteSize;
import io.carillon.message.MessageProperties;
import io.carillon.message.MessageRecord;
import io.carillon.remoting.Reply;
import io.carillon.remoting.RequestCode;
import io.carillon.remoting.Response;
import io.carillon.remoting.ResponseCode;
import io.carillon.rocketmq.LiveBroker.Peer;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PopHandlerTest {
    @AutoClose
    private final LiveBroker live = new LiveBroker();

    private final Peer peer = live.connect();

    PopHandlerTest() throws IOException {}

    @BeforeEach
    void makeTopic() {
        live.makeTopic("T", 1);
    }

    private static Reply pop(int max, long invisibleMs, long pollMs) {
        return Reply.ok()
                .ext("consumerGroup", "G")
                .ext("topic", "T")
                .ext("queueId", -1)
                .ext("maxMsgNums", max)
                .ext("invisibleTime", invisibleMs)
                .ext("pollTime", pollMs)
                .ext("bornTime", 0)
                .ext("initMode", 0)
                .ext("exp", "*")
                .ext("expType", "TAG");
    }

    private Response popped(Reply request) {
        return peer.call(RequestCode.POP_MESSAGE, request);
    }

    private static List<MemorySegment> records(Response response) {
        List<MemorySegment> records = new ArrayList<>();
        MemorySegment bytes = MemorySegment.ofArray(response.body());
        for (long at = 0; at < bytes.byteSize(); at += MessageRecord.totalSize(bytes, at)) {
            assertThat(MessageRecord.isWhole(bytes, at, bytes.byteSize())).isTrue();
            records.add(bytes.asSlice(at, MessageRecord.totalSize(bytes, at)));
        }
        return records;
    }

    private static Reply settle(Response popped, long offset) {
        String receipt = "0 " + popped.ext().get("popTime") + " " + popped.ext().get("invisibleTime") + " "
                + popped.ext().get("reviveQid") + " 0 broker-a 0 " + offset;
        return Reply.ok()
                .ext("consumerGroup", "G")
                .ext("topic", "T")
                .ext("queueId", 0)
                .ext("offset", offset)
                .ext("extraInfo", receipt);
    }

    private void runAgents() {
        live.broker.agents().forEach(Agent::doWork);
    }

    @Test
    void handsMessagesOutWithWhatAReceiptIsMadeOf() {
        peer.produce("T", 0, "a", "one");
        peer.produce("T", 0, "a", "two");

        Response response = popped(pop(32, 5000, 0));

        assertThat(response.code()).isZero();
        assertThat(records(response)).hasSize(2);
        assertThat(peer.lastMinute("GROUP_GET_NUMS", "T@G")).contains("\"avgpt\":2.0,\"sum\":2,");
        assertThat(peer.lastMinute("GROUP_GET_SIZE", "T@G")).contains("\"sum\":" + response.body().length + ",");
        assertThat(response.ext())
                .containsEntry("popTime", Long.toString(live.clock.nowMs()))
                .containsEntry("invisibleTime", "5000")
                .containsEntry("reviveQid", "0")
                .containsEntry("restNum", "0")
                .containsEntry("startOffsetInfo", "0 0 0")
                .containsEntry("msgOffsetInfo", "0 0 0,1")
                .doesNotContainKey("orderCountInfo");
        assertThat(popped(pop(32, 5000, 0)).code()).isEqualTo(ResponseCode.POLLING_TIMEOUT);
    }

    @Test
    void tellsWhoWaitsThatItsGroupIsGone() {
        popped(pop(32, 5000, 0)); // makes the group, where there is none
        CompletableFuture<Response> waiting = peer.send(RequestCode.POP_MESSAGE, pop(32, 5000, 20_000));
        await("the poll", () -> live.broker.popPolls().count("T", "G") == 1);

        live.broker.groups().delete("G", true, _ -> {});

        assertThat(LiveBroker.get(waiting).code()).isEqualTo(ResponseCode.SUBSCRIPTION_GROUP_NOT_EXIST);
        assertThat(live.broker.popPolls().count("T", "G")).isZero();
    }

    private Response poppedBySql(String expression) {
        return popped(pop(32, 5000, 0).ext("exp", expression).ext("expType", "SQL92"));
    }

    @Test
    void handsOutWhatAnExpressionOverPropertiesWants() {
        for (int i = 0; i < 600; i++) {
            String properties = LiveBroker.properties("a", Integer.toString(i));
            assertThat(peer.call(RequestCode.SEND_MESSAGE_V2, LiveBroker.message("T", 0, properties, "body"))
                            .code())
                    .isZero();
        }

        Response response = poppedBySql("a IN ('3', '599')");

        assertThat(records(response)).hasSize(1);
        assertThat(response.ext()).containsEntry("msgOffsetInfo", "0 0 3");
        await("looked at the rest, a part at a time", () -> {
            Response next = poppedBySql("a IN ('3', '599')");
            return next.code() == ResponseCode.SUCCESS
                    && "0 0 599".equals(next.ext().get("msgOffsetInfo"));
        });
    }

    @Test
    void refusesAnExpressionThatCannotBeReadAndALanguageThatIsNotSpoken() {
        assertThat(poppedBySql("a >").code()).isEqualTo(ResponseCode.SUBSCRIPTION_PARSE_FAILED);
        assertThat(popped(pop(32, 5000, 0).ext("exp", "a").ext("expType", "XPATH"))
                        .code())
                .isEqualTo(ResponseCode.SYSTEM_ERROR);
    }

    @Test
    void givesMessagesToBeTriedAgainTheTopicsOwnNameAndTheirReceipt() {
        peer.produce("T", 0, "a", "one");
        popped(pop(32, 100, 0));
        live.clock.advanceMs(100);
        await("given back", () -> {
            runAgents();
            return live.broker.topics().find("%RETRY%G_T") != null
                    && live.broker.log().queue("%RETRY%G_T", 0).offsetMax() == 1;
        });

        Response response = popped(pop(32, 7000, 0));

        MemorySegment record = records(response).getFirst();
        assertThat(MessageRecord.topic(record, 0)).isEqualTo("T");
        assertThat(MessageRecord.reconsumeTimes(record, 0)).isEqualTo(1);
        assertThat(MessageProperties.of(record, 0, "POP_CK"))
                .isEqualTo("0 " + response.ext().get("popTime") + " 7000 0 1 broker-a 0 0");
        assertThat(MessageProperties.of(record, 0, "TAGS")).isEqualTo("a");
        assertThat(response.ext()).containsEntry("startOffsetInfo", "1 0 0").containsEntry("msgOffsetInfo", "1 0 0");
    }

    @Test
    void readsWhatIsNotInMemoryAnyMoreElsewhere() throws IOException {
        try (LiveBroker cold = new LiveBroker(new ByteSize(0))) {
            cold.makeTopic("T", 1);
            Peer other = cold.connect();
            other.produce("T", 0, "a", "one");

            assertThat(records(other.call(RequestCode.POP_MESSAGE, pop(32, 5000, 0))))
                    .hasSize(1);
        }
    }

    @Test
    void saysHowOftenEachMessageWasTriedInOrder() {
        peer.produce("T", 0, "a", "one");
        peer.produce("T", 0, "a", "two");
        Response first = popped(pop(1, 100, 0).ext("order", true));
        assertThat(first.ext()).containsEntry("reviveQid", "999").containsEntry("orderCountInfo", "0 0 0");
        live.clock.advanceMs(100);

        Response second = popped(pop(2, 100, 0).ext("order", true));

        assertThat(second.ext()).containsEntry("orderCountInfo", "0 qo0%0 1;0 0 0");
        assertThat(second.ext()).containsEntry("startOffsetInfo", "0 0 0").containsEntry("msgOffsetInfo", "0 0 0,1");
    }

    @Test
    void answersWhenAMessageComes() {
        CompletableFuture<Response> waiting = peer.send(RequestCode.POP_MESSAGE, pop(1, 100, 10_000));
        await("a pop that waits", () -> live.broker.pop().waiting("T", "G") == 1);
        Reply info = Reply.ok().ext("consumerGroup", "G").ext("topic", "T").ext("queueId", 0);
        assertThat(peer.call(RequestCode.POLLING_INFO, info).ext()).containsEntry("pollingNum", "1");

        peer.produce("T", 0, "a", "one");

        assertThat(records(get(waiting))).hasSize(1);
    }

    @Test
    void tellsAConsumerThatWantsToKnowWithoutHandingOut() {
        Reply question = Reply.ok()
                .ext("consumerGroup", "G")
                .ext("topic", "T")
                .ext("queueId", -1)
                .ext("pollTime", 10_000)
                .ext("bornTime", 0);
        popped(pop(1, 100, 0));
        CompletableFuture<Response> waiting = peer.send(RequestCode.NOTIFICATION, question);
        await("a question that waits", () -> live.broker.pop().waiting("T", "G") == 1);

        peer.produce("T", 0, "a", "one");

        assertThat(get(waiting).ext()).containsEntry("hasMsg", "true");
        assertThat(records(peer.call(RequestCode.PEEK_MESSAGE, pop(1, 0, 0)))).hasSize(1);
        assertThat(records(popped(pop(1, 100, 0)))).hasSize(1);
        assertThat(peer.call(RequestCode.NOTIFICATION, question.ext("pollTime", 0))
                        .ext())
                .containsEntry("hasMsg", "false");
    }

    @Test
    void refusesWhatMakesNoSense() {
        assertThat(popped(pop(33, 100, 0)).code()).isEqualTo(ResponseCode.INVALID_PARAMETER);
        assertThat(popped(pop(1, 100, 0).ext("topic", "none")).code()).isEqualTo(ResponseCode.TOPIC_NOT_EXIST);
        assertThat(popped(pop(1, 100, 0).ext("queueId", 5)).code()).isEqualTo(ResponseCode.INVALID_PARAMETER);
        assertThat(popped(pop(1, 100, 0).ext("exp", "||")).code()).isEqualTo(ResponseCode.SUBSCRIPTION_PARSE_FAILED);
        assertThat(popped(pop(1, 100, 0).ext("topic", "none")).ext())
                .containsKeys("popTime", "invisibleTime", "reviveQid", "restNum");
        assertThat(popped(pop(1, 100, 1000).ext("bornTime", live.clock.nowMs() - 2000))
                        .code())
                .isEqualTo(ResponseCode.POLLING_TIMEOUT);
    }

    // ---- settling

    @Test
    void settlesMessagesByTheirReceipts() {
        peer.produce("T", 0, "a", "one");
        Response popped = popped(pop(1, 100, 0));

        assertThat(peer.call(RequestCode.ACK_MESSAGE, settle(popped, 0)).code()).isZero();
        assertThat(peer.call(RequestCode.ACK_MESSAGE, settle(popped, 0)).code())
                .as("again")
                .isZero();
        assertThat(peer.call(RequestCode.ACK_MESSAGE, settle(popped, 7)).code()).isEqualTo(ResponseCode.NO_MESSAGE);
        assertThat(peer.call(RequestCode.ACK_MESSAGE, settle(popped, 0).ext("queueId", 3))
                        .code())
                .isEqualTo(ResponseCode.MESSAGE_ILLEGAL);
        assertThat(peer.call(RequestCode.ACK_MESSAGE, settle(popped, 0).ext("topic", "none"))
                        .code())
                .isEqualTo(ResponseCode.TOPIC_NOT_EXIST);
        String longName = "a".repeat(300);
        assertThat(popped(pop(1, 100, 0).ext("attemptId", longName)).code()).isEqualTo(ResponseCode.INVALID_PARAMETER);
        Response bad = peer.call(RequestCode.ACK_MESSAGE, settle(popped, 0).ext("extraInfo", "1 x"));
        assertThat(bad.code()).isEqualTo(ResponseCode.SYSTEM_ERROR);
        assertThat(bad.remark()).contains("receipt");
        assertThat(live.broker.counters().snapshot().get("messages_in_flight")).isZero();
    }

    @Test
    void settlesManyMessagesTogether() {
        for (int i = 0; i < 3; i++) {
            peer.produce("T", 0, "a", "m" + i);
        }
        Response popped = popped(pop(3, 100, 0));
        String body = "{\"brokerName\":\"broker-a\",\"acks\":[{\"c\":\"G\",\"t\":\"T\",\"r\":\"0\",\"so\":0,\"q\":0,"
                + "\"rq\":0,\"pt\":" + popped.ext().get("popTime") + ",\"it\":100,\"b\":\"BQ==\"}]}";

        Response response =
                peer.call(RequestCode.BATCH_ACK_MESSAGE, Reply.ok().body(body.getBytes(StandardCharsets.UTF_8)));

        assertThat(response.code()).isZero();
        assertThat(live.broker.counters().snapshot().get("messages_in_flight")).isEqualTo(1);
        assertThat(peer.call(RequestCode.BATCH_ACK_MESSAGE, Reply.ok()).code()).isEqualTo(ResponseCode.NO_MESSAGE);
    }

    @Test
    void changesHowLongAMessageIsInvisible() {
        peer.produce("T", 0, "a", "one");
        Response popped = popped(pop(1, 100, 0));

        Response changed = peer.call(
                RequestCode.CHANGE_MESSAGE_INVISIBLETIME, settle(popped, 0).ext("invisibleTime", 9000));

        assertThat(changed.code()).isZero();
        long newTimeMs = Long.parseLong(changed.ext().get("popTime"));
        long leftMs = Long.parseLong(changed.ext().get("invisibleTime"));
        assertThat(newTimeMs + leftMs).isEqualTo(live.clock.nowMs() + 9000);
        assertThat(changed.ext()).containsEntry("reviveQid", "0");
        Response old = peer.call(
                RequestCode.CHANGE_MESSAGE_INVISIBLETIME, settle(popped, 0).ext("invisibleTime", 1));
        assertThat(old.code()).isEqualTo(ResponseCode.NO_MESSAGE);
    }

    @Test
    void refusesReceiptsOfMoreMessagesThanAnybodyCanHavePopped() {
        String body = "{\"acks\":[{\"c\":\"G\",\"t\":\"T\",\"r\":\"0\",\"so\":0,\"q\":0,\"pt\":1,\"b\":\""
                + Base64.getEncoder().encodeToString(new byte[10_000]).replace('A', '/')
                + "\"}]}";

        Response response =
                peer.call(RequestCode.BATCH_ACK_MESSAGE, Reply.ok().body(body.getBytes(StandardCharsets.UTF_8)));

        assertThat(response.code()).isEqualTo(ResponseCode.SYSTEM_ERROR);
        assertThat(response.remark()).contains("bits");
    }

    @Test
    void settlesOnlySoManyMessagesByOneRequest() {
        String bits = Base64.getEncoder().encodeToString(new byte[4095]).replace('A', '/');
        String ack = "{\"c\":\"G\",\"t\":\"T\",\"r\":\"0\",\"so\":0,\"q\":0,\"pt\":1,\"b\":\"" + bits + "\"}";
        String two = "{\"acks\":[" + ack + "," + ack + "]}";
        String three = "{\"acks\":[" + ack + "," + ack + "," + ack + "]}";

        assertThat(peer.call(RequestCode.BATCH_ACK_MESSAGE, Reply.ok().body(two.getBytes(StandardCharsets.UTF_8)))
                        .code())
                .isZero();
        Response response =
                peer.call(RequestCode.BATCH_ACK_MESSAGE, Reply.ok().body(three.getBytes(StandardCharsets.UTF_8)));

        assertThat(response.code()).isEqualTo(ResponseCode.SYSTEM_ERROR);
        assertThat(response.remark()).contains("65536 messages at most");
    }

    // ---- who gets what

    private Response assignment(String client, String way) {
        String body = "{\"topic\":\"T\",\"consumerGroup\":\"G\",\"clientId\":\"" + client + "\",\"strategyName\":\""
                + way + "\",\"messageModel\":\"CLUSTERING\"}";
        return peer.call(RequestCode.QUERY_ASSIGNMENT, Reply.ok().body(body.getBytes(StandardCharsets.UTF_8)));
    }

    private static String text(Response response) {
        return new String(response.body(), StandardCharsets.UTF_8);
    }

    @Test
    void tellsAConsumerWhatItIsToConsumeFrom() {
        live.makeTopic("T", 3);
        assertThat(text(assignment("c", "AVG"))).as("nobody is there").isEqualTo("{}");
        String heartbeat = "{\"clientID\":\"c\",\"producerDataSet\":[],\"consumerDataSet\":[{\"groupName\":\"G\","
                + "\"consumeType\":\"CONSUME_PASSIVELY\",\"messageModel\":\"CLUSTERING\","
                + "\"subscriptionDataSet\":[{\"topic\":\"T\",\"subString\":\"*\"}]}]}";
        peer.call(RequestCode.HEART_BEAT, Reply.ok().body(heartbeat.getBytes(StandardCharsets.UTF_8)));

        assertThat(text(assignment("c", "AVG")))
                .contains("\"queueId\":0", "\"queueId\":1", "\"queueId\":2", "\"mode\":\"PULL\"");
        assertThat(text(assignment("stranger", "AVG"))).isEqualTo("{\"messageQueueAssignments\":[]}");
        assertThat(text(assignment("c", "OTHER"))).isEqualTo("{}");

        Response set = setMode("T", "G", "POP");
        assertThat(set.code()).isZero();
        assertThat(text(assignment("c", "AVG")))
                .isEqualTo("{\"messageQueueAssignments\":[{\"messageQueue\":{\"brokerName\":\"broker-a\","
                        + "\"queueId\":-1,\"topic\":\"T\"},\"mode\":\"POP\"}]}");
        assertThat(text(peer.call(RequestCode.GET_ALL_MESSAGE_REQUEST_MODE, Reply.ok())))
                .isEqualTo("{\"messageRequestModeMap\":{\"T\":{\"G\":{\"consumerGroup\":\"G\",\"mode\":\"POP\","
                        + "\"popShareQueueNum\":2,\"topic\":\"T\"}}}}");
        assertThat(setMode("%RETRY%G", "G", "POP").code()).isEqualTo(ResponseCode.NO_PERMISSION);
        assertThat(setMode("none", "G", "POP").code()).isEqualTo(ResponseCode.TOPIC_NOT_EXIST);
        assertThat(setMode("T", "not a name", "POP").code()).isEqualTo(ResponseCode.SUBSCRIPTION_GROUP_NOT_EXIST);
    }

    @Test
    void makesTheGroupWhoseWayOfConsumingIsSetBeforeItsFirstConsumerStarts() {
        assertThat(live.broker.groups().find("later")).isNull();

        assertThat(setMode("T", "later", "POP").code()).isZero();

        assertThat(live.broker.groups().find("later")).isNotNull();
        assertThat(live.broker.requestModes().of("T", "later").isPop()).isTrue();
    }

    private Response setMode(String topic, String group, String mode) {
        String body = "{\"topic\":\"" + topic + "\",\"consumerGroup\":\"" + group + "\",\"mode\":\"" + mode
                + "\",\"popShareQueueNum\":2}";
        return peer.call(RequestCode.SET_MESSAGE_REQUEST_MODE, Reply.ok().body(body.getBytes(StandardCharsets.UTF_8)));
    }
}
