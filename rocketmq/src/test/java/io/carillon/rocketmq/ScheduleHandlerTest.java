package io.carillon.rocketmq;

import static io.carillon.rocketmq.LiveBroker.await;
import static io.carillon.rocketmq.LiveBroker.message;
import static io.carillon.rocketmq.LiveBroker.properties;
import static org.assertj.core.api.Assertions.assertThat;

import com.alibaba.fastjson2.JSON;
import com.alibaba.fastjson2.JSONObject;
import io.carillon.log.ConsumeQueue;
import io.carillon.remoting.Reply;
import io.carillon.remoting.RequestCode;
import io.carillon.remoting.Response;
import io.carillon.remoting.ResponseCode;
import io.carillon.rocketmq.LiveBroker.Peer;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ScheduleHandlerTest {
    private static final long MINUTE_MS = 60_000;
    private static final long HOUR_MS = 60 * MINUTE_MS;
    private static final long DAY_MS = 24 * HOUR_MS;

    @AutoClose
    private final LiveBroker live = new LiveBroker();

    private final Peer peer = live.connect();
    private final long nowMs = live.clock.nowMs();

    ScheduleHandlerTest() throws IOException {
        live.makeTopic("T", 1);
        live.makeTopic("Other", 1);
        live.runDueLoop();
    }

    private void send(String topic, long delayMs, String... namesAndValues) {
        String properties = properties("TIMER_DELAY_MS", Long.toString(delayMs)) + properties(namesAndValues);
        Response response = peer.call(RequestCode.SEND_MESSAGE_V2, message(topic, 0, properties, "hello"));
        assertThat(response.code()).as("%s", response.remark()).isZero();
    }

    private Response ask(int code, Object... namesAndValues) {
        Reply request = Reply.ok();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            request.ext(namesAndValues[i].toString(), namesAndValues[i + 1].toString());
        }
        return peer.call(code, request);
    }

    private static JSONObject body(Response response) {
        assertThat(response.code()).as("%s", response.remark()).isZero();
        return JSON.parseObject(response.body());
    }

    private static List<JSONObject> messages(Response response) {
        return JSON.parseObject(response.body()).getJSONArray("messages").toList(JSONObject.class);
    }

    private static List<Object> each(Response response, String name) {
        return messages(response).stream().map(one -> one.get(name)).toList();
    }

    private String idOf(String key) {
        return body(ask(RequestCode.SCHEDULE_SHOW, "topic", "T", "key", key)).getString("id");
    }

    private static void assertOutcome(Response response, int code, String outcome) {
        assertThat(response.code()).as("%s", response.remark()).isEqualTo(code);
        assertThat(response.ext()).containsEntry("outcome", outcome);
        assertThat(response.remark()).isNotBlank();
    }

    private long delivered(String topic) {
        ConsumeQueue queue = live.broker.log().existingQueue(topic, 0);
        return queue == null ? 0 : queue.offsetMax();
    }

    @Test
    void listsWhatWaitsInTheOrderInWhichItIsDueAPageAtATime() {
        send("T", 3 * HOUR_MS, "KEYS", "c");
        send("T", HOUR_MS, "KEYS", "a");
        send("Other", 2 * HOUR_MS, "KEYS", "b");

        Response first = ask(RequestCode.SCHEDULE_LIST, "max", 2);

        assertThat(each(first, "keys")).containsExactly("a", "b");
        assertThat(first.ext()).containsEntry("hasMore", "true");
        Response rest = ask(RequestCode.SCHEDULE_LIST, "max", 2, "fromMs", nowMs + 2 * HOUR_MS + 1);
        assertThat(each(rest, "keys")).containsExactly("c");
        assertThat(rest.ext()).containsEntry("hasMore", "false");
    }

    @Test
    void listsOnlyWhatIsAskedFor() {
        send("T", HOUR_MS, "KEYS", "a b");
        send("T", 2 * HOUR_MS, "KEYS", "b");
        send("Other", HOUR_MS, "KEYS", "a");

        assertThat(each(ask(RequestCode.SCHEDULE_LIST, "topic", "T"), "keys")).containsExactly("a b", "b");
        assertThat(each(ask(RequestCode.SCHEDULE_LIST, "key", "a"), "topic")).containsExactlyInAnyOrder("T", "Other");
        assertThat(each(ask(RequestCode.SCHEDULE_LIST, "toMs", nowMs + 2 * HOUR_MS), "keys"))
                .containsExactlyInAnyOrder("a b", "a");
        assertThat(ask(RequestCode.SCHEDULE_LIST, "topic", "None").code()).isEqualTo(ResponseCode.TOPIC_NOT_EXIST);
    }

    @Test
    void pagesThroughMoreMessagesOfOneMillisecondThanAPageHolds() {
        long dueMs = nowMs + HOUR_MS;
        for (int i = 0; i < 25; i++) {
            send("T", HOUR_MS, "KEYS", "k" + i, "CARILLON_PRIORITY", Integer.toString(i % 3));
        }
        List<Object> seen = new ArrayList<>();
        Response page = ask(RequestCode.SCHEDULE_LIST, "max", 10);
        seen.addAll(each(page, "keys"));
        while (page.ext().get("hasMore").equals("true")) {
            String after = String.valueOf(page.ext().get("after"));
            assertThat(body(page)).containsEntry("after", after);
            page = ask(RequestCode.SCHEDULE_LIST, "max", 10, "after", after);
            seen.addAll(each(page, "keys"));
        }

        assertThat(each(page, "dueMs")).containsOnly(dueMs);
        assertThat(page.ext()).doesNotContainKey("after");
        assertThat(seen)
                .isEqualTo(each(ask(RequestCode.SCHEDULE_LIST, "max", 100), "keys"))
                .hasSize(25)
                .doesNotHaveDuplicates();
    }

    @Test
    void refusesToGoOnFromWhereNoListEnded() {
        Response refused = ask(RequestCode.SCHEDULE_LIST, "after", "there");

        assertThat(refused.code()).isEqualTo(ResponseCode.INVALID_PARAMETER);
        assertThat(refused.remark()).contains("after").contains("there");
    }

    @Test
    void showsTheBodyAsFarAsIsAskedFor() {
        send("T", HOUR_MS, "UNIQ_KEY", "U1");

        JSONObject whole = body(ask(RequestCode.SCHEDULE_SHOW, "topic", "T", "key", "U1"));
        JSONObject cut = body(ask(RequestCode.SCHEDULE_SHOW, "topic", "T", "key", "U1", "bodyMax", 2));

        assertThat(whole).containsEntry("body", "aGVsbG8=").containsEntry("bodyIsCut", false);
        assertThat(cut).containsEntry("body", "aGU=").containsEntry("bodyIsCut", true);
    }

    @Test
    void endsAListBeforeItIsTooLargeForAFrame() {
        String large = "k".repeat(30_000);
        for (int i = 0; i < 100; i++) {
            send("T", HOUR_MS, "KEYS", large);
        }

        Response list = ask(RequestCode.SCHEDULE_LIST, "max", 1000);

        assertThat(list.body().length).isLessThan(3 << 20);
        assertThat(messages(list)).hasSizeBetween(50, 99);
        assertThat(list.ext()).containsEntry("hasMore", "true");
    }

    @Test
    void showsAllAboutOneMessage() {
        send("T", HOUR_MS, "UNIQ_KEY", "U1", "CARILLON_KEY", "k", "mine", "value");

        JSONObject shown = body(ask(RequestCode.SCHEDULE_SHOW, "topic", "T", "key", "k"));

        assertThat(shown)
                .containsEntry("state", "waiting")
                .containsEntry("topic", "T")
                .containsEntry("queue", 0)
                .containsEntry("dueMs", nowMs + HOUR_MS)
                .containsEntry("bodyBytes", 5)
                .containsEntry("uniqueId", "U1")
                .containsEntry("key", "k");
        assertThat(shown.getJSONObject("properties")).containsEntry("mine", "value");
        assertThat(body(ask(RequestCode.SCHEDULE_SHOW, "id", shown.getString("id"))))
                .isEqualTo(shown);
        assertThat(idOf("U1")).isEqualTo(shown.getString("id"));
    }

    @Test
    void refusesANameThatMeansSeveralMessagesAndListsThem() {
        send("T", HOUR_MS, "KEYS", "same");
        send("T", 2 * HOUR_MS, "KEYS", "same other");

        Response refused = ask(RequestCode.SCHEDULE_CANCEL, "topic", "T", "key", "same");

        assertOutcome(refused, ResponseCode.ILLEGAL_OPERATION, "AMBIGUOUS");
        assertThat(each(refused, "keys")).containsExactly("same", "same other");
        assertThat(live.broker.scheduler().pendingCount()).isEqualTo(2);
        assertOutcome(ask(RequestCode.SCHEDULE_CANCEL, "topic", "T", "key", "other"), 0, "DONE");
    }

    @Test
    void cancelsOnceAndSaysSoWhenAskedAgain() {
        send("T", HOUR_MS, "KEYS", "k");
        String id = idOf("k");

        assertOutcome(ask(RequestCode.SCHEDULE_CANCEL, "id", id), ResponseCode.SUCCESS, "DONE");
        assertOutcome(ask(RequestCode.SCHEDULE_CANCEL, "id", id), ResponseCode.SUCCESS, "CANCELLED");
        assertThat(live.broker.counters().snapshot())
                .containsEntry("schedule_cancels_done", 1L)
                .containsEntry("schedule_cancels_cancelled", 1L)
                .containsEntry("schedule_cancels_left", 0L);

        assertOutcome(ask(RequestCode.SCHEDULE_DELIVER_NOW, "id", id), ResponseCode.ILLEGAL_OPERATION, "CANCELLED");
        assertThat(body(ask(RequestCode.SCHEDULE_SHOW, "id", id))).containsEntry("state", "cancelled");
        assertThat(messages(ask(RequestCode.SCHEDULE_LIST))).isEmpty();
    }

    @Test
    void doesNotCancelWhatWasDelivered() {
        send("T", 1000, "UNIQ_KEY", "U1");
        String id = idOf("U1");
        live.clock.advance(Duration.ofSeconds(2));
        await("delivered", () -> delivered("T") == 1);

        assertOutcome(ask(RequestCode.SCHEDULE_CANCEL, "id", id), ResponseCode.ILLEGAL_OPERATION, "LEFT");
        assertOutcome(
                ask(RequestCode.SCHEDULE_RESCHEDULE, "topic", "T", "key", "U1", "dueMs", nowMs + DAY_MS),
                ResponseCode.ILLEGAL_OPERATION,
                "LEFT");
    }

    @Test
    void reschedulesAndTellsTheNewId() {
        send("T", HOUR_MS, "UNIQ_KEY", "U1");
        String old = idOf("U1");

        Response moved = ask(RequestCode.SCHEDULE_RESCHEDULE, "id", old, "dueMs", nowMs + DAY_MS);

        assertOutcome(moved, ResponseCode.SUCCESS, "DONE");
        String id = moved.ext().get("newId");
        assertThat(body(ask(RequestCode.SCHEDULE_SHOW, "id", String.valueOf(id))))
                .containsEntry("dueMs", nowMs + DAY_MS)
                .containsEntry("state", "waiting");
        Response late = ask(RequestCode.SCHEDULE_CANCEL, "id", old);
        assertOutcome(late, ResponseCode.QUERY_NOT_FOUND, "NOT_FOUND");
        assertThat(late.remark()).contains("its id is " + id + " now");
        assertThat(live.broker.scheduler().pendingCount()).isEqualTo(1);
    }

    @Test
    void refusesATimeThatIsTooFarAway() {
        send("T", HOUR_MS, "UNIQ_KEY", "U1");

        Response refused =
                ask(RequestCode.SCHEDULE_RESCHEDULE, "topic", "T", "key", "U1", "dueMs", nowMs + 20 * 366 * DAY_MS);

        assertThat(refused.code()).isEqualTo(ResponseCode.INVALID_PARAMETER);
        assertThat(refused.remark()).contains("at most");
        assertThat(body(ask(RequestCode.SCHEDULE_SHOW, "topic", "T", "key", "U1")))
                .containsEntry("dueMs", nowMs + HOUR_MS);
    }

    @Test
    void deliversNowUnlessTheTopicIsPaused() {
        send("T", DAY_MS, "UNIQ_KEY", "U1");
        assertOutcome(ask(RequestCode.SCHEDULE_PAUSE, "topic", "T"), ResponseCode.SUCCESS, "DONE");
        assertThat(body(ask(RequestCode.SCHEDULE_SHOW, "topic", "T", "key", "U1")))
                .containsEntry("state", "paused");
        assertOutcome(
                ask(RequestCode.SCHEDULE_DELIVER_NOW, "topic", "T", "key", "U1"),
                ResponseCode.ILLEGAL_OPERATION,
                "HELD");

        assertOutcome(ask(RequestCode.SCHEDULE_RESUME, "topic", "T"), ResponseCode.SUCCESS, "DONE");
        assertOutcome(ask(RequestCode.SCHEDULE_DELIVER_NOW, "topic", "T", "key", "U1"), ResponseCode.SUCCESS, "DONE");

        await("delivered", () -> delivered("T") == 1);
    }

    @Test
    void keepsWhatIsDueForAPausedTopicAndDeliversItAfterwards() {
        send("T", 1000);
        send("Other", 1000);
        ask(RequestCode.SCHEDULE_PAUSE, "topic", "T");
        live.clock.advance(Duration.ofMinutes(5));
        await("the other topic is delivered to", () -> delivered("Other") == 1);

        assertThat(delivered("T")).isZero();
        JSONObject stats = body(ask(RequestCode.SCHEDULE_STATS));
        assertThat(stats.getJSONArray("paused")).containsExactly("T");
        assertThat(stats.getLongValue("overdueMs")).isEqualTo(5 * MINUTE_MS - 1000);

        Response again = ask(RequestCode.SCHEDULE_RESUME, "topic", "T");
        assertOutcome(again, ResponseCode.SUCCESS, "DONE");
        await("delivered after all", () -> delivered("T") == 1);
        assertThat(ask(RequestCode.SCHEDULE_RESUME, "topic", "T").remark()).contains("was not paused");
    }

    @Test
    void refusesToPauseATopicThatIsNotThere() {
        assertThat(ask(RequestCode.SCHEDULE_PAUSE, "topic", "None").code()).isEqualTo(ResponseCode.TOPIC_NOT_EXIST);
        assertThat(ask(RequestCode.SCHEDULE_RESUME, "topic", "None").code()).isEqualTo(ResponseCode.TOPIC_NOT_EXIST);
    }

    @Test
    void countsWhatWaitsBySpansOfTime() {
        for (int i = 0; i < 3; i++) {
            send("T", HOUR_MS + i);
        }
        send("T", 5 * DAY_MS);
        long hour = (nowMs + HOUR_MS) / HOUR_MS * HOUR_MS;

        JSONObject hours = body(ask(RequestCode.SCHEDULE_HISTOGRAM));

        assertThat(hours).containsEntry("hasMore", false);
        assertThat(hours.getJSONArray("spans"))
                .containsExactly(
                        JSONObject.of("fromMs", hour, "count", 3),
                        JSONObject.of("fromMs", (nowMs + 5 * DAY_MS) / HOUR_MS * HOUR_MS, "count", 1));
        assertThat(body(ask(RequestCode.SCHEDULE_HISTOGRAM, "spanMs", 1000))).containsEntry("hasMore", true);
        assertThat(body(ask(RequestCode.SCHEDULE_HISTOGRAM, "fromMs", nowMs + 6 * DAY_MS))
                        .getJSONArray("spans"))
                .isEmpty();
    }

    @Test
    void tellsTotalsAndCounters() {
        assertThat(body(ask(RequestCode.SCHEDULE_STATS)))
                .containsEntry("messages", 0)
                .doesNotContainKey("firstDueMs");
        send("T", HOUR_MS);
        send("T", DAY_MS);
        send("T", 1000);
        live.clock.advance(Duration.ofSeconds(2));
        await("delivered", () -> delivered("T") == 1);
        await("counted", () -> live.broker.scheduler().lateness().containsKey("T"));

        JSONObject stats = body(ask(RequestCode.SCHEDULE_STATS));

        assertThat(stats)
                .containsEntry("messages", 2)
                .containsEntry("firstDueMs", nowMs + HOUR_MS)
                .containsEntry("lastDueMs", nowMs + DAY_MS)
                .containsEntry("overdueMs", 0);
        assertThat(stats.getLongValue("bytes")).isPositive();
        assertThat(stats.getJSONObject("lateness").getJSONArray("T"))
                .hasSize(stats.getJSONArray("latenessBoundsMs").size() + 1);
        assertThat(stats.getJSONObject("counters"))
                .containsEntry("schedule_pending_messages", 2)
                .allSatisfy((name, _) -> assertThat(name).startsWith("schedule_"));
    }

    @ParameterizedTest
    @CsvSource({
        "9501, max, 0, 1 to 1000",
        "9501, max, 1001, 1 to 1000",
        "9501, fromMs, yesterday, ms since 1970",
        "9501, toMs, 9223372036854775807, ms since 1970",
        "9502, id, 12, looks like",
        "9502, id, 1-99999999999, looks like",
        "9502, topic, T, key",
        "9503, key, k, topic",
        "9504, id, 1-1, dueMs is missing",
        "9505, id, -1-1, looks like",
        "9506, spanMs, 5, span",
        "9507, none, none, topic is missing",
        "9508, none, none, topic is missing"
    })
    void saysWhatItExpectedOfARequestThatMakesNoSense(int code, String name, String value, String expected) {
        Response refused = ask(code, name, value);

        assertThat(refused.code()).isEqualTo(ResponseCode.INVALID_PARAMETER);
        assertThat(refused.remark()).contains(expected);
    }

    @ParameterizedTest
    @ValueSource(
            ints = {
                RequestCode.SCHEDULE_SHOW,
                RequestCode.SCHEDULE_CANCEL,
                RequestCode.SCHEDULE_RESCHEDULE,
                RequestCode.SCHEDULE_DELIVER_NOW
            })
    void knowsWhatItDoesNotKnow(int code) {
        int hours = live.broker.log().dueQueues().all().size();

        for (Map<String, String> name :
                List.of(Map.of("id", "999999999-2147483647"), Map.of("topic", "None", "key", "none"))) {
            Reply request = Reply.ok().ext("dueMs", 1);
            name.forEach(request::ext);
            assertOutcome(peer.call(code, request), ResponseCode.QUERY_NOT_FOUND, "NOT_FOUND");
        }
        assertThat(live.broker.log().dueQueues().all()).hasSize(hours);
    }
}
