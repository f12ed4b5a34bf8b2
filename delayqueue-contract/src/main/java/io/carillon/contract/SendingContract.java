package io.carillon.contract;

import static io.carillon.contract.Conversation.SHORT;
import static io.carillon.contract.Conversation.text;
import static io.carillon.contract.Conversation.textOf;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.util.Durations;
import com.google.protobuf.util.Timestamps;
import io.carillon.api.delayqueue.v1.Message;
import io.carillon.api.delayqueue.v1.MessageState;
import io.carillon.api.delayqueue.v1.NewMessage;
import io.carillon.api.delayqueue.v1.ReceivedMessage;
import io.carillon.api.delayqueue.v1.SendOutcome;
import io.carillon.api.delayqueue.v1.SendResponse;
import io.carillon.api.delayqueue.v1.Settled;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** How messages are sent: as they are, delayed, in batches, and once though the send is repeated. */
interface SendingContract extends Conversations {
    @ParameterizedTest
    @EnumSource
    default void aMessageArrivesAsItWasSentAndIsGoneWhenAcknowledged(Over how) {
        Conversation on = over(how);
        SendResponse sent = on.send(NewMessage.newBuilder()
                .setBody(ByteString.copyFrom(new byte[] {0, (byte) 0xFF, 1, 2, 3}))
                .setKey("order-7")
                .setTag("paid")
                .setOrderingKey("customer-3")
                .setTtl(Durations.fromHours(1))
                .setPriority(7)
                .putHeaders("trace", "abc/\u00e9"));

        ReceivedMessage got = on.next();

        Message message = got.getMessage();
        assertThat(message.getId()).isEqualTo(sent.getId());
        assertThat(message.getTopic()).isEqualTo(on.topic());
        assertThat(message.getBody().toByteArray()).containsExactly(0, 0xFF, 1, 2, 3);
        assertThat(message.getBodyBytes()).isEqualTo(5);
        assertThat(message.getKey()).isEqualTo("order-7");
        assertThat(message.getTag()).isEqualTo("paid");
        assertThat(message.getOrderingKey()).isEqualTo("customer-3");
        assertThat(message.getTtl()).isEqualTo(Durations.fromHours(1));
        assertThat(message.getPriority()).isEqualTo(7);
        assertThat(message.getHeadersMap()).containsExactlyEntriesOf(java.util.Map.of("trace", "abc/\u00e9"));
        assertThat(got.getAttempt()).isEqualTo(1);
        assertThat(on.now()).as("while somebody has it").isEmpty();
        assertThat(on.ack(got.getReceipt())).containsExactly(Settled.DONE);
        assertThat(on.get(sent.getId()).getState()).isEqualTo(MessageState.ACKNOWLEDGED);
        assertThat(on.now()).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    default void aDelayedMessageIsNeverEarlyAndSoonAfter(Over how) {
        Conversation on = over(how);
        on.putTopic();
        SendResponse sent = on.send(text("later").setDelay(SHORT));
        assertThat(on.now()).isEmpty();
        assertThat(on.get(sent.getId()).getState()).isEqualTo(MessageState.SCHEDULED);

        ReceivedMessage got = on.next();

        long dueMs = Timestamps.toMillis(sent.getDueAt());
        long visibleMs = Timestamps.toMillis(got.getVisibleAt()) - 60_000;
        assertThat(visibleMs).as("handed out, due " + dueMs).isBetween(dueMs, dueMs + 5_000);
        assertThat(got.getMessage().getDueAt()).isEqualTo(sent.getDueAt());
        assertThat(textOf(got.getMessage())).isEqualTo("later");
        assertThat(on.get(sent.getId()).getState()).isEqualTo(MessageState.IN_FLIGHT);
        on.ack(got.getReceipt());
    }

    @ParameterizedTest
    @EnumSource
    default void aBatchTellsOfEachMessageByItself(Over how) {
        Conversation on = over(how);
        List<SendOutcome> outcomes =
                on.sendBatch(text("one"), text("bad").setDelay(Durations.fromDays(40_000)), text("two"));
        assertThat(outcomes).hasSize(3);
        assertThat(outcomes.get(0).hasSent()).isTrue();
        assertThat(outcomes.get(1).getProblem().getCode()).isEqualTo("over-limit");
        assertThat(outcomes.get(1).getProblem().getField()).isEqualTo(how == Over.HTTP ? "delayMaxMs" : "delay_max_ms");
        assertThat(outcomes.get(2).hasSent()).isTrue();

        Set<String> got = new HashSet<>();
        while (got.size() < 2) {
            ReceivedMessage one = on.next();
            got.add(textOf(one.getMessage()));
            on.ack(one.getReceipt());
        }
        assertThat(got).containsExactlyInAnyOrder("one", "two");
    }

    @ParameterizedTest
    @EnumSource
    default void aSendThatIsRepeatedIsStoredOnce(Over how) {
        Conversation on = over(how);
        SendResponse first = on.send(text("once").setIdempotencyKey("k1"));
        SendResponse second = on.send(text("once").setIdempotencyKey("k1"));
        assertThat(first.getRepeated()).isFalse();
        assertThat(second.getRepeated()).isTrue();
        assertThat(second.getId()).isEqualTo(first.getId());
        on.ack(on.next().getReceipt());
        assertThat(on.now()).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    default void whatABatchSaysTwiceIsDoneOnce(Over how) {
        Conversation on = over(how);
        List<SendOutcome> outcomes = on.sendBatch(
                text("once").setIdempotencyKey("twin"), text("once").setIdempotencyKey("twin"));
        assertThat(outcomes).extracting(one -> one.getSent().getRepeated()).containsExactly(false, true);
        assertThat(outcomes.get(1).getSent().getId())
                .isEqualTo(outcomes.get(0).getSent().getId());
        String receipt = on.next().getReceipt();
        assertThat(on.now()).isEmpty();
        assertThat(on.ack(receipt, receipt)).containsExactly(Settled.DONE, Settled.DONE);
    }

    @ParameterizedTest
    @EnumSource
    default void whatIsWorthNothingAnyMoreIsNotDelivered(Over how) throws Exception {
        Conversation on = over(how);
        on.putTopic();
        on.send(text("stale").setTtl(Durations.fromMillis(1)));
        TimeUnit.MILLISECONDS.sleep(20); // its time to live is over then
        on.send(text("fresh").setTtl(Durations.fromHours(1)));
        assertThat(textOf(on.next().getMessage())).isEqualTo("fresh");
        assertThat(on.now()).isEmpty();
    }
}
