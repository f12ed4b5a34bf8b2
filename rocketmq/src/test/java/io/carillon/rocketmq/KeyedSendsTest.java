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
import io.carillon.schedule.ScheduleConfig;
import io.carillon.schedule.Waiting;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

class KeyedSendsTest {
    @AutoClose
    private final LiveBroker live = new LiveBroker();

    private final Peer peer = live.connect();

    KeyedSendsTest() throws IOException {
        live.runDueLoop();
    }

    private static Reply keyed(String topic, String key, String... more) {
        return message(
                topic, 0, properties("CARILLON_KEY", key, "TIMER_DELAY_MS", "60000") + properties(more), "hello");
    }

    private Response sent(Reply request) {
        return peer.call(RequestCode.SEND_MESSAGE_V2, request);
    }

    private List<String> waiting(String topic) {
        return live.broker.scheduler().list(topic, "", 0, Long.MAX_VALUE, 100).stream()
                .map(Waiting::uniqueId)
                .toList();
    }

    private long delivered(String topic) {
        ConsumeQueue queue = live.broker.log().existingQueue(topic, 0);
        return queue == null ? 0 : queue.offsetMax();
    }

    @Test
    void replacesTheMessageThatHasTheKey() {
        live.makeTopic("T", 1);
        assertThat(sent(keyed("T", "k", "UNIQ_KEY", "U1")).code()).isZero();

        Response second = sent(keyed("T", "k", "UNIQ_KEY", "U2"));

        assertThat(second.code()).isZero();
        assertThat(second.ext()).containsKey("recallHandle");
        assertThat(waiting("T")).containsExactly("U2");
        live.clock.advance(Duration.ofMinutes(2));
        await("one is delivered", () -> delivered("T") == 1);
        // A message can be read a moment before the state says that it has left.
        await("none waits", () -> live.broker.scheduler().pendingCount() == 0);
        assertThat(delivered("T")).isEqualTo(1);
    }

    @Test
    void refusesASecondMessageWithTheKeyWhenAsked() {
        live.makeTopic("T", 1);
        sent(keyed("T", "k", "UNIQ_KEY", "U1"));

        Response second = sent(keyed("T", "k", "UNIQ_KEY", "U2", "CARILLON_KEY_POLICY", "refuse"));

        assertThat(second.code()).isEqualTo(ResponseCode.MESSAGE_ILLEGAL);
        assertThat(second.remark()).contains("'k' waits already");
        assertThat(waiting("T")).containsExactly("U1");
    }

    @Test
    void takesTheSameMessageAgainThoughTheKeyIsItsOwn() {
        live.makeTopic("T", 1);
        Reply once = keyed("T", "k", "UNIQ_KEY", "U1", "CARILLON_KEY_POLICY", "refuse");

        assertThat(sent(once).code()).isZero();
        assertThat(sent(once).code()).isZero();

        assertThat(waiting("T")).containsExactly("U1");
    }

    @Test
    void freesTheKeyWhenItsMessageIsDelivered() {
        live.makeTopic("T", 1);
        sent(keyed("T", "k", "UNIQ_KEY", "U1"));
        live.clock.advance(Duration.ofMinutes(2));
        await("delivered", () -> delivered("T") == 1);

        assertThat(sent(keyed("T", "k", "UNIQ_KEY", "U2", "CARILLON_KEY_POLICY", "refuse"))
                        .code())
                .isZero();
    }

    @Test
    void keepsTheKeysOfTopicsApart() {
        live.makeTopic("T", 1);
        live.makeTopic("Other", 1);

        sent(keyed("T", "k", "UNIQ_KEY", "U1", "CARILLON_KEY_POLICY", "refuse"));
        assertThat(sent(keyed("Other", "k", "UNIQ_KEY", "U2", "CARILLON_KEY_POLICY", "refuse"))
                        .code())
                .isZero();
    }

    @Test
    void makesTheTopicThatIsMissing() {
        assertThat(sent(keyed("New", "k", "UNIQ_KEY", "U1")).code()).isZero();

        assertThat(Objects.requireNonNull(live.broker.topics().find("New"))
                        .config()
                        .queues())
                .isEqualTo(4);
        assertThat(waiting("New")).containsExactly("U1");
        await("nothing is in flight", () -> live.bytesInFlight() == 0);
    }

