package io.carillon.contract;

import static io.carillon.api.delayqueue.v1.MessageState.ACKNOWLEDGED;
import static io.carillon.api.delayqueue.v1.MessageState.CANCELLED;
import static io.carillon.api.delayqueue.v1.MessageState.DEAD;
import static io.carillon.api.delayqueue.v1.MessageState.EXPIRED;
import static io.carillon.api.delayqueue.v1.MessageState.IN_FLIGHT;
import static io.carillon.api.delayqueue.v1.MessageState.READY;
import static io.carillon.api.delayqueue.v1.MessageState.SCHEDULED;
import static io.carillon.contract.ApiProblemAssertions.assertProblem;
import static io.carillon.contract.Conversation.GROUP;
import static io.carillon.contract.Conversation.WAIT;
import static io.carillon.contract.Conversation.text;
import static io.carillon.contract.Conversation.textOf;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.util.Durations;
import com.google.protobuf.util.Timestamps;
import io.carillon.api.delayqueue.v1.CancelOutcome;
import io.carillon.api.delayqueue.v1.ListMessagesRequest;
import io.carillon.api.delayqueue.v1.Message;
import io.carillon.api.delayqueue.v1.MessageState;
import io.carillon.api.delayqueue.v1.NewMessage;
import io.carillon.api.delayqueue.v1.ReceivedMessage;
import io.carillon.api.delayqueue.v1.RetryPolicy;
import io.carillon.api.delayqueue.v1.SendResponse;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Messages are listed by their state, their key and their time, page by page. */
interface ListingContract extends Conversations {
    private static ListMessagesRequest.Builder all() {
        return ListMessagesRequest.newBuilder();
    }

    private static ListMessagesRequest.Builder in(MessageState state) {
        return all().setState(state);
    }

    /** A message in each state, by the state. */
    private static Map<MessageState, String> oneInEachState(Conversation on) {
        Map<String, String> ids = new HashMap<>();
        NewMessage.Builder hopeless =
                text("DEAD").setRetry(RetryPolicy.newBuilder().setMaxAttempts(1));
        for (NewMessage.Builder one : List.of(text("ACKNOWLEDGED"), text("IN_FLIGHT"), hopeless)) {
            ids.put(one.getText(), on.send(one).getId());
        }
        Map<String, String> receipts = new HashMap<>();
        while (receipts.size() < 3) {
            List<ReceivedMessage> got = on.pull(GROUP, 3, WAIT, Durations.fromMinutes(5));
            assertThat(got).isNotEmpty();
            got.forEach(one -> receipts.put(textOf(one.getMessage()), one.getReceipt()));
        }
        on.ack(receipts.getOrDefault("ACKNOWLEDGED", ""));
        assertThat(on.release(receipts.getOrDefault("DEAD", ""), Durations.ZERO).getDead())
                .isTrue();
        ids.put("READY", on.send(text("READY")).getId());
        ids.put(
                "SCHEDULED",
                on.send(text("SCHEDULED").setDelay(Durations.fromHours(1))).getId());
        return ids.entrySet().stream()
                .collect(Collectors.toMap(one -> MessageState.valueOf(one.getKey()), Map.Entry::getValue));
    }

    @ParameterizedTest
    @EnumSource
    default void messagesAreListedByTheStateThatTheirGroupSees(Over how) {
        Conversation on = over(how);
        Map<MessageState, String> ids = oneInEachState(on);
        for (MessageState state : List.of(SCHEDULED, READY, IN_FLIGHT, ACKNOWLEDGED, DEAD)) {
            List<Message> found = on.list(in(state).setGroup(GROUP));
            assertThat(found).as("of %s", state).extracting(Message::getId).containsExactly(ids.get(state));
            assertThat(found.getFirst().getState()).isEqualTo(state);
            assertThat(found.getFirst().getBodyBytes()).isEqualTo(state.name().length());
            assertThat(textOf(found.getFirst())).as("in a list").isEmpty();
            assertThat(on.list(in(state)))
                    .as("of %s, for its only group", state)
                    .isEqualTo(found);
        }
        Map<String, MessageState> told =
                on.list(all().setGroup(GROUP)).stream().collect(Collectors.toMap(Message::getId, Message::getState));
        assertThat(told).hasSize(5);
        ids.forEach((state, id) -> assertThat(told).containsEntry(id, state));
    }

