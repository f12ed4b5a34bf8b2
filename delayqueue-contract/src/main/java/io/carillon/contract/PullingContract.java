package io.carillon.contract;

import static io.carillon.contract.Conversation.GROUP;
import static io.carillon.contract.Conversation.WAIT;
import static io.carillon.contract.Conversation.text;
import static io.carillon.contract.Conversation.textOf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.util.Durations;
import io.carillon.api.delayqueue.v1.DelayQueueGrpc;
import io.carillon.api.delayqueue.v1.PullRequest;
import io.carillon.api.delayqueue.v1.ReceivedMessage;
import io.carillon.api.delayqueue.v1.RetryPolicy;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Who gets which messages, and how long a pull waits. */
interface PullingContract extends Conversations {
    /** More than what lies between a server and a client that takes nothing. */
    int LARGE = 3_000_000;

    @ParameterizedTest
    @EnumSource
    default void aPullThatWaitsIsWokenByASend(Over how) throws Exception {
        Conversation on = over(how);
        on.putTopic();
        CompletableFuture<ReceivedMessage> waiting = CompletableFuture.supplyAsync(on::next);
        on.send(text("wake up"));
        assertThat(textOf(waiting.get(10, TimeUnit.SECONDS).getMessage())).isEqualTo("wake up");
    }

    @ParameterizedTest
    @EnumSource
    default void aPullEndsEmptyWhenItsWaitIsOver(Over how) {
        Conversation on = over(how);
        on.putTopic();
        assertThat(on.pull(GROUP, 1, Durations.fromMillis(100), Durations.fromMinutes(1)))
                .isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    default void everyGroupGetsEveryMessageWhereThereMayBeSeveral(Over how) {
        Conversation on = over(how);
        on.send(text("for all"));
        assertThat(on.next().getMessage()).isNotNull();
        if (on.limits().getGroupsPerTopicMax() > 1) {
            assertThat(on.pull("others", 1, WAIT, Durations.fromMinutes(1))).hasSize(1);
        } else {
            assertThatThrownBy(() -> on.pull("others", 1, Durations.ZERO, Durations.fromMinutes(1)))
                    .isInstanceOf(ApiClient.ApiProblem.class);
        }
    }

    @ParameterizedTest
    @EnumSource
    default void onlyTheTagsThatAreAskedForArePulled(Over how) {
        Conversation on = over(how);
        on.send(text("a").setTag("red"));
        on.send(text("b").setTag("blue"));
        List<ReceivedMessage> got = on.pull(GROUP, 10, WAIT, Durations.fromMinutes(1), "blue", "green");
        assertThat(got).extracting(one -> textOf(one.getMessage())).containsExactly("b");
    }

    @Test
    default void aReceiverThatGoesAwayWhileItWaitsTakesNothingWithIt() throws Exception {
        Conversation on = over(Over.HTTP);
        on.putTopic();
        JsonClient client = http();
        var request = client.requestOf(
                DelayQueueGrpc.getPullMethod(),
                PullRequest.newBuilder()
                        .setTopic(on.topic())
                        .setGroup(GROUP)
                        .setWait(WAIT)
                        .build());
        CompletableFuture<?> gone = CompletableFuture.runAsync(() -> client.send(request));
        on.awaitWaiting(GROUP, 1);
        client.close();
        assertThat(gone.handle((_, fault) -> fault != null).get(10, TimeUnit.SECONDS))
                .isTrue();
        on.send(text("for who is there"));
        ReceivedMessage got = on.next();
        assertThat(textOf(got.getMessage())).isEqualTo("for who is there");
        on.ack(got.getReceipt());
    }

    /**
     * Else somebody who lets no answer so large in would get it for ever, and nobody would hear of it. Over gRPC the server can
     * have done its part before the client refuses: then it comes when its visibility time is over.
     */
    @Test
    default void whatGotLostOnItsWayComesAgainAtOnceAndWasTried() throws IOException {
        Conversation on = over(Over.HTTP);
        String large = "x".repeat(Math.min(LARGE, on.limits().getBodyBytesMax()));
        RetryPolicy twice = RetryPolicy.newBuilder().setMaxAttempts(2).build();
        String id = on.send(text(large).setRetry(twice)).getId();
        PullRequest pull = PullRequest.newBuilder()
                .setTopic(on.topic())
                .setGroup(GROUP)
                .setWait(WAIT)
                .build();
        try (JsonClient client = http();
                JsonClient.Unread asked = client.ask(DelayQueueGrpc.getPullMethod(), pull)) {
            asked.awaitBegun();
        }

        ReceivedMessage got = on.next();

        assertThat(got.getMessage().getId()).isEqualTo(id);
        assertThat(got.getAttempt()).isEqualTo(2);
        on.release(got.getReceipt(), Durations.ZERO);
        Conversation.await(() -> on.deadLetters().size() == 1);
    }
}
