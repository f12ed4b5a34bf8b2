package io.carillon.contract;

import static io.carillon.contract.ApiProblemAssertions.assertOverLimit;
import static io.carillon.contract.ApiProblemAssertions.assertProblem;
import static io.carillon.contract.Conversation.GROUP;
import static io.carillon.contract.Conversation.text;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.util.Durations;
import io.carillon.api.delayqueue.v1.DelayQueueGrpc;
import io.carillon.api.delayqueue.v1.Limits;
import io.carillon.api.delayqueue.v1.NewMessage;
import io.carillon.api.delayqueue.v1.SendBatchRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What is refused, and how that is told. */
interface RefusalContract extends Conversations {
    @ParameterizedTest
    @EnumSource
    default void whatIsBeyondALimitIsRefusedByItsName(Over how) {
        Conversation on = over(how);
        Limits limits = on.limits();
        assertOverLimit(
                "body_bytes_max",
                () -> on.send(
                        NewMessage.newBuilder().setBody(ByteString.copyFrom(new byte[limits.getBodyBytesMax() + 1]))));
        assertOverLimit("delay_max_ms", () -> on.send(text("x").setDelay(Durations.fromDays(40_000))));
        assertOverLimit("ttl_max_ms", () -> on.send(text("x").setTtl(Durations.fromDays(40_000))));
        assertOverLimit(
                "pull_max", () -> on.pull(GROUP, limits.getPullMax() + 1, Durations.ZERO, Durations.fromMinutes(1)));
        assertOverLimit("wait_max_ms", () -> on.pull(GROUP, 1, Durations.fromSeconds(31), Durations.fromMinutes(1)));
        assertOverLimit("visibility_max_ms", () -> on.pull(GROUP, 1, Durations.ZERO, Durations.fromDays(40_000)));
        assertOverLimit(
                "batch_max",
                () -> on.client()
                        .call(
                                DelayQueueGrpc.getSendBatchMethod(),
                                SendBatchRequest.newBuilder()
                                        .setTopic(on.topic())
                                        .addAllMessages(java.util.Collections.nCopies(
                                                limits.getBatchMax() + 1, NewMessage.getDefaultInstance()))
                                        .build()));
        NewMessage.Builder manyHeaders = text("x");
        for (int i = 0; i <= limits.getHeadersMax(); i++) {
            manyHeaders.putHeaders("h" + i, "v");
        }
        assertOverLimit("headers_max", () -> on.send(manyHeaders));
        assertOverLimit(
                "header_bytes_max", () -> on.send(text("x").putHeaders("h", "v".repeat(limits.getHeaderBytesMax()))));
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