    @ParameterizedTest
    @EnumSource
    default void whatOneGroupIsDoneWithIsReadyForAnother(Over how) {
        Conversation on = over(how);
        on.putTopic();
        on.pull("others", 1, Durations.ZERO, Durations.fromMinutes(1));
        String id = on.send(text("for both")).getId();
        on.ack(on.next().getReceipt());
        assertThat(on.list(in(READY).setGroup("others")))
                .extracting(Message::getId)
                .containsExactly(id);
        assertThat(on.list(in(READY).setGroup(GROUP))).isEmpty();
        assertThat(on.list(in(READY)))
                .as("while a group wants it")
                .extracting(Message::getId)
                .containsExactly(id);
        assertThat(on.list(in(ACKNOWLEDGED).setGroup(GROUP))).hasSize(1);
    }

    @ParameterizedTest
    @EnumSource
    default void whatComesBackIsReadyOnceMore(Over how) {
        Conversation on = over(how);
        String id = on.send(text("back")).getId();
        on.release(on.next().getReceipt(), Durations.ZERO);
        ReceivedMessage again = on.next();
        List<Message> held = on.list(in(IN_FLIGHT).setGroup(GROUP));
        assertThat(held).extracting(Message::getId).containsExactly(id);
        assertThat(held.getFirst().getAttempts()).isEqualTo(2);
        assertThat(on.list(in(READY).setGroup(GROUP))).isEmpty();
        assertThat(on.list(all().setGroup(GROUP))).extracting(Message::getState).containsExactly(IN_FLIGHT);
        on.ack(again.getReceipt());
        assertThat(on.list(in(IN_FLIGHT).setGroup(GROUP))).isEmpty();
        assertThat(on.list(in(ACKNOWLEDGED).setGroup(GROUP)))
                .extracting(Message::getId)
                .containsExactly(id);
    }

