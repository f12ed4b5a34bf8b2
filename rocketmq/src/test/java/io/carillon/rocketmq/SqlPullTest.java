package io.carillon.rocketmq;

import static io.carillon.rocketmq.LiveBroker.await;
import static io.carillon.rocketmq.LiveBroker.get;
import static org.assertj.core.api.Assertions.assertThat;

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
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Pulls whose filter must see the messages' properties. */
class SqlPullTest {
    private static final int SUSPEND = 2;
    private static final int EXPRESSION = 4;
    private static final int CLASS_FILTER = 8;

    @AutoClose
    private final LiveBroker live = new LiveBroker();

    private final Peer peer = live.connect();

    SqlPullTest() throws IOException {}

    @BeforeEach
    void makeTopic() {
        live.makeTopic("T", 1);
    }

    private static Reply pull(long offset, int flags) {
        return Reply.ok()
                .ext("consumerGroup", "G")
                .ext("topic", "T")
                .ext("queueId", 0)
                .ext("queueOffset", offset)
                .ext("maxMsgNums", 32)
                .ext("sysFlag", flags)
                .ext("commitOffset", 0)
                .ext("suspendTimeoutMillis", 15_000)
                .ext("subVersion", 1);
    }

    private static Reply bySql(long offset, int flags, String expression) {
        return pull(offset, flags | EXPRESSION).ext("subscription", expression).ext("expressionType", "SQL92");
    }

    private Response pulled(Reply request) {
        return peer.call(RequestCode.PULL_MESSAGE, request);
    }

    private static void produce(Peer peer, String... amounts) {
        for (String amount : amounts) {
            Reply message = LiveBroker.message("T", 0, LiveBroker.properties("amount", amount), "body");
            assertThat(peer.call(RequestCode.SEND_MESSAGE_V2, message).code()).isZero();
        }
    }

    private static List<String> amounts(Response response) {
        List<String> amounts = new ArrayList<>();
        MemorySegment bytes = MemorySegment.ofArray(response.body());
        for (long at = 0; at < bytes.byteSize(); at += MessageRecord.totalSize(bytes, at)) {
            amounts.add(Objects.requireNonNull(MessageProperties.of(bytes, at, "amount")));
        }
        return amounts;
    }

    private void subscribe(String expression, long version, String more) {
        String heartbeat = "{'clientID':'c1','consumerDataSet':[{'groupName':'G','subscriptionDataSet':"
                + "[{'topic':'T','subString':'" + expression + "','subVersion':" + version + more + "}]}]}";
        byte[] body = heartbeat.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
        assertThat(peer.call(RequestCode.HEART_BEAT, Reply.ok().body(body)).code())
                .isZero();
    }

    private void subscribe(String expression, long version) {
        subscribe(expression, version, ",'expressionType':'SQL92'");
    }

    @Test
    void filtersByTheExpressionInTheRequest() {
        produce(peer, "1", "7", "x", "9");

        Response found = pulled(bySql(0, 0, "amount > 5"));
        assertThat(amounts(found)).containsExactly("7", "9");
        assertThat(found.ext()).containsEntry("nextBeginOffset", "4");

        Response none = pulled(bySql(0, 0, "amount > 50"));
        assertThat(none.code()).isEqualTo(ResponseCode.PULL_RETRY_IMMEDIATELY);
        assertThat(none.ext()).containsEntry("nextBeginOffset", "4");
    }

    @Test
    void filtersByTheExpressionOfTheHeartbeat() {
        produce(peer, "1", "7");
        subscribe("amount > 5", 1);
        assertThat(amounts(pulled(pull(0, 0)))).containsExactly("7");

        subscribe("amount < 5", 2);
        assertThat(amounts(pulled(pull(0, 0)))).containsExactly("1");
    }

    /** Only the broker can filter by properties; whoever filters by tags sorts once more, and need not wait. */
    @Test
    void givesNothingUnfilteredWhenItLeadsSinceAMomentAgoAndTheHeartbeatIsStillToCome() {
        produce(peer, "1", "7");
        subscribe("*", 1, "");
        live.broker.clients().takeOver();

        Response early = pulled(pull(0, 0).ext("subVersion", 2).ext("expressionType", "SQL92"));
        assertThat(early.code()).isEqualTo(ResponseCode.SUBSCRIPTION_NOT_LATEST);
        assertThat(amounts(pulled(pull(0, 0).ext("subVersion", 2).ext("expressionType", "TAG"))))
                .containsExactly("1", "7");

        subscribe("amount > 5", 2);
        assertThat(amounts(pulled(pull(0, 0).ext("subVersion", 2).ext("expressionType", "SQL92"))))
                .containsExactly("7");
    }

