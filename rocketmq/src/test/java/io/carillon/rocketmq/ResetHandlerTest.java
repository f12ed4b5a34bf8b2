package io.carillon.rocketmq;

import static io.carillon.rocketmq.LiveBroker.await;
import static io.carillon.rocketmq.LiveBroker.get;
import static org.assertj.core.api.Assertions.assertThat;

import com.alibaba.fastjson2.JSON;
import io.carillon.remoting.Dispatcher;
import io.carillon.remoting.Reply;
import io.carillon.remoting.RequestCode;
import io.carillon.remoting.Response;
import io.carillon.remoting.ResponseCode;
import io.carillon.rocketmq.LiveBroker.Peer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ResetHandlerTest {
    private static final int MESSAGES = 10;

    @AutoClose
    private final LiveBroker live = new LiveBroker();

    private final List<String> pushed = Collections.synchronizedList(new ArrayList<>());
    private final Peer consumer = live.connect(new Dispatcher()
            .on(
                    RequestCode.RESET_CONSUMER_CLIENT_OFFSET,
                    request -> pushed.add(new String(request.copyBody(), StandardCharsets.UTF_8))));
    private final Peer admin = live.connect();
    private long firstMs;

    ResetHandlerTest() throws IOException {}

    @BeforeEach
    void storeMessages() {
        live.makeTopic("T", 2);
        live.runOffsets();
        firstMs = live.clock.nowMs();
        for (int i = 0; i < MESSAGES; i++) {
            consumer.produce("T", 0, "A", "message " + i);
            live.clock.advanceMs(100);
        }
        heartbeat("CLUSTERING");
        commit(MESSAGES);
    }

    private void heartbeat(String model) {
        assertThat(consumer.call(RequestCode.HEART_BEAT, Heartbeats.of("c1", "G", model, "T"))
                        .code())
                .isZero();
    }

    private Response commit(long offset) {
        return consumer.call(
                RequestCode.UPDATE_CONSUMER_OFFSET,
                queue(0).ext("consumerGroup", "G").ext("commitOffset", offset));
    }

    private static Reply queue(int queue) {
        return Reply.ok().ext("topic", "T").ext("queueId", queue);
    }

    private String committed() {
        return consumer.call(RequestCode.QUERY_CONSUMER_OFFSET, queue(0).ext("consumerGroup", "G"))
                .ext()
                .get("offset");
    }

    private static Reply reset(long timestampMs) {
        return Reply.ok()
                .ext("topic", "T")
                .ext("group", "G")
                .ext("timestamp", timestampMs)
                .ext("isForce", true)
                .ext("queueId", -1)
                .ext("offset", -1);
    }

    private static Reply resetOne(int queue, long offset) {
        return Reply.ok()
                .ext("topic", "T")
                .ext("group", "G")
                .ext("timestamp", 0)
                .ext("isForce", false)
                .ext("queueId", queue)
                .ext("offset", offset);
    }

    private Response ask(Reply request) {
        return admin.call(RequestCode.INVOKE_BROKER_TO_RESET_OFFSET, request);
    }

    private static String text(Response response) {
        assertThat(response.code()).as(response.remark()).isZero();
        return new String(response.body(), StandardCharsets.UTF_8);
    }

    private CompletableFuture<Response> pull(Peer who, long offset, int waitMs) {
        return who.send(
                RequestCode.PULL_MESSAGE,
                queue(0).ext("consumerGroup", "G")
                        .ext("queueOffset", offset)
                        .ext("maxMsgNums", 32)
                        .ext("sysFlag", waitMs > 0 ? 2 : 0)
                        .ext("commitOffset", 0)
                        .ext("suspendTimeoutMillis", waitMs)
                        .ext("subVersion", 0));
    }

    @Test
    void tellsTheConsumerWithItsNextPullWhereToGoOn() {
        String answer = text(ask(reset(firstMs + 250)));

        assertThat(answer)
                .isEqualTo("{\"offsetTable\":{{\"brokerName\":\""
                        + live.broker.config().name()
                        + "\",\"queueId\":0,\"topic\":\"T\"}:3,{\"brokerName\":\""
                        + live.broker.config().name() + "\",\"queueId\":1,\"topic\":\"T\"}:0}}");
        assertThat(committed()).isEqualTo("3");
        Response late = commit(MESSAGES);
        assertThat(late.code()).isZero();
        assertThat(late.remark()).isEqualTo("Offset has been previously reset");

        Response told = get(pull(consumer, MESSAGES, 0));
        assertThat(told.code()).isEqualTo(ResponseCode.PULL_OFFSET_MOVED);
        assertThat(told.remark()).isEqualTo("OFFSET_RESET");
        assertThat(told.ext())
                .containsEntry("nextBeginOffset", "3")
                .containsEntry("minOffset", "0")
                .containsEntry("maxOffset", "10");

        assertThat(get(pull(consumer, 3, 0)).code()).isZero();
        assertThat(commit(4).remark()).isNull();
        assertThat(committed()).isEqualTo("4");
    }

    @Test
    void wakesAConsumerThatWaitsForMessages() {
        CompletableFuture<Response> waiting = pull(consumer, MESSAGES, 15_000);
        await("the pull waits", () -> live.broker.polls().count() == 1);

        text(ask(resetOne(0, 2)));

        Response told = get(waiting);
        assertThat(told.code()).isEqualTo(ResponseCode.PULL_OFFSET_MOVED);
        assertThat(told.ext()).containsEntry("nextBeginOffset", "2");
    }

    @Test
    void worksWhileNobodyIsConnected() {
        consumer.close();
        await("the consumer is gone", () -> live.broker.clients().group("G") == null);

        text(ask(resetOne(0, 2)));

        Peer again = live.connect();
        again.call(RequestCode.HEART_BEAT, Heartbeats.of("c2", "G", "CLUSTERING", "T"));
        Response begin = again.call(RequestCode.QUERY_CONSUMER_OFFSET, queue(0).ext("consumerGroup", "G"));
        assertThat(begin.ext()).containsEntry("offset", "2");
        assertThat(get(pull(again, 2, 0)).code()).isZero();
        await("the reset is settled", () -> live.broker.offsets().resetCount() == 0);
    }

    @Test
    void skipsWhatHasAccumulated() {
        assertThat(text(ask(resetOne(0, 1)))).contains(":1}");
        get(pull(consumer, 1, 0));

        assertThat(text(ask(reset(-1)))).contains("\"topic\":\"T\"}:10,");

        assertThat(committed()).isEqualTo("10");
    }

    @Test
    void neverMovesAGroupForwardByTimeUnlessItIsForcedTo() {
        text(ask(resetOne(0, 1)));
        get(pull(consumer, 1, 0));

        assertThat(text(ask(reset(-1).ext("isForce", false)))).contains("\"queueId\":0,\"topic\":\"T\"}:1,");
        assertThat(text(ask(reset(firstMs).ext("isForce", false)))).contains("\"queueId\":0,\"topic\":\"T\"}:0,");
    }

    @Test
    void refusesWhatCannotBe() {
        assertThat(ask(reset(0).ext("topic", "none")).code()).isEqualTo(ResponseCode.TOPIC_NOT_EXIST);
        assertThat(ask(reset(0).ext("group", "none")).code()).isEqualTo(ResponseCode.SUBSCRIPTION_GROUP_NOT_EXIST);
        assertThat(ask(resetOne(2, 1)).code()).isEqualTo(ResponseCode.INVALID_PARAMETER);
        assertThat(ask(resetOne(0, MESSAGES + 1)).remark())
                .isEqualTo("Target offset 11 not in consume queue range [0-10]");
        assertThat(live.broker.groups().find("none")).as("asking makes nothing").isNull();
        assertThat(live.broker.offsets().resetCount()).isZero();
    }

    @Test
    void pushesToTheMembersOfABroadcastingGroup() {
        heartbeat("BROADCASTING");

        text(ask(reset(firstMs + 250)));

        await("the member is told", () -> !pushed.isEmpty());
        assertThat(pushed.getFirst())
                .contains("\"queueId\":0,\"topic\":\"T\"}:3,")
                .startsWith("{\"offsetTable\":{{");
        assertThat(get(pull(consumer, MESSAGES, 0)).code()).isEqualTo(ResponseCode.PULL_NOT_FOUND);
        assertThat(live.broker.offsets().resetCount()).isZero();
    }

    @Test
    void copiesOffsetsToAGroupThatIsYetToCome() {
        Reply copy = Reply.ok().ext("srcGroup", "G").ext("destGroup", "H").ext("offline", false);

        text(admin.call(RequestCode.CLONE_GROUP_OFFSET, copy));

        assertThat(live.broker.offsets().of("H")).isEqualTo(Map.of("T", Map.of(0, 10L)));
        assertThat(admin.call(RequestCode.CLONE_GROUP_OFFSET, copy.ext("topic", "none"))
                        .code())
                .isEqualTo(ResponseCode.TOPIC_NOT_EXIST);
        assertThat(admin.call(RequestCode.CLONE_GROUP_OFFSET, copy.ext("destGroup", "a b"))
                        .code())
                .isEqualTo(ResponseCode.INVALID_PARAMETER);
    }

    @Test
    void copiesNoTopicThatAnOnlineGroupHasLeftUnlessItIsAskedTo() {
        live.makeTopic("U", 1);
        consumer.call(
                RequestCode.HEART_BEAT,
                Heartbeats.of("c1", "G", "CLUSTERING", "U")
                        .body(new String(
                                        Heartbeats.of("c1", "G", "CLUSTERING", "U")
                                                .body(),
                                        StandardCharsets.UTF_8)
                                .replace("\"subVersion\":1", "\"subVersion\":2")
                                .getBytes(StandardCharsets.UTF_8)));
        Reply copy = Reply.ok().ext("srcGroup", "G").ext("destGroup", "H").ext("topic", "T");

        text(admin.call(RequestCode.CLONE_GROUP_OFFSET, copy));
        assertThat(live.broker.offsets().of("H")).isEmpty();

        text(admin.call(RequestCode.CLONE_GROUP_OFFSET, copy.ext("offline", true)));
        assertThat(live.broker.offsets().of("H")).isEqualTo(Map.of("T", Map.of(0, 10L)));
    }

    @Test
    void comparesTheSlowestGroupWithAnother() {
        live.broker.offsets().commit("slow", "T", 0, 2);
        live.broker.offsets().commit("ahead", "T", 0, 9);
        live.broker.offsets().commit("behind", "T", 0, 1);
        commit(MESSAGES);

        assertThat(correction("ahead", "")).isEqualTo("{\"0\":1}");
        assertThat(correction("ahead", "behind")).isEqualTo("{\"0\":2}");
        assertThat(correction("behind", "behind")).isEqualTo("{\"0\":" + Long.MAX_VALUE + "}");
        assertThat(live.broker.offsets().of("behind"))
                .as("left out, not removed")
                .isNotEmpty();
    }

    private String correction(String compareWith, String without) {
        Response answer = admin.call(
                RequestCode.QUERY_CORRECTION_OFFSET,
                Reply.ok().ext("topic", "T").ext("compareGroup", compareWith).ext("filterGroups", without));
        return JSON.parseObject(text(answer)).getJSONObject("correctionOffsets").toString();
    }

    @Test
    void forbidsAGroupToReadATopicAndAllowsItAgain() {
        Reply ban = Reply.ok().ext("group", "G").ext("topic", "T");
        assertThat(text(admin.call(RequestCode.UPDATE_AND_GET_GROUP_FORBIDDEN, ban)))
                .isEqualTo("{\"group\":\"G\",\"readable\":true,\"topic\":\"T\"}");

        assertThat(text(admin.call(RequestCode.UPDATE_AND_GET_GROUP_FORBIDDEN, ban.ext("readable", false))))
                .contains("\"readable\":false");
        Response refused = get(pull(consumer, 0, 0));
        assertThat(refused.code()).isEqualTo(ResponseCode.NO_PERMISSION);
        assertThat(refused.remark()).contains("forbidden");
        assertThat(text(admin.call(RequestCode.GET_ALL_SUBSCRIPTIONGROUP_CONFIG, Reply.ok())))
                .contains("\"forbiddenTable\":{\"G\":{\"T\":4}}");

        text(admin.call(RequestCode.UPDATE_AND_GET_GROUP_FORBIDDEN, ban.ext("readable", true)));
        assertThat(get(pull(consumer, 0, 0)).code()).isZero();
        assertThat(admin.call(RequestCode.UPDATE_AND_GET_GROUP_FORBIDDEN, ban.ext("group", "none"))
                        .code())
                .isEqualTo(ResponseCode.SUBSCRIPTION_GROUP_NOT_EXIST);
    }

    @Test
    void showsTheEntriesOfAConsumeQueue() {
        Reply wanted = queue(0).ext("index", 8).ext("count", 5).ext("consumerGroup", "G");

        String shown = text(admin.call(RequestCode.QUERY_CONSUME_QUEUE, wanted));

        assertThat(JSON.parseObject(shown))
                .containsEntry("maxQueueIndex", 10)
                .containsEntry("minQueueIndex", 0)
                .containsEntry("filterData", "null");
        assertThat(JSON.parseObject(shown).getJSONArray("queueData")).hasSize(2);
        assertThat(shown).contains("\"eval\":true", "\"tagsCode\":" + "A".hashCode());
        assertThat(admin.call(RequestCode.QUERY_CONSUME_QUEUE, wanted.ext("index", 10))
                        .remark())
                .isEqualTo("Index 10 of 0@T is not exist!");
        assertThat(admin.call(RequestCode.QUERY_CONSUME_QUEUE, wanted.ext("topic", "none"))
                        .code())
                .isEqualTo(ResponseCode.SYSTEM_ERROR);
    }
}