    @ParameterizedTest
    @EnumSource
    default void everyMessageIsOnOnePageInTheOrderOfItsTime(Over how) {
        Conversation on = over(how);
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < 7; i++) {
            ids.add(on.send(text("m" + i)).getId());
        }
        for (int i = 0; i < 3; i++) {
            ids.add(on.send(text("w" + i).setDelay(Durations.fromSeconds(600 + i)))
                    .getId());
        }
        List<Message> found = on.list(all());
        assertThat(found).extracting(Message::getId).containsExactlyInAnyOrderElementsOf(ids);
        assertThat(found).extracting(one -> Timestamps.toMillis(one.getDueAt())).isSorted();
        assertThat(on.list(in(READY))).hasSize(7);
    }

    @ParameterizedTest
    @EnumSource
    default void messagesAreListedByKeyAndTime(Over how) {
        Conversation on = over(how);
        String due = on.send(text("a").setKey("order-1")).getId();
        String other = on.send(text("b").setKey("order-2")).getId();
        String waits = on.send(text("c").setKey("order-1").setDelay(Durations.fromHours(1)))
                .getId();
        assertThat(on.list(all().setKey("order-1"))).extracting(Message::getId).containsExactly(due, waits);
        assertThat(on.list(in(READY).setKey("order-1")))
                .extracting(Message::getId)
                .containsExactly(due);
        assertThat(on.list(all().setKey("order-3"))).isEmpty();
        var soon = Timestamps.fromMillis(System.currentTimeMillis() + 1_800_000);
        assertThat(on.list(all().setFrom(soon))).extracting(Message::getId).containsExactly(waits);
        assertThat(on.list(all().setTo(soon))).extracting(Message::getId).containsExactlyInAnyOrder(due, other);
        assertThat(on.list(in(READY).setFrom(soon))).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    default void whatWasCancelledIsListedAsThat(Over how) {
        Conversation on = over(how);
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            ids.add(on.send(text("c" + i).setDelay(Durations.fromSeconds(3_600 + i)))
                    .getId());
        }
        on.cancel(ids.get(0));
        on.cancel(ids.get(2));
        assertThat(on.list(in(CANCELLED))).extracting(Message::getId).containsExactly(ids.get(0), ids.get(2));
        assertThat(on.list(in(CANCELLED))).extracting(Message::getState).containsOnly(CANCELLED);
        assertThat(on.list(in(SCHEDULED))).extracting(Message::getId).containsExactly(ids.get(1));
    }

    /** Those were ready when it was too late for them; what a group got in time is none of them. */
    @ParameterizedTest
    @EnumSource
    default void whatNobodyGotInTimeIsListedAsExpired(Over how) {
        Conversation on = over(how);
        on.send(text("in time").setTtl(Durations.fromHours(1)));
        on.ack(on.next().getReceipt());
        List<SendResponse> sent = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            sent.add(on.send(text("late").setKey("k" + i % 2).setTtl(Durations.fromMillis(1))));
        }
        awaitUnwanted(sent);

        assertThat(on.now()).isEmpty();

        List<String> ids = sent.stream().map(SendResponse::getId).toList();
        awaitExpired(on, ids);
        for (ListMessagesRequest.Builder asked :
                List.of(in(EXPIRED), in(EXPIRED).setGroup(GROUP))) {
            List<Message> found = on.list(asked);
            assertThat(found).extracting(Message::getId).containsExactlyInAnyOrderElementsOf(ids);
            assertThat(found).extracting(Message::getState).containsOnly(EXPIRED);
            assertThat(found).extracting(Message::getBodyBytes).containsOnly("late".length());
            assertThat(found).extracting(Message::getAttempts).containsOnly(0);
            assertThat(on.list(asked.clone().setKey("k0")))
                    .extracting(Message::getId)
                    .containsExactlyInAnyOrder(ids.get(0), ids.get(2));
            assertThat(on.list(asked.clone().setFrom(sent.get(2).getDueAt())))
                    .extracting(Message::getId)
                    .contains(ids.get(2))
                    .isSubsetOf(ids);
            assertThat(on.list(asked.clone().setTo(sent.get(0).getDueAt()))).isEmpty();
        }
        assertThat(on.get(ids.get(1)).getState()).isEqualTo(EXPIRED);
        assertThat(on.cancel(ids.get(1))).isEqualTo(CancelOutcome.CANCEL_FINISHED);
        assertThat(on.list(in(ACKNOWLEDGED))).hasSize(1);
    }

    /** Those never became ready: their topic was paused when they were due. */
    @ParameterizedTest
    @EnumSource
    default void whatExpiredBeforeItCouldBeHadIsListedAsThat(Over how) {
        Conversation on = over(how);
        on.putTopic();
        on.pause(true);
        List<SendResponse> sent = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            sent.add(on.send(text("late")
                    .setKey("k" + i % 2)
                    .setDelay(Durations.fromMillis(100 + i))
                    .setTtl(Durations.fromMillis(1))));
        }
        awaitUnwanted(sent);
        on.pause(false);
        on.send(text("after them"));

        assertThat(textOf(on.next().getMessage())).isEqualTo("after them");

        List<String> ids = sent.stream().map(SendResponse::getId).toList();
        awaitExpired(on, ids);
        assertThat(on.list(in(EXPIRED))).extracting(Message::getId).containsExactlyElementsOf(ids);
        assertThat(on.list(in(EXPIRED).setGroup(GROUP).setKey("k1")))
                .extracting(Message::getId)
                .containsExactly(ids.get(1));
        assertThat(on.list(in(EXPIRED).setTo(sent.get(1).getDueAt())))
                .extracting(Message::getId)
                .contains(ids.get(0))
                .doesNotContain(ids.get(2));
        assertThat(on.cancel(ids.get(0))).isEqualTo(CancelOutcome.CANCEL_FINISHED);
    }

    /** Until their time to live is over, by this machine's clock, which is the server's. */
    private static void awaitUnwanted(List<SendResponse> sent) {
        long overMs = Timestamps.toMillis(sent.getLast().getDueAt()) + 20;
        Conversation.await(() -> System.currentTimeMillis() > overMs);
    }

    /** It is settled a moment after a pull came across it. */
    private static void awaitExpired(Conversation on, List<String> ids) {
        Conversation.await(() -> {
            on.now();
            return ids.stream().allMatch(id -> on.get(id).getState() == EXPIRED);
        });
    }

    @ParameterizedTest
    @EnumSource
    default void aListOfWhatIsNotThereIsRefused(Over how) {
        Conversation on = over(how);
        assertProblem("no-such-topic", () -> on.list(all()));
        on.putTopic();
        assertThat(on.list(in(READY))).isEmpty();
        assertProblem("no-such-group", () -> on.list(all().setGroup("nobody-" + on.topic())));
        for (String token : List.of(
                "!",
                "zzzzzzzzzzzzzzzzzzzzzzzz",
                "1,",
                "-1.-1",
                "\u0661.1",
                "9.9.9",
                ",,",
                "zzzzzzzzzzzzz.1",
                "1.zzzzzzzzzzzzz")) {
            assertThat(problemOf(on, token)).as("by the token '%s'", token).isIn("", "invalid");
        }
        assertThat(problemOf(on, "!")).isEqualTo("invalid");
    }

    private static String problemOf(Conversation on, String token) {
        try {
            on.client()
                    .call(
                            io.carillon.api.delayqueue.v1.DelayQueueGrpc.getListMessagesMethod(),
                            all().setTopic(on.topic()).setPageToken(token).build());
            return "";
        } catch (ApiClient.ApiProblem problem) {
            return problem.code();
        }
    }
}
