package io.carillon.rocketmq;

import static io.carillon.rocketmq.LiveBroker.await;
import static io.carillon.rocketmq.LiveBroker.properties;
import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.log.ConsumeQueue;
import io.carillon.message.Topic;
import io.carillon.remoting.Reply;
import io.carillon.remoting.RequestCode;
import io.carillon.remoting.Response;
import io.carillon.remoting.ResponseCode;
import io.carillon.rocketmq.LiveBroker.Peer;
import io.carillon.testkit.Changed;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

class ReplyHandlerTest {
    private static final String REPLIES = "DefaultCluster_REPLY_TOPIC";

    @AutoClose
    private final LiveBroker live = new LiveBroker();

    private final Peer asker = live.connect();
    private final Peer replier = live.connect();

    ReplyHandlerTest() throws IOException {}

    private static void beat(Peer peer, String clientId) {
        String body = "{\"clientID\":\"" + clientId + "\",\"producerDataSet\":[{\"groupName\":\"P\"}]}";
        Response answer = peer.call(RequestCode.HEART_BEAT, Reply.ok().body(body.getBytes(StandardCharsets.UTF_8)));
        assertThat(answer.code()).isZero();
    }

    private static Reply replyTo(String clientId) {
        return LiveBroker.message(
                        REPLIES,
                        0,
                        properties("MSG_TYPE", "reply", "CORRELATION_ID", "c-1", "REPLY_TO_CLIENT", clientId),
                        "answer")
                .ext("h", 7)
                .ext("f", 0x301);
    }

    private Response replied(Reply reply) {
        return replier.call(RequestCode.SEND_REPLY_MESSAGE_V2, reply);
    }

    private long kept() {
        ConsumeQueue queue = live.broker.log().existingQueue(REPLIES, 0);
        return queue == null ? 0 : queue.offsetMax();
    }

    @Test
    void handsAReplyToTheClientThatAskedAndKeepsIt() {
        beat(asker, "asker");

        Response answer = replied(replyTo("asker"));

        assertThat(answer.code()).as(answer.remark()).isZero();
        assertThat(answer.ext()).containsEntry("queueId", "0").containsEntry("queueOffset", "0");
        assertThat(answer.ext().get("msgId")).hasSize(32);
        Map<String, String> pushed = asker.replies.getFirst();
        assertThat(pushed)
                .containsEntry("topic", REPLIES)
                .containsEntry("producerGroup", "P")
                .containsEntry("defaultTopic", "TBW102")
                .containsEntry("defaultTopicQueueNums", "4")
                .containsEntry("queueId", "0")
                .containsEntry("sysFlag", "769")
                .containsEntry("flag", "7")
                .containsEntry("bornTimestamp", "1")
                .containsEntry("reconsumeTimes", "0")
                .containsEntry("unitMode", "false")
                .containsEntry("body", "answer");
        assertThat(pushed.get("bornHost")).startsWith("127.0.0.1:");
        assertThat(pushed.get("storeHost")).startsWith("127.0.0.1:");
        assertThat(pushed.get("properties"))
                .contains(properties("CORRELATION_ID", "c-1"))
                .contains("PUSH_REPLY_TIME\u0001");
        assertThat(kept()).isEqualTo(1);
        await("nothing is in flight", () -> live.bytesInFlight() == 0);
    }

    @Test
    void takesTheLongHeaderNamesOfOldClients() {
        beat(asker, "asker");
        Reply old = Reply.ok()
                .ext("producerGroup", "P")
                .ext("topic", REPLIES)
                .ext("defaultTopic", "TBW102")
                .ext("defaultTopicQueueNums", 4)
                .ext("queueId", -1)
                .ext("sysFlag", 0)
                .ext("bornTimestamp", 1)
                .ext("flag", 0)
                .ext("properties", properties("REPLY_TO_CLIENT", "asker"))
                .body(new byte[] {'x'});

        assertThat(replier.call(RequestCode.SEND_REPLY_MESSAGE, old).code()).isZero();

        assertThat(asker.replies).hasSize(1);
    }

    @Test
    void saysWhenTheClientThatAskedIsNotThere() {
        Response answer = replied(replyTo("nobody"));

        assertThat(answer.code()).isEqualTo(ResponseCode.SYSTEM_ERROR);
        assertThat(answer.remark()).isEqualTo("push reply message fail, channel of <nobody> not found.");
        assertThat(answer.ext()).containsKeys("MSG_REGION", "TRACE_ON");
        assertThat(kept()).isZero();
    }

