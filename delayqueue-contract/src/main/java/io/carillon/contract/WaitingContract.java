package io.carillon.contract;

import static io.carillon.contract.ApiProblemAssertions.assertProblem;
import static io.carillon.contract.Conversation.SHORT;
import static io.carillon.contract.Conversation.text;
import static io.carillon.contract.Conversation.textOf;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Timestamp;
import com.google.protobuf.util.Durations;
import com.google.protobuf.util.Timestamps;
import io.carillon.api.delayqueue.v1.CancelOutcome;
import io.carillon.api.delayqueue.v1.DelayQueueGrpc;
import io.carillon.api.delayqueue.v1.GetStatisticsRequest;
import io.carillon.api.delayqueue.v1.ListMessagesRequest;
import io.carillon.api.delayqueue.v1.ListMessagesResponse;
import io.carillon.api.delayqueue.v1.Message;
import io.carillon.api.delayqueue.v1.MessageState;
import io.carillon.api.delayqueue.v1.ReceivedMessage;
import io.carillon.api.delayqueue.v1.RescheduleOutcome;
import io.carillon.api.delayqueue.v1.RescheduleRequest;
import io.carillon.api.delayqueue.v1.SendResponse;
import io.carillon.api.delayqueue.v1.Statistics;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What waits until it is due: cancelled, moved, listed. */
interface WaitingContract extends Conversations {
    @ParameterizedTest
    @EnumSource
    default void aCancelledMessageIsNeverDelivered(Over how) {
        Conversation on = over(how);
        SendResponse sent = on.send(text("never").setDelay(SHORT));
        assertThat(on.cancel(sent.getId())).isEqualTo(CancelOutcome.CANCEL_DONE);
        assertThat(on.cancel(sent.getId())).isEqualTo(CancelOutcome.CANCEL_DONE_BEFORE);
        assertThat(on.get(sent.getId()).getState()).isEqualTo(MessageState.CANCELLED);
        on.send(text("after it").setDelay(Durations.fromMillis(350)));
        assertThat(textOf(on.next().getMessage())).isEqualTo("after it");
    }

    @ParameterizedTest
    @EnumSource
    default void whoHasAMessageCannotBeKeptFromIt(Over how) {
        Conversation on = over(how);
        SendResponse sent = on.send(text("too late"));
        ReceivedMessage got = on.next();
        assertThat(on.cancel(sent.getId())).isEqualTo(CancelOutcome.CANCEL_IN_FLIGHT);
        on.ack(got.getReceipt());
        assertThat(on.cancel(sent.getId())).isEqualTo(CancelOutcome.CANCEL_FINISHED);
        assertProblem("no-such-message", () -> on.cancel("00000000000000000000000000000000"));
    }

    @ParameterizedTest
    @EnumSource
    default void aMessageThatWaitsMayBeDueEarlier(Over how) {
        Conversation on = over(how);
        SendResponse sent = on.send(text("sooner").setDelay(Durations.fromHours(1)));
        Timestamp when = Timestamps.fromMillis(Timestamps.toMillis(sent.getDueAt()) - 3_600_000 + 200);
        var moved = on.client()
                .call(
                        DelayQueueGrpc.getRescheduleMethod(),
                        RescheduleRequest.newBuilder()
                                .setTopic(on.topic())
                                .setId(sent.getId())
                                .setDueAt(when)
                                .build());
        assertThat(moved.getOutcome()).isEqualTo(RescheduleOutcome.RESCHEDULE_DONE);
        ReceivedMessage got = on.next();
        assertThat(got.getMessage().getId()).isEqualTo(sent.getId());
        on.ack(got.getReceipt());
        var late = on.client()
                .call(
                        DelayQueueGrpc.getRescheduleMethod(),
                        RescheduleRequest.newBuilder()
                                .setTopic(on.topic())
                                .setId(sent.getId())
                                .setDelay(SHORT)
                                .build());
        assertThat(late.getOutcome()).isEqualTo(RescheduleOutcome.RESCHEDULE_TOO_LATE);
    }

    @ParameterizedTest
    @EnumSource
    default void whatWaitsIsListedInTheOrderOfItsTimePageByPage(Over how) {
        Conversation on = over(how);
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            ids.add(on.send(text("m" + i).setKey("k" + i % 2).setDelay(Durations.fromSeconds(600 + i)))
                    .getId());
        }
        List<String> seen = new ArrayList<>();
        String token = "";
        do {
            ListMessagesResponse page = on.client()
                    .call(
                            DelayQueueGrpc.getListMessagesMethod(),
                            ListMessagesRequest.newBuilder()
                                    .setTopic(on.topic())
                                    .setState(MessageState.SCHEDULED)
                                    .setPageSize(2)
                                    .setPageToken(token)
                                    .build());
            assertThat(page.getMessagesCount()).isLessThanOrEqualTo(2);
            page.getMessagesList().forEach(one -> seen.add(one.getId()));
            token = page.getNextPageToken();
        } while (!token.isEmpty());
        assertThat(seen).containsExactlyElementsOf(ids);
        ListMessagesResponse ofKey = on.client()
                .call(
                        DelayQueueGrpc.getListMessagesMethod(),
                        ListMessagesRequest.newBuilder()
                                .setTopic(on.topic())
                                .setKey("k1")
                                .build());
        assertThat(ofKey.getMessagesList()).extracting(Message::getId).containsExactly(ids.get(1), ids.get(3));
        Statistics statistics = on.client()
                .call(
                        DelayQueueGrpc.getGetStatisticsMethod(),
                        GetStatisticsRequest.newBuilder().setTopic(on.topic()).build());
        assertThat(statistics.getScheduled()).isEqualTo(5);
        assertThat(statistics.hasNextDueAt()).isTrue();
    }
}