    @Test
    void saysWhatIsWrongInAnExpression() {
        Response inRequest = pulled(bySql(0, 0, "amount >"));
        assertThat(inRequest.code()).isEqualTo(ResponseCode.SUBSCRIPTION_PARSE_FAILED);
        assertThat(inRequest.remark()).contains("character 9", "found the end");

        subscribe("amount >", 1);
        Response inHeartbeat = pulled(pull(0, 0));
        assertThat(inHeartbeat.code()).isEqualTo(ResponseCode.FILTER_DATA_NOT_EXIST);
        assertThat(inHeartbeat.remark()).contains("Your expression may be wrong", "character 9");
    }

    @Test
    void saysThatTheBrokerKnowsAnOlderExpression() {
        subscribe("amount > 5", 1);

        assertThat(pulled(pull(0, 0).ext("subVersion", 2)).code()).isEqualTo(ResponseCode.SUBSCRIPTION_NOT_LATEST);
    }

    @Test
    void refusesFiltersThatAreAClass() {
        String refusal = "The broker does not support consumer to filter message by CLASS";
        Response inRequest = pulled(bySql(0, CLASS_FILTER, "com.example.Filter"));
        assertThat(inRequest.code()).isEqualTo(ResponseCode.SYSTEM_ERROR);
        assertThat(inRequest.remark()).isEqualTo(refusal);

        subscribe("com.example.Filter", 1, ",'classFilterMode':true");
        assertThat(pulled(pull(0, 0)).remark()).isEqualTo(refusal);
    }

    @Test
    void waitsOnWhenAMessageIsNotForIt() {
        CompletableFuture<Response> waiting = peer.send(RequestCode.PULL_MESSAGE, bySql(0, SUSPEND, "amount > 5"));
        await("a waiting pull", () -> live.broker.polls().count() == 1);

        produce(live.connect(), "1", "2");
        await("it to wait again", () -> live.broker.polls().count() == 1);
        assertThat(waiting).isNotDone();
        produce(live.connect(), "7");

        assertThat(amounts(get(waiting))).containsExactly("7");
        assertThat(get(waiting).ext()).containsEntry("nextBeginOffset", "3");
    }

    @Test
    void waitsNoLongerInAllThanItMay() {
        CompletableFuture<Response> waiting = peer.send(RequestCode.PULL_MESSAGE, bySql(0, SUSPEND, "amount > 5"));
        await("a waiting pull", () -> live.broker.polls().count() == 1);
        live.clock.advanceMs(10_000);
        long looksBefore = looks();
        produce(live.connect(), "1");
        await(
                "a look in vain",
                () -> looks() > looksBefore && live.broker.polls().count() == 1);

        live.clock.advanceMs(4_900);
        assertThat(live.broker.polls().doWork()).isZero();
        live.clock.advanceMs(110);
        assertThat(live.broker.polls().doWork()).isEqualTo(1);

        assertThat(get(waiting).code()).isEqualTo(ResponseCode.PULL_NOT_FOUND);
        assertThat(get(waiting).ext()).containsEntry("nextBeginOffset", "1");
    }

    private long looks() {
        return live.broker.counters().snapshot().getOrDefault("reads_missed", 0L);
    }

    @Test
    void readsWhatIsNoLongerInMemoryOnAnotherThread() throws IOException {
        try (LiveBroker slow = new LiveBroker(new ByteSize(0))) {
            slow.makeTopic("T", 1);
            Peer reader = slow.connect();
            produce(reader, "1", "7", "8", "2");

            Response found = reader.call(RequestCode.PULL_MESSAGE, bySql(0, SUSPEND, "amount > 5"));
            assertThat(amounts(found)).containsExactly("7", "8");
            assertThat(found.ext()).containsEntry("nextBeginOffset", "4");
            assertThat(slow.coldReads).hasValue(1);

            Response none = reader.call(RequestCode.PULL_MESSAGE, bySql(3, SUSPEND, "amount > 5"));
            assertThat(none.code()).isEqualTo(ResponseCode.PULL_RETRY_IMMEDIATELY);
            assertThat(none.ext()).containsEntry("nextBeginOffset", "4");
            assertThat(slow.coldReads).hasValue(2);
        }
    }

    @Test
    void readsRecentMessagesWithoutAnotherThread() {
        produce(peer, "7");

        assertThat(amounts(pulled(bySql(0, 0, "amount > 5")))).containsExactly("7");
        assertThat(live.coldReads).hasValue(0);
    }
}
