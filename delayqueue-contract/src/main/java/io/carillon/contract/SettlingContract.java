package io.carillon.contract;

import static io.carillon.contract.ApiProblemAssertions.assertProblem;
import static io.carillon.contract.Conversation.GROUP;
import static io.carillon.contract.Conversation.SHORT;
import static io.carillon.contract.Conversation.text;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.util.Durations;
import com.google.protobuf.util.Timestamps;
import io.carillon.api.delayqueue.v1.ExtendResponse;
import io.carillon.api.delayqueue.v1.Message;
import io.carillon.api.delayqueue.v1.MessageState;
import io.carillon.api.delayqueue.v1.ReceivedMessage;
import io.carillon.api.delayqueue.v1.RedriveResponse;
import io.carillon.api.delayqueue.v1.ReleaseResponse;
import io.carillon.api.delayqueue.v1.RetryPolicy;
import io.carillon.api.delayqueue.v1.SendResponse;
import io.carillon.api.delayqueue.v1.Settled;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What is handed out: acknowledged, extended, released, dead in the end. */
interface SettlingContract extends Conversations {
    @ParameterizedTest
    @EnumSource
    default void whatIsNotSettledInTimeComesAgainAndItsOldReceiptIsWorthNothing(Over how) {
        Conversation on = over(how);
        on.send(text("again"));
        ReceivedMessage first = on.next(SHORT);
        ReceivedMessage second = on.next();
        assertThat(second.getMessage().getId()).isEqualTo(first.getMessage().getId());
        assertThat(second.getAttempt()).isEqualTo(2);
        assertThat(on.ack(first.getReceipt())).containsExactly(Settled.TOO_LATE);
        assertThat(on.ack(second.getReceipt())).containsExactly(Settled.DONE);
        assertThat(on.ack(second.getReceipt())).as("once more").containsExactly(Settled.DONE);
        assertThat(on.now()).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    default void whatIsExtendedStaysWithItsReceiver(Over how) {
        Conversation on = over(how);
        on.send(text("mine"));
        ReceivedMessage got = on.next(Durations.fromMillis(500));
        ExtendResponse extended = on.extend(got.getReceipt(), Durations.fromMinutes(1));
        assertThat(Timestamps.toMillis(extended.getVisibleAt()))
                .isGreaterThan(Timestamps.toMillis(got.getVisibleAt()) + 30_000);
        assertThat(on.pull(GROUP, 1, Durations.fromMillis(800), Durations.fromMinutes(1)))
                .isEmpty();
        assertThat(on.ack(extended.getReceipt())).containsExactly(Settled.DONE);
    }

    @ParameterizedTest
    @EnumSource
    default void whatIsExtendedForNoSetTimeStaysForAsLongAsItsGroupSays(Over how) {
        Conversation on = over(how);
        on.send(text("mine"));
        ReceivedMessage got = on.next(Durations.fromSeconds(10));
        ExtendResponse extended = on.extend(got.getReceipt());
        long longerMs = Timestamps.toMillis(extended.getVisibleAt()) - Timestamps.toMillis(got.getVisibleAt());
        long ofGroupMs = on.limits().getVisibilityDefaultMs();
        assertThat(longerMs).isBetween(ofGroupMs - 10_000, ofGroupMs);
        assertThat(on.ack(extended.getReceipt())).containsExactly(Settled.DONE);
    }

    @ParameterizedTest
    @EnumSource
    default void whatIsReleasedComesAgainAfterItsDelay(Over how) {
        Conversation on = over(how);
        on.send(text("back"));
        ReceivedMessage got = on.next();
        ReleaseResponse released = on.release(got.getReceipt(), SHORT);
        assertThat(released.getDead()).isFalse();
        ReceivedMessage again = on.next();
        assertThat(again.getAttempt()).isEqualTo(2);
        assertThat(Timestamps.toMillis(again.getVisibleAt()) - 60_000)
                .isGreaterThanOrEqualTo(Timestamps.toMillis(released.getVisibleAt()));
        assertThat(on.ack(got.getReceipt())).containsExactly(Settled.TOO_LATE);
        assertThat(on.ack(again.getReceipt())).containsExactly(Settled.DONE);
    }

    @ParameterizedTest
    @EnumSource
    default void whatFailedTooOftenIsADeadLetterThatMayBeRedriven(Over how) {
        Conversation on = over(how);
        RetryPolicy twice = RetryPolicy.newBuilder().setMaxAttempts(2).build();
        SendResponse sent = on.send(text("hopeless").setRetry(twice));
        on.release(on.next().getReceipt(), Durations.ZERO);
        ReceivedMessage second = on.next();
        assertThat(second.getAttempt()).isEqualTo(2);
        assertThat(on.release(second.getReceipt(), Durations.ZERO).getDead()).isTrue();

        assertThat(on.now()).isEmpty();
        assertThat(on.deadLetters()).extracting(Message::getId).containsExactly(sent.getId());
        assertThat(on.get(sent.getId()).getState()).isEqualTo(MessageState.DEAD);

        RedriveResponse redriven = on.redrive(sent.getId(), "00000000000000000000000000000000");
        assertThat(redriven.getRedriven()).isEqualTo(1);
        assertThat(redriven.getUnknown()).isEqualTo(1);
        assertThat(on.deadLetters()).isEmpty();
        ReceivedMessage again = on.next();
        assertThat(again.getMessage().getId()).isEqualTo(sent.getId());
        assertThat(again.getAttempt()).isEqualTo(1);
        assertThat(on.ack(again.getReceipt())).containsExactly(Settled.DONE);
    }

    @ParameterizedTest
    @EnumSource
    default void aReceiptIsGoodForItsOwnGroupAndTopicOnly(Over how) {
        Conversation on = over(how);
        on.send(text("sealed"));
        ReceivedMessage got = on.next();
        Conversation other = over(how);
        other.putTopic();
        assertThat(other.ack(got.getReceipt())).containsExactly(Settled.INVALID);
        char[] forged = got.getReceipt().toCharArray();
        forged[20] = forged[20] == 'A' ? 'B' : 'A';
        assertThat(on.ack(new String(forged), "x", got.getReceipt()))
                .containsExactly(Settled.INVALID, Settled.INVALID, Settled.DONE);
        assertProblem("receipt-not-valid", () -> other.release(got.getReceipt(), Durations.ZERO));
    }
}
