package io.carillon.rocketmq;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.log.QueueEntry;
import io.carillon.message.MessageId;
import io.carillon.message.MessageProperties;
import io.carillon.message.MessageRecord;
import io.carillon.message.TopicName;
import io.carillon.remoting.Reply;
import io.carillon.remoting.RequestCode;
import io.carillon.remoting.Response;
import io.carillon.remoting.ResponseCode;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class TransactionHandlerTest {
    private static final int COMMIT = 8;
    private static final int ROLLBACK = 12;
    private static final String ID = "0A00000100002A9F0000000000000001";

    private LiveBroker live;
    private LiveBroker.Peer peer;

    @BeforeEach
    void open() throws IOException {
        live = new LiveBroker();
        peer = live.connect();
        live.makeTopic("T", 4);
    }

    @AfterEach
    void close() {
        peer.close();
        live.close();
    }

    private static Reply half(String uniqueId, String... more) {
        String properties = LiveBroker.properties("TRAN_MSG", "true", "PGROUP", "P", "UNIQ_KEY", uniqueId)
                + LiveBroker.properties(more);
        return LiveBroker.message("T", 3, properties, "hello").ext("f", 4);
    }

    private Response prepare(String uniqueId, String... more) {
        Response response = peer.call(RequestCode.SEND_MESSAGE_V2, half(uniqueId, more));
        assertThat(response.code()).as(response.remark()).isZero();
        return response;
    }

    private static Reply end(Response prepared, int decision) {
        return Reply.ok()
                .ext("producerGroup", "P")
                .ext("tranStateTableOffset", prepared.ext().get("queueOffset"))
                .ext(
                        "commitLogOffset",
                        MessageId.parse(prepared.ext().get("msgId")).logOffset())
                .ext("commitOrRollback", decision)
                .ext("fromTransactionCheck", false)
                .ext("msgId", prepared.ext().get("transactionId"))
                .ext("transactionId", prepared.ext().get("transactionId"));
    }

    private long visible() {
        return live.broker.log().queue("T", 3).offsetMax();
    }

    @Test
    void answersAHalfWithItsPlaceAndTheQueueThatItGoesTo() {
        prepare("first");
        Response second = prepare(ID);

        assertThat(second.ext().get("queueOffset")).isEqualTo("1");
        assertThat(second.ext().get("queueId")).isEqualTo("3");
        assertThat(second.ext().get("transactionId")).isEqualTo(ID);
        long logOffset = MessageId.parse(second.ext().get("msgId")).logOffset();
        MemorySegment stored = live.broker.log().record(logOffset);
        assertThat(MessageRecord.topic(stored, 0)).isEqualTo(TopicName.HALF);
        assertThat(visible()).isZero();
    }

    @Test
    void commitsAndRollsBackOnRequestsThatAreAnsweredAndOnThoseThatAreNot() {
        Response one = prepare("one");
        Response two = prepare("two");
        Response three = prepare("three");

        assertThat(peer.call(RequestCode.END_TRANSACTION, end(one, COMMIT)).code())
                .isZero();
        assertThat(visible()).isEqualTo(1);
        assertThat(peer.call(RequestCode.END_TRANSACTION, end(two, ROLLBACK)).code())
                .isZero();
        peer.tell(RequestCode.END_TRANSACTION, end(three, COMMIT));
        LiveBroker.await("the third one", () -> visible() == 2);
        LiveBroker.await("all decided", () -> live.broker.transactions().undecidedCount() == 0);
    }

    @Test
    void takesManyDecisionsAtOnce() {
        List<Response> prepared = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            prepared.add(prepare("U" + i));
        }
        List<CompletableFuture<Response>> answers = new ArrayList<>();
        for (Response one : prepared) {
            answers.add(peer.send(RequestCode.END_TRANSACTION, end(one, COMMIT)));
            peer.tell(RequestCode.END_TRANSACTION, end(one, COMMIT));
        }

        answers.forEach(answer -> assertThat(LiveBroker.get(answer).code()).isZero());
        assertThat(visible()).isEqualTo(300);
        LiveBroker.await("nothing in flight", () -> {
            peer.call(
                    RequestCode.END_TRANSACTION, end(prepared.getFirst(), 0)); // what is in flight is told with answers
            return live.bytesInFlight() == 0;
        });
        assertThat(visible()).isEqualTo(300);
    }

    @Test
    void takesTheDecisionsOfAProducerThatGoesAtOnce() {
        List<Response> prepared = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            prepared.add(prepare("U" + i));
        }
        try (LiveBroker.Peer leaving = live.connect()) {
            leaving.call(RequestCode.END_TRANSACTION, end(prepared.getFirst(), 0));
            prepared.forEach(one -> leaving.tell(RequestCode.END_TRANSACTION, end(one, COMMIT)));
        }

        LiveBroker.await("the first ones", () -> visible() > 0);
        prepared.forEach(one -> assertThat(
                        peer.call(RequestCode.END_TRANSACTION, end(one, COMMIT)).code())
                .isZero());
        assertThat(visible()).isEqualTo(50);
    }

    @Test
    void leavesUndecidedWhatTheProducerDoesNotKnow() {
        Response one = prepare("one");

        assertThat(peer.call(RequestCode.END_TRANSACTION, end(one, 0)).code()).isZero();

        assertThat(visible()).isZero();
        assertThat(live.broker.transactions().undecidedCount()).isEqualTo(1);
    }

    @Test
    void saysWhatIsWrong() {
        Response one = prepare("one");
        peer.produce("T", 3, "tag", "ordinary");
        long ordinary = MessageRecord.physicalOffset(ordinaryRecord(), 0);

        assertThat(peer.call(RequestCode.END_TRANSACTION, end(one, 5)).code())
                .isEqualTo(ResponseCode.INVALID_PARAMETER);
        refused(end(one, COMMIT).ext("producerGroup", "Q"), ResponseCode.SYSTEM_ERROR, "The producer group wrong");
        refused(
                end(one, COMMIT).ext("tranStateTableOffset", 9),
                ResponseCode.SYSTEM_ERROR,
                "The transaction state table offset wrong");
        refused(
                end(one, COMMIT).ext("commitLogOffset", ordinary),
                ResponseCode.SYSTEM_ERROR,
                "is not the half of a transaction");
        refused(end(one, COMMIT).ext("commitLogOffset", -1), ResponseCode.SYSTEM_ERROR, "no message starts");
        peer.call(RequestCode.END_TRANSACTION, end(one, COMMIT));
        refused(end(one, ROLLBACK), ResponseCode.SYSTEM_ERROR, "committed before");
    }

    private MemorySegment ordinaryRecord() {
        QueueEntry entry = new QueueEntry();
        assertThat(live.broker.log().queue("T", 3).read(0, entry)).isTrue();
        return live.broker.log().record(entry.logOffset);
    }

    private void refused(Reply request, int code, String text) {
        Response response = peer.call(RequestCode.END_TRANSACTION, request);
        assertThat(response.code()).isEqualTo(code);
        assertThat(response.remark()).contains(text);
    }

    @Test
    void refusesADecisionThatComesAfterTheTimeThatTheMessageGave() {
        Response one = prepare("one", "CHECK_IMMUNITY_TIME_IN_SECONDS", "10");
        live.clock.advanceMs(11_000);

        refused(end(one, COMMIT), ResponseCode.ILLEGAL_OPERATION, "wait for the check");
        assertThat(peer.call(RequestCode.END_TRANSACTION, end(one, COMMIT).ext("fromTransactionCheck", true))
                        .code())
                .isZero();
    }

    @Test
    void asksALiveProducerOfTheGroupAndTakesItsAnswer() {
        live.runCheckBack();
        prepare(ID);
        try (LiveBroker.Peer other = live.connect()) {
            String heartbeat =
                    "{\"clientID\":\"c\",\"producerDataSet\":[{\"groupName\":\"P\"}],\"consumerDataSet\":[]}";
            other.call(RequestCode.HEART_BEAT, Reply.ok().body(heartbeat.getBytes(StandardCharsets.UTF_8)));
            live.clock.advanceMs(7_000);
            live.awaitWhileTimePasses("a check", () -> !other.asked.isEmpty());

            LiveBroker.Asked asked = other.asked.getFirst();
            assertThat(asked.fields())
                    .containsEntry("topic", "T")
                    .containsEntry("msgId", ID)
                    .containsEntry("transactionId", ID)
                    .containsEntry("bname", "broker-a");
            String logOffset = asked.fields().get("commitLogOffset");
            assertThat(MessageId.parse(asked.fields().get("offsetMsgId")).logOffset())
                    .isEqualTo(Long.parseLong(logOffset));
            assertThat(MessageRecord.topic(asked.record(), 0)).isEqualTo("T");
            assertThat(MessageProperties.of(asked.record(), 0, MessageProperties.PGROUP))
                    .isEqualTo("P");
            Response answer = other.call(
                    RequestCode.END_TRANSACTION,
                    Reply.ok()
                            .ext("producerGroup", "P")
                            .ext("tranStateTableOffset", asked.fields().get("tranStateTableOffset"))
                            .ext("commitLogOffset", logOffset)
                            .ext("commitOrRollback", COMMIT)
                            .ext("fromTransactionCheck", true)
                            .ext("msgId", ID));
            assertThat(answer.code()).isZero();
            assertThat(visible()).isEqualTo(1);
        }
    }

    @Test
    void resumesByOffsetMessageIdAndRefusesWhatIsNone() {
        Response one = prepare(ID);

        assertThat(peer.call(
                                RequestCode.RESUME_CHECK_HALF_MESSAGE,
                                Reply.ok().ext("msgId", one.ext().get("msgId")))
                        .code())
                .isZero();
        Response noId =
                peer.call(RequestCode.RESUME_CHECK_HALF_MESSAGE, Reply.ok().ext("msgId", "soon"));
        assertThat(noId.code()).isEqualTo(ResponseCode.SYSTEM_ERROR);
        assertThat(noId.remark()).contains("offset message id");
    }

    @Test
    void refusesAHalfThatCannotBe() {
        Response delayed = peer.call(RequestCode.SEND_MESSAGE_V2, half("U", "DELAY", "3"));
        assertThat(delayed.code()).isEqualTo(ResponseCode.MESSAGE_ILLEGAL);
        assertThat(delayed.remark()).contains("cannot be delayed");
        Response forbidden = peer.call(
                RequestCode.SEND_MESSAGE_V2, LiveBroker.message(TopicName.HALF, 0, LiveBroker.properties(), "x"));
        assertThat(forbidden.code()).isEqualTo(ResponseCode.NO_PERMISSION);
    }

    @Test
    void letsNoConsumerReadHalves() {
        prepare(ID);
        Response pull = peer.call(
                RequestCode.PULL_MESSAGE,
                Reply.ok()
                        .ext("consumerGroup", "TOOLS_CONSUMER")
                        .ext("topic", TopicName.HALF)
                        .ext("queueId", 0)
                        .ext("queueOffset", 0)
                        .ext("maxMsgNums", 32)
                        .ext("sysFlag", 4)
                        .ext("commitOffset", 0)
                        .ext("suspendTimeoutMillis", 0)
                        .ext("subscription", "*")
                        .ext("subVersion", 0));
        assertThat(pull.code()).isEqualTo(ResponseCode.NO_PERMISSION);
        assertThat(pull.remark()).contains("not committed");
    }
}
