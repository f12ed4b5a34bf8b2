package io.carillon.rocketmq;

import static io.carillon.rocketmq.LiveBroker.await;
import static io.carillon.rocketmq.LiveBroker.message;
import static io.carillon.rocketmq.LiveBroker.properties;
import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.log.ConsumeQueue;
import io.carillon.remoting.Reply;
import io.carillon.remoting.RequestCode;
import io.carillon.remoting.Response;
import io.carillon.remoting.ResponseCode;
import io.carillon.rocketmq.LiveBroker.Peer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.Objects;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RecallHandlerTest {
    @AutoClose
    private final LiveBroker live = new LiveBroker();

    private final Peer peer = live.connect();
    private final String broker = live.broker.config().name();

    RecallHandlerTest() throws IOException {
        live.makeTopic("T", 1);
        live.makeTopic("Other", 1);
        live.runDueLoop();
    }

    /** Sends a message that is due in a minute, and returns the handle that its sender gets. */
    private String send(String uniqueId, String... more) {
        String properties = properties("UNIQ_KEY", uniqueId, "TIMER_DELAY_MS", "60000") + properties(more);
        Response response = peer.call(RequestCode.SEND_MESSAGE_V2, message("T", 0, properties, "hello"));
        assertThat(response.code()).as("%s", response.remark()).isZero();
        return Objects.requireNonNull(response.ext().get("recallHandle"));
    }

    private Response recall(String topic, String handle) {
        return peer.call(
                RequestCode.RECALL_MESSAGE,
                Reply.ok().ext("topic", topic).ext("recallHandle", handle).ext("producerGroup", "P"));
    }

    private static String encode(String text) {
        return Base64.getUrlEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    private static String[] words(String handle) {
        return new String(Base64.getUrlDecoder().decode(handle), StandardCharsets.UTF_8).split(" ");
    }

    private long delivered() {
        ConsumeQueue queue = live.broker.log().existingQueue("T", 0);
        return queue == null ? 0 : queue.offsetMax();
    }

    /** A message sent later and delivered shows that what was due with it is not. */
    private void assertNothingElseIsDelivered() {
        send("LAST");
        live.clock.advance(Duration.ofMinutes(2));
        await("none waits any more", () -> live.broker.scheduler().pendingCount() == 0);
        assertThat(delivered()).isEqualTo(1);
    }

    @Test
    void recallsWithTheHandleThatTheSenderGot() {
        Response answer = recall("T", send("U1"));

        assertThat(answer.code()).isZero();
        assertThat(answer.ext()).containsEntry("msgId", "U1");
        assertNothingElseIsDelivered();
    }

    @Test
    void namesTheRegionInEveryAnswerSinceClientsTraceNoRecallWithoutIt() {
        String handle = send("U1");

        assertThat(recall("T", handle).ext()).containsEntry("MSG_REGION", "DefaultRegion");
        Response refused = recall("T", "no handle");
        assertThat(refused.code()).isEqualTo(ResponseCode.ILLEGAL_OPERATION);
        assertThat(refused.ext()).containsEntry("MSG_REGION", "DefaultRegion");
        String[] words = words(handle);
        Response unknown = recall("T", encode(String.join(" ", words[0], words[1], words[2], words[3], "U2", "9")));
        assertThat(unknown.code()).isEqualTo(ResponseCode.QUERY_NOT_FOUND);
        assertThat(unknown.ext()).containsEntry("MSG_REGION", "DefaultRegion");
    }

    @Test
    void recallsWithAHandleOfFiveWords() {
        String[] words = words(send("U1"));
        assertThat(words).hasSize(6);

        Response answer = recall("T", encode(String.join(" ", words[0], words[1], words[2], words[3], words[4])));

        assertThat(answer.code()).isZero();
        assertThat(answer.ext()).containsEntry("msgId", "U1");
        assertNothingElseIsDelivered();
    }

    @Test
    void recallsTheRightOneThoughTheHandleNamesAnothersPlace() {
        String first = send("U1");
        String[] second = words(send("U2"));

        String mixed = String.join(" ", second[0], second[1], second[2], second[3], "U2", words(first)[5]);
        assertThat(recall("T", encode(mixed)).code()).isZero();

        live.clock.advance(Duration.ofMinutes(2));
        await("the other one is delivered", () -> delivered() == 1);
        assertThat(recall("T", first).code()).isEqualTo(ResponseCode.ILLEGAL_OPERATION);
    }

    @Test
    void recallsTwiceWithoutAnError() {
        String handle = send("U1");

        assertThat(recall("T", handle).code()).isZero();
        assertThat(recall("T", handle).code()).isZero();
        assertNothingElseIsDelivered();
    }

    @Test
    void recallsTheOccurrenceThatWaitsOfOneThatRecurs() {
        String handle = send("U1", "CARILLON_CRON", "@every 1h");
        live.clock.advance(Duration.ofMinutes(70));
        await("the first occurrence is delivered", () -> delivered() == 1);
        await("the second one waits", () -> live.broker.scheduler().pendingCount() == 1);

        assertThat(recall("T", handle).code()).isZero();

        assertThat(live.broker.scheduler().pendingCount()).isZero();
    }

    @Test
    void recallsWhatWasMovedMeanwhile() {
        String handle = send("U1");
        Response moved = peer.call(
                RequestCode.SCHEDULE_RESCHEDULE,
                Reply.ok()
                        .ext("topic", "T")
                        .ext("key", "U1")
                        .ext("dueMs", live.clock.nowMs() + Duration.ofDays(2).toMillis()));
        assertThat(moved.code()).isZero();

        assertThat(recall("T", handle).code()).isZero();

        assertThat(live.broker.scheduler().pendingCount()).isZero();
    }

    @Test
    void givesNoHandleForAMessageWithALevel() {
        Reply leveled = message("T", 0, properties("UNIQ_KEY", "U1", "DELAY", "5"), "hello");

        assertThat(peer.call(RequestCode.SEND_MESSAGE_V2, leveled).ext()).doesNotContainKey("recallHandle");
    }

    @Test
    void saysThatAMessageWasDeliveredAlready() {
        String handle = send("U1");
        live.clock.advance(Duration.ofMinutes(2));
        await("delivered", () -> delivered() == 1);

        Response answer = recall("T", handle);

        assertThat(answer.code()).isEqualTo(ResponseCode.ILLEGAL_OPERATION);
        assertThat(answer.remark()).contains("U1").contains("delivered already");
    }

    @Test
    void saysThatAMessageIsNotKnown() {
        long dueMs = live.clock.nowMs() + 60_000;
        int hours = live.broker.log().dueQueues().all().size();

        Response answer = recall("T", encode("v1 T " + broker + " " + dueMs + " NEVER 5"));

        assertThat(answer.code()).isEqualTo(ResponseCode.QUERY_NOT_FOUND);
        assertThat(answer.remark()).contains("NEVER");
        assertThat(live.broker.log().dueQueues().all()).hasSize(hours);
    }

    @Test
    void takesAForeignHandleOfWhatIsNotKnownUntilItWouldBeDue() {
        long dueMs = live.clock.nowMs() + 60_000;
        String handle = encode("v1 T " + broker + " " + dueMs + " NEVER");

        Response early = recall("T", handle);
        assertThat(early.code()).isEqualTo(ResponseCode.SUCCESS);
        assertThat(early.ext()).containsEntry("msgId", "NEVER");

        live.clock.advance(Duration.ofMinutes(2));
        Response late = recall("T", handle);
        assertThat(late.code()).isEqualTo(ResponseCode.QUERY_NOT_FOUND);
        assertThat(late.remark()).contains("NEVER");
    }

    @Test
    void refusesAHandleOfAnotherTopicOrBroker() {
        String handle = send("U1");
        String[] words = words(handle);

        assertThat(recall("Other", handle).code()).isEqualTo(ResponseCode.ILLEGAL_OPERATION);
        assertThat(recall("None", handle).code()).isEqualTo(ResponseCode.TOPIC_NOT_EXIST);
        words[2] = "broker-z";
        Response foreign = recall("T", encode(String.join(" ", words)));
        assertThat(foreign.code()).isEqualTo(ResponseCode.ILLEGAL_OPERATION);
        assertThat(foreign.remark()).contains("broker-z");
        assertThat(live.broker.scheduler().pendingCount()).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "!!!",
                "bm90aGluZw==",
                "djIgVCBicm9rZXItYSAxIFUx",
                "djEgVCBicm9rZXItYSBzb29uIFUx",
                "djEgVCBicm9rZXItYSAxIFUxIHg="
            })
    void refusesWhatIsNoHandle(String garbage) {
        Response answer = recall("T", garbage);

        assertThat(answer.code()).isEqualTo(ResponseCode.ILLEGAL_OPERATION);
        assertThat(answer.remark()).contains("handle is invalid");
    }

    @ParameterizedTest
    @ValueSource(strings = {"9223372036854775807", "-1"})
    void refusesATimeThatNoMessageCanHave(String dueMs) {
        Response answer = recall("T", encode("v1 T " + broker + " " + dueMs + " U1 0"));

        assertThat(answer.code()).isEqualTo(ResponseCode.ILLEGAL_OPERATION);
        assertThat(answer.remark()).contains("handle is invalid");
    }
}
