package io.carillon.contract;

import static io.carillon.contract.ApiProblemAssertions.assertBusy;
import static io.carillon.contract.Conversation.GROUP;
import static io.carillon.contract.Conversation.WAIT;
import static io.carillon.contract.Conversation.text;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.util.Durations;
import io.carillon.api.delayqueue.v1.DelayQueueGrpc;
import io.carillon.api.delayqueue.v1.Limits;
import io.carillon.api.delayqueue.v1.NewMessage;
import io.carillon.api.delayqueue.v1.PullRequest;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What is said when as much as may be is under way at once, by a server of which that is little: pulls that wait, and messages
 * in flight. An engine that has no such limit is not asked about it. The limits of all requests together are those of the
 * front, whichever engine it has.
 */
public abstract class SmallLimitsContract extends ServedContract {
    /** More than a test fills up. */
    private static final int MANY = 1_000;

    @ParameterizedTest
    @EnumSource
    void aPullThatNobodyHasRoomForIsRefusedByTheLimitsName(Over how) {
        Conversation on = over(how);
        Limits limits = on.limits();
        assertThat(limits.getWaitingMax()).isLessThan(MANY);
        on.putTopic();
        List<ApiClient.Asked> waiting = new ArrayList<>();
        try {
            for (int i = 0; i < limits.getWaitingMax(); i++) {
                waiting.add(wait(on, "g" + i));
                on.awaitWaiting("g" + i, 1);
            }

            assertBusy(limits, "waiting_max", () -> on.pull("more", 1, WAIT, Durations.fromMinutes(1)));
        } finally {
            waiting.forEach(ApiClient.Asked::close);
        }
        on.awaitWaiting("g0", 0);
    }

    @ParameterizedTest
    @EnumSource
    void aPullThatItsGroupHasNoRoomForIsRefusedByTheLimitsName(Over how) {
        Conversation on = over(how);
        Limits limits = on.limits();
        if (limits.getWaitingPerGroupMax() >= limits.getWaitingMax()) {
            return;
        }
        on.putTopic();
        List<ApiClient.Asked> waiting = new ArrayList<>();
        try {
            for (int i = 0; i < limits.getWaitingPerGroupMax(); i++) {
                waiting.add(wait(on, GROUP));
                on.awaitWaiting(GROUP, i + 1L);
            }

            assertBusy(limits, "waiting_per_group_max", () -> on.pull(GROUP, 1, WAIT, Durations.fromMinutes(1)));
        } finally {
            waiting.forEach(ApiClient.Asked::close);
        }
        on.awaitWaiting(GROUP, 0);
    }

    private static ApiClient.Asked wait(Conversation on, String group) {
        return on.client()
                .ask(
                        DelayQueueGrpc.getPullMethod(),
                        PullRequest.newBuilder()
                                .setTopic(on.topic())
                                .setGroup(group)
                                .setWait(WAIT)
                                .build());
    }

    @ParameterizedTest
    @EnumSource
    void whoHasAsMuchInFlightAsMayBeGetsNoMoreAndIsToldTheLimitsName(Over how) {
        Conversation on = over(how);
        Limits limits = on.limits();
        if (limits.getInFlightPerQueueMax() > MANY) {
            return;
        }
        on.putTopic(1);
        int most = limits.getInFlightPerQueueMax();
        on.sendBatch(Collections.nCopies(most + 1, text("x")).toArray(NewMessage.Builder[]::new));
        List<String> receipts = new ArrayList<>();
        while (receipts.size() < most) {
            on.pull(GROUP, most - receipts.size(), WAIT, Durations.fromMinutes(1))
                    .forEach(got -> receipts.add(got.getReceipt()));
        }

        assertBusy(limits, "in_flight_per_queue_max", () -> on.pull(GROUP, 1, WAIT, Durations.fromMinutes(1)));

        on.ack(receipts.toArray(String[]::new));
        on.ack(on.next().getReceipt());
    }
}