    @Test
    void keepsTheKeyOfADelayThatIsOverByReplacingWhatWaits() {
        live.makeTopic("T", 1);
        sent(keyed("T", "k", "UNIQ_KEY", "U1"));

        Response now = sent(message("T", 0, properties("CARILLON_KEY", "k", "UNIQ_KEY", "U2"), "hello"));

        assertThat(now.code()).isZero();
        await("delivered at once", () -> delivered("T") == 1);
        assertThat(waiting("T")).isEmpty();
    }

    @Test
    void refusesAPolicyThatIsNone() {
        live.makeTopic("T", 1);

        Response refused = sent(keyed("T", "k", "CARILLON_KEY_POLICY", "maybe"));

        assertThat(refused.code()).isEqualTo(ResponseCode.MESSAGE_ILLEGAL);
        assertThat(refused.remark()).contains("replace or refuse");
        assertThat(live.broker.scheduler().pendingCount()).isZero();
    }

    @Test
    void refusesAKeyWhenAsManyAreTakenAsMayBe() throws IOException {
        ScheduleConfig all = ScheduleConfig.DEFAULT;
        try (LiveBroker small =
                new LiveBroker(new ScheduleConfig(all.delayMax(), all.catchUpRate(), 2, all.loadedMax()))) {
            small.runDueLoop();
            small.makeTopic("T", 1);
            Peer other = small.connect();
            for (String key : List.of("a", "b", "a")) {
                assertThat(other.call(RequestCode.SEND_MESSAGE_V2, keyed("T", key))
                                .code())
                        .isZero();
            }

            Response refused = other.call(RequestCode.SEND_MESSAGE_V2, keyed("T", "c"));

            assertThat(refused.code()).isEqualTo(ResponseCode.MESSAGE_ILLEGAL);
            assertThat(refused.remark()).contains("schedule.keys-max");
            assertThat(small.broker.scheduler().pendingCount()).isEqualTo(2);
            await("nothing is in flight", () -> small.bytesInFlight() == 0);
        }
    }

    @Test
    void takesOneWaySendsWithoutAnAnswer() {
        live.makeTopic("T", 1);

        // What waits for the connection is not sent in any order: let it be there.
        assertThat(sent(keyed("T", "k", "UNIQ_KEY", "first")).code()).isZero();
        peer.tell(RequestCode.SEND_MESSAGE_V2, keyed("T", "k", "UNIQ_KEY", "U1"));
        peer.tell(RequestCode.SEND_MESSAGE_V2, keyed("T", "k", "UNIQ_KEY", "U2"));
        peer.tell(RequestCode.SEND_MESSAGE_V2, keyed("T", "k", "UNIQ_KEY", "U3", "CARILLON_KEY_POLICY", "refuse"));
        peer.tell(RequestCode.SEND_MESSAGE_V2, keyed("Made", "k", "UNIQ_KEY", "U4"));

        await("the last one waits", () -> waiting("Made").equals(List.of("U4")));
        await("the second one took the first one's place", () -> waiting("T").equals(List.of("U2")));
        // Sends with one key are decided in their order: after this answer there is nothing left to be decided.
        Response last = sent(keyed("T", "k", "UNIQ_KEY", "U5", "CARILLON_KEY_POLICY", "refuse"));
        assertThat(last.code()).isEqualTo(ResponseCode.MESSAGE_ILLEGAL);
        assertThat(waiting("T")).containsExactly("U2");
        await("nothing is in flight", () -> live.bytesInFlight() == 0);
    }

    @Test
    void leavesNothingInFlightOfSendsThatRaceForAKey() {
        live.makeTopic("T", 1);
        // What waits for the connection is not sent in any order: let it be there.
        assertThat(sent(keyed("T", "k", "UNIQ_KEY", "first")).code()).isZero();
        List<CompletableFuture<Response>> answers = IntStream.range(0, 200)
                .mapToObj(i -> peer.send(RequestCode.SEND_MESSAGE_V2, keyed("T", "k", "UNIQ_KEY", "U" + i)))
                .toList();

        assertThat(answers)
                .allSatisfy(answer -> assertThat(LiveBroker.get(answer).code()).isZero());
        assertThat(waiting("T")).containsExactly("U199");
        await("nothing is in flight", () -> live.bytesInFlight() == 0);
    }
}
