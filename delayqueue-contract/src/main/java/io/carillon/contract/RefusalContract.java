package io.carillon.contract;

import static io.carillon.contract.ApiProblemAssertions.assertOverLimit;
import static io.carillon.contract.ApiProblemAssertions.assertProblem;
import static io.carillon.contract.ApiProblemAssertions.assertUnderLimit;
import static io.carillon.contract.Conversation.GROUP;
import static io.carillon.contract.Conversation.text;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.protobuf.ByteString;
import com.google.protobuf.Duration;
import com.google.protobuf.util.Durations;
import com.google.protobuf.util.Timestamps;
import io.carillon.api.delayqueue.v1.DelayQueueGrpc;
import io.carillon.api.delayqueue.v1.Limits;
import io.carillon.api.delayqueue.v1.NewMessage;
import io.carillon.api.delayqueue.v1.RetryPolicy;
import io.carillon.api.delayqueue.v1.SendBatchRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What is refused, and how that is told. */
interface RefusalContract extends Conversations {
    /** Each one has a name, and the value, that the limits have. */
    @ParameterizedTest
    @EnumSource
    default void aMessageBeyondALimitIsRefusedByItsName(Over how) {
        Conversation on = over(how);
        Limits limits = on.limits();
        assertOverLimit(
                limits,
                "body_bytes_max",
                () -> on.send(
                        NewMessage.newBuilder().setBody(ByteString.copyFrom(new byte[limits.getBodyBytesMax() + 1]))));
        assertOverLimit(limits, "delay_max_ms", () -> on.send(text("x").setDelay(Durations.fromDays(40_000))));
        assertOverLimit(
                limits, "delay_max_ms", () -> on.send(text("x").setDueAt(Timestamps.fromSeconds(200_000_000_000L))));
        assertOverLimit(limits, "ttl_max_ms", () -> on.send(text("x").setTtl(Durations.fromDays(40_000))));
        String longKey = "\u00e9".repeat(limits.getKeyLengthMax() / 2 + 1);
        for (NewMessage.Builder one : List.of(
                text("x").setKey(longKey),
                text("x").setTag(longKey),
                text("x").setOrderingKey(longKey),
                text("x").setIdempotencyKey(longKey))) {
            assertOverLimit(limits, "key_length_max", () -> on.send(one));
        }
        on.send(text("x").setKey(longKey.substring(1)).setIdempotencyKey(longKey.substring(1)));
        NewMessage.Builder manyHeaders = text("x");
        for (int i = 0; i <= limits.getHeadersMax(); i++) {
            manyHeaders.putHeaders("h" + i, "v");
        }
        assertOverLimit(limits, "headers_max", () -> on.send(manyHeaders));
        assertOverLimit(
                limits,
                "header_bytes_max",
                () -> on.send(text("x").putHeaders("h", "v".repeat(limits.getHeaderBytesMax()))));
        assertOverLimit(
                limits,
                "visibility_max_ms",
                () -> on.send(text("x")
                        .setRetry(RetryPolicy.newBuilder().setMaxAttempts(2).setBackoff(Durations.fromDays(1)))));
        if (limits.getMaxAttemptsMax() < Integer.MAX_VALUE) {
            RetryPolicy tooMany = RetryPolicy.newBuilder()
                    .setMaxAttempts(limits.getMaxAttemptsMax() + 1)
                    .build();
            assertOverLimit(limits, "max_attempts_max", () -> on.send(text("x").setRetry(tooMany)));
            assertOverLimit(limits, "max_attempts_max", () -> on.putGroup(tooMany));
        }
    }

    @ParameterizedTest
    @EnumSource
    default void aCallBeyondALimitIsRefusedByItsName(Over how) {
        Conversation on = over(how);
        Limits limits = on.limits();
        Duration minute = Durations.fromMinutes(1);
        assertOverLimit(limits, "pull_max", () -> on.pull(GROUP, limits.getPullMax() + 1, Durations.ZERO, minute));
        assertOverLimit(
                limits,
                "wait_max_ms",
                () -> on.pull(GROUP, 1, Durations.fromMillis(limits.getWaitMaxMs() + 1), minute));
        assertOverLimit(
                limits, "visibility_max_ms", () -> on.pull(GROUP, 1, Durations.ZERO, Durations.fromDays(40_000)));
        assertUnderLimit(
                limits,
                "visibility_min_ms",
                () -> on.pull(GROUP, 1, Durations.ZERO, Durations.fromMillis(limits.getVisibilityMinMs() - 1)));
        String[] tags = IntStream.rangeClosed(0, limits.getTagsMax())
                .mapToObj(i -> "t" + i)
                .toArray(String[]::new);
        assertOverLimit(limits, "tags_max", () -> on.pull(GROUP, 1, Durations.ZERO, minute, tags));
        String[] receipts = Collections.nCopies(limits.getBatchMax() + 1, "x").toArray(String[]::new);
        assertOverLimit(limits, "batch_max", () -> on.ack(receipts));
        assertOverLimit(limits, "batch_max", () -> on.redrive(receipts));
        assertOverLimit(
                limits,
                "batch_max",
                () -> on.sendBatch(
                        Collections.nCopies(receipts.length, text("x")).toArray(NewMessage.Builder[]::new)));
        on.send(text("x"));
        String receipt = on.next().getReceipt();
        assertOverLimit(limits, "visibility_max_ms", () -> on.release(receipt, Durations.fromDays(1)));
        assertOverLimit(limits, "visibility_max_ms", () -> on.extend(receipt, Durations.fromDays(1)));
        assertOverLimit(limits, "id_length_max", () -> on.get("i".repeat(limits.getIdLengthMax() + 1)));
        assertOverLimit(limits, "page_max", () -> on.page(limits.getPageMax() + 1));
    }