    @Test
    void forgetsWhereAClientWasWhenItsConnectionCloses() {
        beat(asker, "asker");
        asker.close();
        await("the client is gone", () -> live.broker.clients().producerOf("asker") == null);

        assertThat(replied(replyTo("asker")).remark()).contains("<asker> not found");
    }

    @Test
    void reachesAClientWhereItConnectedLast() {
        beat(asker, "asker");
        try (Peer again = live.connect()) {
            beat(again, "asker");
            asker.close();
            await(
                    "the older connection is gone",
                    () -> live.broker.clients().producers("P").size() == 1);

            assertThat(replied(replyTo("asker")).code()).isZero();
            assertThat(again.replies).hasSize(1);
        }
    }

    @Test
    void passesOnThatAClientCouldNotUseTheReply() {
        beat(asker, "asker");
        asker.replyCode = ResponseCode.SYSTEM_ERROR;

        Response answer = replied(replyTo("asker"));

        assertThat(answer.code()).isEqualTo(ResponseCode.SYSTEM_ERROR);
        assertThat(answer.remark()).startsWith("push reply message to askerfail.");
        await("nothing is in flight", () -> live.bytesInFlight() == 0);
    }

    @Test
    void countsWhatAReplyKeepsThatNobodyWantsAnAnswerTo() {
        beat(asker, "slow");
        asker.holdsReplies = true;

        replier.tell(RequestCode.SEND_REPLY_MESSAGE_V2, replyTo("slow").body(new byte[100_000]));
        await("the reply was pushed", () -> !asker.held.isEmpty());
        await("it counts at the broker and at the slow client", () -> live.bytesInFlight() > 200_000);

        asker.held.getFirst().send(Reply.ok());
        await("nothing is in flight", () -> live.bytesInFlight() == 0);
    }

    @Test
    void handsNothingOverThatItsTopicWouldNotTake() {
        beat(asker, "asker");
        live.makeTopic(Topic.of("ReadOnly", 1, Topic.Permission.READ));

        assertThat(replied(replyTo("asker").ext("b", "ReadOnly")).code()).isEqualTo(ResponseCode.NO_PERMISSION);
        assertThat(replied(replyTo("asker").ext("e", 9)).code()).isEqualTo(ResponseCode.INVALID_PARAMETER);
        assertThat(replied(replyTo("asker").ext("b", "Missing").ext("c", "none"))
                        .code())
                .isEqualTo(ResponseCode.TOPIC_NOT_EXIST);
        assertThat(asker.replies).isEmpty();
        assertThat(replied(replyTo("asker").ext("b", "ns%" + REPLIES)).code()).isZero();
        assertThat(asker.replies).hasSize(1);
    }

    @Test
    void saysWhenAReplyNamesNobody() {
        Response answer = replied(LiveBroker.message(REPLIES, 0, "", "answer"));

        assertThat(answer.code()).isEqualTo(ResponseCode.SYSTEM_ERROR);
        assertThat(answer.remark()).isEqualTo("reply message properties[REPLY_TO_CLIENT] is null");
    }

    @Test
    void keepsNoRepliesWhenItIsToldNotTo() throws IOException {
        try (LiveBroker careless = LiveBroker.withoutStoredReplies();
                Peer from = careless.connect();
                Peer to = careless.connect()) {
            beat(to, "asker");

            Response answer = from.call(RequestCode.SEND_REPLY_MESSAGE_V2, replyTo("asker"));

            assertThat(answer.code()).isZero();
            assertThat(answer.ext()).containsEntry("msgId", "0").containsEntry("queueOffset", "0");
            assertThat(to.replies).hasSize(1);
            assertThat(careless.broker.log().existingQueue(REPLIES, 0))
                    .satisfiesAnyOf(
                            queue -> assertThat(queue).isNull(),
                            queue -> assertThat(queue.offsetMax()).isZero());

            careless.broker.reconfigure(Changed.copy(careless.broker.config(), "storeReplies", true));
            assertThat(from.call(RequestCode.SEND_REPLY_MESSAGE_V2, replyTo("asker"))
                            .code())
                    .isZero();
            assertThat(careless.broker.log().queue(REPLIES, 0).offsetMax()).isEqualTo(1);
        }
    }
}
