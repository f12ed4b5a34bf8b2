package io.carillon.contract;

import static io.carillon.contract.Conversation.text;
import static io.carillon.contract.Conversation.textOf;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.util.Durations;
import com.google.protobuf.util.Timestamps;
import io.carillon.api.delayqueue.v1.Message;
import io.carillon.api.delayqueue.v1.ReceivedMessage;
import io.carillon.api.delayqueue.v1.ReleaseResponse;
import io.carillon.api.delayqueue.v1.RetryPolicy;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** How long a message waits that is given back without a delay, and how often it is tried. */
interface RetryContract extends Conversations {
    private static RetryPolicy.Builder policy(int attempts, long backoffMs) {
        return RetryPolicy.newBuilder().setMaxAttempts(attempts).setBackoff(Durations.fromMillis(backoffMs));
    }

    /** Gives it back again and again: after each try but the last it waits so many ms, and comes no earlier. */
    private static void assertWaits(Conversation on, long... waitsMs) {
        long dueMs = 0;
        for (int attempt = 1; attempt <= waitsMs.length + 1; attempt++) {
            ReceivedMessage got = on.next();
            assertThat(got.getAttempt()).isEqualTo(attempt);
            assertThat(Timestamps.toMillis(got.getVisibleAt()) - 60_000).isGreaterThanOrEqualTo(dueMs);
            long beforeMs = System.currentTimeMillis();
            ReleaseResponse released = on.release(got.getReceipt());
            long afterMs = System.currentTimeMillis();
            dueMs = Timestamps.toMillis(released.getVisibleAt());
            assertThat(released.getDead()).as("dead after %s", attempt).isEqualTo(attempt > waitsMs.length);
            if (!released.getDead()) {
                long waitMs = waitsMs[attempt - 1];
                assertThat(dueMs).as("after %s", attempt).isBetween(beforeMs + waitMs, afterMs + waitMs);
            }
        }
        assertThat(on.now()).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    default void whatIsGivenBackWaitsLongerFromTryToTry(Over how) {
        Conversation on = over(how);
        RetryPolicy retry = policy(5, 200)
                .setBackoffMultiplier(2)
                .setMaxBackoff(Durations.fromMillis(700))
                .build();
        on.send(text("again and again").setRetry(retry));
        assertWaits(on, 200, 400, 700, 700);
        assertThat(on.deadLetters()).extracting(Message::getAttempts).containsExactly(5);
    }

    @ParameterizedTest
    @EnumSource
    default void aBackoffThatDoesNotGrowStaysAsItIs(Over how) {
        Conversation on = over(how);
        on.send(text("steady").setRetry(policy(3, 200)));
        assertWaits(on, 200, 200);
    }

    @ParameterizedTest
    @EnumSource
    default void aGroupSaysHowItsMessagesAreTriedThatDoNotSayThemselves(Over how) {
        Conversation on = over(how);
        on.putTopic();
        on.putGroup(policy(3, 300).build());
        try {
            on.send(text("as the group has it"));
            assertWaits(on, 300, 300);
            on.send(text("as it says itself").setRetry(policy(2, 500)));
            assertWaits(on, 500);
        } finally {
            on.putGroup();
        }
    }

    @ParameterizedTest
    @EnumSource
    default void whatNobodySaysAnythingAboutIsTriedSeventeenTimes(Over how) {
        Conversation on = over(how);
        on.putTopic();
        on.putGroup(); // another topic's test may have said something, where a group is one for all topics
        on.send(text("stubborn"));
        for (int attempt = 1; attempt <= 17; attempt++) {
            ReceivedMessage got = on.next();
            assertThat(got.getAttempt()).isEqualTo(attempt);
            assertThat(on.release(got.getReceipt(), Durations.ZERO).getDead()).isEqualTo(attempt == 17);
        }
        assertThat(on.now()).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    default void aDelayOfItsOwnGoesBeforeTheBackoff(Over how) {
        Conversation on = over(how);
        on.send(text("now").setRetry(policy(2, 3_600_000)));
        on.release(on.next().getReceipt(), Durations.ZERO);
        ReceivedMessage again = on.next();
        assertThat(textOf(again.getMessage())).isEqualTo("now");
        assertThat(again.getAttempt()).isEqualTo(2);
        on.ack(again.getReceipt());
    }

    /** Its receiver is gone, and nobody gave it back: it is not held back beyond its visibility time. */
    @ParameterizedTest
    @EnumSource
    default void whatIsNotSettledInTimeComesWithoutABackoff(Over how) {
        Conversation on = over(how);
        on.send(text("lost").setRetry(policy(2, 3_600_000)));
        on.next(Conversation.SHORT);
        ReceivedMessage again = on.next();
        assertThat(again.getAttempt()).isEqualTo(2);
        on.ack(again.getReceipt());
    }
}
