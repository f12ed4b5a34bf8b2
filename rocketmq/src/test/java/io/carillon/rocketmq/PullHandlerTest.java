package io.carillon.rocketmq;

import static io.carillon.rocketmq.LiveBroker.await;
import static io.carillon.rocketmq.LiveBroker.get;
import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.base.ByteSize;
import io.carillon.broker.admin.Stats;
import io.carillon.message.MessageRecord;
import io.carillon.remoting.Reply;
import io.carillon.remoting.RequestCode;
import io.carillon.remoting.Response;
import io.carillon.remoting.ResponseCode;
import io.carillon.rocketmq.LiveBroker.Peer;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PullHandlerTest {
    private static final int COMMIT = 1;
    private static final int SUSPEND = 2;
    private static final int EXPRESSION = 4;

    @AutoClose
    private final LiveBroker live = new LiveBroker();

    private final Peer peer = live.connect();

    PullHandlerTest() throws IOException {}

    @BeforeEach
    void makeTopic() {
        live.makeTopic("T", 2);
    }

    private static Reply pull(int queue, long offset, int flags) {
        return Reply.ok()
                .ext("consumerGroup", "G")
                .ext("topic", "T")
                .ext("queueId", queue)
                .ext("queueOffset", offset)
                .ext("maxMsgNums", 32)
                .ext("sysFlag", flags)
                .ext("commitOffset", 7)
                .ext("suspendTimeoutMillis", 15_000)
                .ext("subVersion", 0);
    }

    private static Reply byTags(int queue, long offset, int flags, String expression) {
        return pull(queue, offset, flags | EXPRESSION).ext("subscription", expression);
    }

    private Response pulled(Reply request) {
        return peer.call(RequestCode.PULL_MESSAGE, request);
    }

    private static Map<String, String> numbers(long next, long min, long max) {
        return Map.of(
                "suggestWhichBrokerId",
                "0",
                "nextBeginOffset",
                Long.toString(next),
                "minOffset",
                Long.toString(min),
                "maxOffset",
                Long.toString(max));
    }

    private static List<String> bodies(Response response) {
        List<String> bodies = new ArrayList<>();
        MemorySegment bytes = MemorySegment.ofArray(response.body());
        for (long at = 0; at < bytes.byteSize(); at += MessageRecord.totalSize(bytes, at)) {
            assertThat(MessageRecord.isWhole(bytes, at, bytes.byteSize())).isTrue();
            byte[] text = bytes.asSlice(MessageRecord.bodyAt(bytes, at), MessageRecord.bodyLength(bytes, at))
                    .toArray(ValueLayout.JAVA_BYTE);
            bodies.add(new String(text, StandardCharsets.UTF_8));
        }
        return bodies;
    }

    @Test
    void givesStoredMessagesAndSaysWhereToGoOn() {
        peer.produce("T", 0, "a", "one");
        peer.produce("T", 0, "b", "two");

        Response response = pulled(byTags(0, 0, 0, "*"));

        assertThat(response.code()).isZero();
        assertThat(response.remark()).isEqualTo("FOUND");
        assertThat(response.ext()).isEqualTo(numbers(2, 0, 2));
        assertThat(bodies(response)).containsExactly("one", "two");
    }

    @Test
    void answersTheLitePullConsumerTheSameWay() {
        peer.produce("T", 0, "a", "one");

        Response response = peer.call(RequestCode.LITE_PULL_MESSAGE, byTags(0, 0, 16, "a"));

        assertThat(bodies(response)).containsExactly("one");
    }

    @Test
    void filtersByTheTagsInTheRequest() {
        peer.produce("T", 0, "a", "one");
        peer.produce("T", 0, "b", "two");

        assertThat(bodies(pulled(byTags(0, 0, 0, "b || c")))).containsExactly("two");
        Response none = pulled(byTags(0, 0, 0, "c"));
        assertThat(none.code()).isEqualTo(ResponseCode.PULL_RETRY_IMMEDIATELY);
        assertThat(none.ext()).isEqualTo(numbers(2, 0, 2));
    }

    @Test
    void makesAnUnknownGroupWhileItsPullWaits() {
        assertThat(live.broker.groups().find("G")).isNull();

        Response response = pulled(pull(0, 0, SUSPEND));

        assertThat(response.code()).isEqualTo(ResponseCode.SUBSCRIPTION_NOT_EXIST);
        assertThat(response.ext()).isEqualTo(numbers(0, 0, 0));
        assertThat(live.broker.groups().find("G")).isNotNull();
    }

    @Test
    void tellsEachRefusalByItsCodeAndStillGivesAllNumbers() {
        Response noTopic = pulled(byTags(0, 0, 0, "*").ext("topic", "none"));
        assertThat(noTopic.code()).isEqualTo(ResponseCode.TOPIC_NOT_EXIST);
        assertThat(noTopic.ext()).isEqualTo(numbers(0, 0, 0));

        assertThat(pulled(byTags(9, 0, 0, "*")).code()).isEqualTo(ResponseCode.INVALID_PARAMETER);
        assertThat(pulled(byTags(0, 0, 0, "||")).code()).isEqualTo(ResponseCode.SUBSCRIPTION_PARSE_FAILED);
        Response other = pulled(byTags(0, 0, 0, "a > 1").ext("expressionType", "XPATH"));
        assertThat(other.code()).isEqualTo(ResponseCode.SYSTEM_ERROR);
        assertThat(other.remark()).isEqualTo("The broker does not support consumer to filter message by XPATH");
        assertThat(pulled(byTags(0, 0, 0, "*").ext("consumerGroup", "not a name"))
                        .code())
                .isEqualTo(ResponseCode.SUBSCRIPTION_GROUP_NOT_EXIST);
    }

    @Test
    void sendsAReaderThatIsOutOfRangeBackIntoIt() {
        peer.produce("T", 0, "a", "one");

        Response beyond = pulled(byTags(0, 5, SUSPEND, "*"));
        assertThat(beyond.code()).isEqualTo(ResponseCode.PULL_OFFSET_MOVED);
        assertThat(beyond.ext()).isEqualTo(numbers(1, 0, 1));
        assertThat(pulled(byTags(0, -1, SUSPEND, "*")).ext()).isEqualTo(numbers(0, 0, 1));
    }

    @Test
    void answersAtOnceWhenTheConsumerMustNotWait() {
        Response response = pulled(byTags(0, 0, 0, "*"));

        assertThat(response.code()).isEqualTo(ResponseCode.PULL_NOT_FOUND);
        assertThat(response.ext()).isEqualTo(numbers(0, 0, 0));
    }

    @Test
    void countsWhatItRead() {
        peer.produce("T", 0, "a", "one");
        peer.produce("T", 0, "a", "two");
        pulled(byTags(0, 0, 0, "*"));
        pulled(byTags(0, 2, 0, "*"));

        Stats stats = live.broker.admin().stats();
        assertThat(stats.readTotal()).isEqualTo(2);
        live.clock.advanceMs(10_000);
        assertThat(stats.readRates()).startsWith("0.2 ");
        assertThat(stats.foundRates()).startsWith("0.1 ");
        assertThat(stats.missedRates()).startsWith("0.1 ");
    }

    @Test
    void answersAWaitingPullWhenItsMessageComes() {
        CompletableFuture<Response> waiting = peer.send(RequestCode.PULL_MESSAGE, byTags(0, 0, SUSPEND, "a"));
        CompletableFuture<Response> other = peer.send(RequestCode.PULL_MESSAGE, byTags(1, 0, SUSPEND, "*"));
        await("two waiting pulls", () -> live.broker.polls().count() == 2);

        peer.produce("T", 0, "b", "not wanted");
        assertThat(waiting).isNotDone();
        peer.produce("T", 0, "a", "wanted");

        assertThat(bodies(get(waiting))).containsExactly("wanted");
        assertThat(get(waiting).ext()).isEqualTo(numbers(2, 0, 2));
        assertThat(other).isNotDone();
    }

    @Test
    void answersAWaitingPullWhenItsTimeIsUp() {
        CompletableFuture<Response> waiting = peer.send(RequestCode.PULL_MESSAGE, byTags(0, 0, SUSPEND, "a"));
        await("a waiting pull", () -> live.broker.polls().count() == 1);
        peer.produce("T", 0, "b", "not wanted");

        live.clock.advanceMs(14_999);
        assertThat(live.broker.polls().doWork()).isZero();
        live.clock.advanceMs(6);
        assertThat(live.broker.polls().doWork()).isEqualTo(1);

        assertThat(get(waiting).code()).isEqualTo(ResponseCode.PULL_NOT_FOUND);
        assertThat(get(waiting).ext())
                .as("it need not look at what passed again")
                .isEqualTo(numbers(1, 0, 1));
    }

    private void subscribe(String tag, long version) {
        String heartbeat = "{'clientID':'c1','consumerDataSet':[{'groupName':'G','subscriptionDataSet':"
                + "[{'topic':'T','subString':'" + tag + "','subVersion':" + version + ",'expressionType':'TAG'}]}]}";
        byte[] body = heartbeat.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
        assertThat(peer.call(RequestCode.HEART_BEAT, Reply.ok().body(body)).code())
                .isZero();
    }

    @Test
    void looksAgainAtWhatPassedAWaitingPullWhenTheGroupWantsSomethingElseMeanwhile() {
        subscribe("a", 1);
        CompletableFuture<Response> waiting = peer.send(RequestCode.PULL_MESSAGE, pull(0, 0, SUSPEND));
        await("a waiting pull", () -> live.broker.polls().count() == 1);
        peer.produce("T", 0, "b", "one");
        subscribe("b", 2);

        live.clock.advanceMs(15_005);
        live.broker.polls().doWork();

        assertThat(bodies(get(waiting))).containsExactly("one");
        assertThat(get(waiting).ext()).isEqualTo(numbers(1, 0, 1));
    }

    @Test
    void doesNotLookAgainAtWhatPassedAWaitingPullOfTheSameSubscription() {
        subscribe("a", 1);
        CompletableFuture<Response> waiting = peer.send(RequestCode.PULL_MESSAGE, pull(0, 0, SUSPEND));
        await("a waiting pull", () -> live.broker.polls().count() == 1);
        peer.produce("T", 0, "b", "one");
        subscribe("a", 2);

        live.clock.advanceMs(15_005);
        live.broker.polls().doWork();

        assertThat(get(waiting).code()).isEqualTo(ResponseCode.PULL_NOT_FOUND);
        assertThat(get(waiting).ext()).isEqualTo(numbers(1, 0, 1));
    }

    @Test
    void answersManyWaitingPullsOfOneConnectionOnceEach() {
        List<CompletableFuture<Response>> waiting = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            waiting.add(peer.send(RequestCode.PULL_MESSAGE, byTags(0, 0, SUSPEND, "*")));
        }
        await("50 waiting pulls", () -> live.broker.polls().count() == 50);

        live.connect().produce("T", 0, "a", "one");

        assertThat(waiting).allSatisfy(one -> assertThat(bodies(get(one))).containsExactly("one"));
        assertThat(live.broker.polls().count()).isZero();
    }

    @Test
    void dropsTheWaitingPullsOfAConnectionThatCloses() {
        Peer leaves = live.connect();
        leaves.send(RequestCode.PULL_MESSAGE, byTags(0, 0, SUSPEND, "*"));
        leaves.send(RequestCode.PULL_MESSAGE, byTags(1, 0, SUSPEND, "*"));
        await("two waiting pulls", () -> live.broker.polls().count() == 2);

        leaves.close();

        await("no waiting pull", () -> live.broker.polls().count() == 0);
    }

    @Test
    void answersWaitingPullsBeforeTheBrokerStops() {
        CompletableFuture<Response> waiting = peer.send(RequestCode.PULL_MESSAGE, byTags(0, 0, SUSPEND, "*"));
        await("a waiting pull", () -> live.broker.polls().count() == 1);

        live.broker.polls().stop();

        assertThat(get(waiting).code()).isEqualTo(ResponseCode.PULL_NOT_FOUND);
        assertThat(pulled(byTags(0, 0, SUSPEND, "*")).code()).isEqualTo(ResponseCode.PULL_NOT_FOUND);
    }

    @Test
    void notesWhatAPullCommitsUnlessItIsRefused() {
        pulled(byTags(0, 0, COMMIT, "*"));
        pulled(byTags(9, 0, COMMIT, "*"));
        pulled(byTags(1, 0, 0, "*"));

        assertThat(live.broker.offsets().current("G", "T", 0)).isEqualTo(7);
        assertThat(live.broker.offsets().current("G", "T", 1)).isEqualTo(-1);
    }

    @Test
    void commitsOnceThoughThePullIsLookedAtAgain() {
        CompletableFuture<Response> waiting = peer.send(RequestCode.PULL_MESSAGE, byTags(0, 0, COMMIT | SUSPEND, "*"));
        await("a waiting pull", () -> live.broker.polls().count() == 1);
        live.broker.offsets().commit("G", "T", 0, 3);

        peer.produce("T", 0, "a", "one");

        assertThat(bodies(get(waiting))).containsExactly("one");
        assertThat(live.broker.offsets().current("G", "T", 0)).isEqualTo(3);
    }

    @Test
    void readsWhatIsNoLongerInMemoryOnAnotherThread() throws IOException {
        try (LiveBroker slow = new LiveBroker(new ByteSize(0))) {
            slow.makeTopic("T", 1);
            Peer reader = slow.connect();
            reader.produce("T", 0, "a", "one");
            reader.produce("T", 0, "a", "two");

            Response response = reader.call(RequestCode.PULL_MESSAGE, byTags(0, 0, 0, "*"));

            assertThat(bodies(response)).containsExactly("one", "two");
            assertThat(response.ext()).isEqualTo(numbers(2, 0, 2));
            assertThat(slow.coldReads).hasValue(1);
        }
    }

    @Test
    void readsRecentMessagesWithoutAnotherThread() {
        peer.produce("T", 0, "a", "one");

        pulled(byTags(0, 0, 0, "*"));

        assertThat(live.coldReads).hasValue(0);
    }

    @Test
    void saysWhichFieldOfARequestIsMissing() {
        Response response = peer.call(RequestCode.PULL_MESSAGE, Reply.ok().ext("consumerGroup", "G"));

        assertThat(response.code()).isEqualTo(ResponseCode.SYSTEM_ERROR);
        assertThat(response.remark()).contains("sysFlag");
    }
}