    @ParameterizedTest
    @EnumSource
    default void aTopicBeyondALimitIsRefusedByItsName(Over how) {
        Conversation on = over(how);
        Limits limits = on.limits();
        String longName = "n".repeat(limits.getNameLengthMax() + 1);
        assertOverLimit(limits, "name_length_max", () -> new Conversation(on.client(), longName).send(text("x")));
        on.putTopic();
        assertOverLimit(
                limits, "name_length_max", () -> on.pull(longName, 1, Durations.ZERO, Durations.fromMinutes(1)));
        if (limits.getPartitionsMax() < Integer.MAX_VALUE) {
            assertOverLimit(limits, "partitions_max", () -> on.putTopic(limits.getPartitionsMax() + 1));
        }
        if (limits.getGroupsPerTopicMax() < 1_000) {
            assertOverLimit(limits, "groups_per_topic_max", () -> {
                for (int i = 0; i <= limits.getGroupsPerTopicMax(); i++) {
                    on.pull("g" + i, 1, Durations.ZERO, Durations.fromMinutes(1));
                }
            });
        }
    }

    /** Whoever reads the OpenAPI finds every limit there by the name that answers have. */
    @Test
    default void everyLimitIsInTheOpenApi() {
        try (JsonClient client = http()) {
            String limits = client.send(client.to("/v1/limits").GET()).body();
            String openApi = client.send(client.to("/openapi.json").GET()).body();
            JsonObject described = JsonParser.parseString(openApi)
                    .getAsJsonObject()
                    .getAsJsonObject("components")
                    .getAsJsonObject("schemas")
                    .getAsJsonObject("Limits")
                    .getAsJsonObject("properties");
            assertThat(JsonParser.parseString(limits).getAsJsonObject().keySet())
                    .isEqualTo(described.keySet());
        }
    }

    @ParameterizedTest
    @EnumSource
    default void whatMakesNoSenseIsRefusedWithAReason(Over how) {
        Conversation on = over(how);
        assertProblem("invalid", () -> new Conversation(on.client(), "no spaces").send(text("x")));
        assertProblem("invalid", () -> on.send(text("x").setPriority(10)));
        assertProblem("invalid", () -> on.ack());
        assertProblem(
                "invalid",
                () -> on.client()
                        .call(
                                DelayQueueGrpc.getSendBatchMethod(),
                                SendBatchRequest.newBuilder()
                                        .setTopic(on.topic())
                                        .build()));
        assertProblem("invalid", () -> on.send(text("x").setDelay(Durations.fromSeconds(-1))));
        assertProblem("invalid", () -> on.send(text("x").setKey("two words")));
        for (String tag : List.of("", "*", "a||b", "two words")) {
            assertProblem("invalid", () -> on.pull(GROUP, 1, Durations.ZERO, Durations.fromMinutes(1), tag));
        }
        assertProblem("no-such-message", () -> on.get("00000000000000000000000000000000"));
    }

    @Test
    default void whatIsNoJsonAndWhatIsNowhereIsToldAsAProblem() {
        try (JsonClient client = http()) {
            var bad = client.send(client.to("/v1/topics/t/messages").POST(BodyPublishers.ofString("{\"txt\":1}")));
            assertThat(bad.statusCode()).isEqualTo(400);
            assertThat(bad.body()).contains("\"code\":\"invalid\"").contains("txt");
            var deep = client.send(
                    client.to("/v1/topics/t/messages").POST(BodyPublishers.ofString("{\"headers\":".repeat(50_000))));
            assertThat(deep.statusCode()).isEqualTo(400);
            assertThat(client.send(client.to("/v1/nothing").GET()).statusCode()).isEqualTo(404);
            assertThat(client.send(client.to("/nothing").GET()).statusCode()).isEqualTo(404);
            assertThat(client.send(client.to("/v1/topics/t/messages:batch").GET())
                            .statusCode())
                    .isEqualTo(405);
        }
    }
}
