package io.carillon.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import com.google.protobuf.Duration;
import com.google.protobuf.Timestamp;
import com.google.protobuf.util.Durations;
import com.google.protobuf.util.Timestamps;
import io.carillon.api.delayqueue.v1.AcknowledgeRequest;
import io.carillon.api.delayqueue.v1.CancelOutcome;
import io.carillon.api.delayqueue.v1.CancelRequest;
import io.carillon.api.delayqueue.v1.DelayQueueGrpc;
import io.carillon.api.delayqueue.v1.DeleteTopicRequest;
import io.carillon.api.delayqueue.v1.ExtendRequest;
import io.carillon.api.delayqueue.v1.ExtendResponse;
import io.carillon.api.delayqueue.v1.GetLimitsRequest;
import io.carillon.api.delayqueue.v1.GetMessageRequest;
import io.carillon.api.delayqueue.v1.GetStatisticsRequest;
import io.carillon.api.delayqueue.v1.GetTopicRequest;
import io.carillon.api.delayqueue.v1.Group;
import io.carillon.api.delayqueue.v1.Limits;
import io.carillon.api.delayqueue.v1.ListDeadLettersRequest;
import io.carillon.api.delayqueue.v1.ListGroupsRequest;
import io.carillon.api.delayqueue.v1.ListMessagesRequest;
import io.carillon.api.delayqueue.v1.ListMessagesResponse;
import io.carillon.api.delayqueue.v1.ListTopicsRequest;
import io.carillon.api.delayqueue.v1.Message;
import io.carillon.api.delayqueue.v1.MessageState;
import io.carillon.api.delayqueue.v1.NewMessage;
import io.carillon.api.delayqueue.v1.PauseGroupRequest;
import io.carillon.api.delayqueue.v1.PauseTopicRequest;
import io.carillon.api.delayqueue.v1.PullRequest;
import io.carillon.api.delayqueue.v1.PutGroupRequest;
import io.carillon.api.delayqueue.v1.PutTopicRequest;
import io.carillon.api.delayqueue.v1.ReceivedMessage;
import io.carillon.api.delayqueue.v1.RedriveRequest;
import io.carillon.api.delayqueue.v1.RedriveResponse;
import io.carillon.api.delayqueue.v1.ReleaseRequest;
import io.carillon.api.delayqueue.v1.ReleaseResponse;
import io.carillon.api.delayqueue.v1.RescheduleOutcome;
import io.carillon.api.delayqueue.v1.RescheduleRequest;
import io.carillon.api.delayqueue.v1.ResumeGroupRequest;
import io.carillon.api.delayqueue.v1.ResumeTopicRequest;
import io.carillon.api.delayqueue.v1.RetryPolicy;
import io.carillon.api.delayqueue.v1.SendBatchRequest;
import io.carillon.api.delayqueue.v1.SendOutcome;
import io.carillon.api.delayqueue.v1.SendRequest;
import io.carillon.api.delayqueue.v1.SendResponse;
import io.carillon.api.delayqueue.v1.Settled;
import io.carillon.api.delayqueue.v1.Statistics;
import io.carillon.api.delayqueue.v1.Topic;
import java.net.http.HttpRequest.BodyPublishers;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What every engine must do, tested over HTTP and over gRPC. Whoever has an engine extends this, and opens a server over
 * it on a free port without tokens.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
public abstract class DelayQueueContract {
    /** How a test speaks to the server. */
    public enum Over {
        HTTP,
        GRPC
    }

    private static final Duration WAIT = Durations.fromSeconds(10);
    private static final Duration SHORT = Durations.fromMillis(300);
    private static final String GROUP = "workers";

    private final AtomicInteger topics = new AtomicInteger();
    private final List<ApiClient> clients = new ArrayList<>();
    private int port;

    /** Opens the server; returns its port. Once. */
    protected abstract int open() throws Exception;

    /** Closes what {@link #open} opened. */
    protected abstract void shut() throws Exception;

    @BeforeAll
    final void start() throws Exception {
        port = open();
        clients.add(new JsonClient(port, ""));
        clients.add(new GrpcClient(port, ""));
    }

    @AfterAll
    final void stop() throws Exception {
        clients.forEach(ApiClient::close);
        shut();
    }

    private Conversation over(Over how) {
        return new Conversation(
                how == Over.HTTP ? clients.getFirst() : clients.getLast(), "contract-" + topics.incrementAndGet());
    }

    /** Calls about one topic, in few words. */
    private record Conversation(ApiClient client, String topic) {
        SendResponse send(NewMessage.Builder message) {
            return client.call(
                    DelayQueueGrpc.getSendMethod(),
                    SendRequest.newBuilder().setTopic(topic).setMessage(message).build());
        }

        List<ReceivedMessage> pull(String group, int max, Duration wait, Duration visibility, String... tags) {
            return client.call(
                            DelayQueueGrpc.getPullMethod(),
                            PullRequest.newBuilder()
                                    .setTopic(topic)
                                    .setGroup(group)
                                    .setMax(max)
                                    .setWait(wait)
                                    .setVisibility(visibility)
                                    .addAllTags(List.of(tags))
                                    .build())
                    .getMessagesList();
        }

        ReceivedMessage next(Duration visibility) {
            List<ReceivedMessage> got = pull(GROUP, 1, WAIT, visibility);
            assertThat(got).as("a message within " + WAIT.getSeconds() + " s").hasSize(1);
            return got.getFirst();
        }

        ReceivedMessage next() {
            return next(Durations.fromMinutes(1));
        }

        List<ReceivedMessage> now() {
            return pull(GROUP, 10, Durations.ZERO, Durations.fromMinutes(1));
        }

        List<Settled> ack(String... receipts) {
            return client.call(
                            DelayQueueGrpc.getAcknowledgeMethod(),
                            AcknowledgeRequest.newBuilder()
                                    .setTopic(topic)
                                    .setGroup(GROUP)
                                    .addAllReceipts(List.of(receipts))
                                    .build())
                    .getOutcomesList();
        }

        CancelOutcome cancel(String id) {
            return client.call(
                            DelayQueueGrpc.getCancelMethod(),
                            CancelRequest.newBuilder().setTopic(topic).setId(id).build())
                    .getOutcome();
        }

        Message get(String id) {
            return client.call(
                    DelayQueueGrpc.getGetMessageMethod(),
                    GetMessageRequest.newBuilder()
                            .setTopic(topic)
                            .setId(id)
                            .setGroup(GROUP)
                            .build());
        }

        ReleaseResponse release(String receipt, Duration delay) {
            return client.call(
                    DelayQueueGrpc.getReleaseMethod(),
                    ReleaseRequest.newBuilder()
                            .setTopic(topic)
                            .setGroup(GROUP)
                            .setReceipt(receipt)
                            .setDelay(delay)
                            .build());
        }

        List<Message> deadLetters() {
            return client.call(
                            DelayQueueGrpc.getListDeadLettersMethod(),
                            ListDeadLettersRequest.newBuilder()
                                    .setTopic(topic)
                                    .setGroup(GROUP)
                                    .build())
                    .getMessagesList();
        }

        RedriveResponse redrive(String... ids) {
            return client.call(
                    DelayQueueGrpc.getRedriveMethod(),
                    RedriveRequest.newBuilder()
                            .setTopic(topic)
                            .setGroup(GROUP)
                            .addAllIds(List.of(ids))
                            .build());
        }

        Limits limits() {
            return client.call(DelayQueueGrpc.getGetLimitsMethod(), GetLimitsRequest.getDefaultInstance());
        }

        Topic putTopic() {
            return client.call(
                    DelayQueueGrpc.getPutTopicMethod(),
                    PutTopicRequest.newBuilder().setTopic(topic).build());
        }

        Group putGroup(RetryPolicy retry) {
            return client.call(
                    DelayQueueGrpc.getPutGroupMethod(),
                    PutGroupRequest.newBuilder()
                            .setTopic(topic)
                            .setGroup(GROUP)
                            .setRetry(retry)
                            .build());
        }
    }

    private static NewMessage.Builder text(String text) {
        return NewMessage.newBuilder().setText(text);
    }

    private static String textOf(Message message) {
        return message.getText().isEmpty() ? message.getBody().toStringUtf8() : message.getText();
    }

    private static void assertProblem(String code, Runnable call) {
        assertThatThrownBy(call::run)
                .isInstanceOfSatisfying(
                        ApiClient.ApiProblem.class,
                        problem -> assertThat(problem.code())
                                .as(problem.getMessage())
                                .isEqualTo(code));
    }

    private static void assertOverLimit(String limit, Runnable call) {
        assertThatThrownBy(call::run).isInstanceOfSatisfying(ApiClient.ApiProblem.class, problem -> {
            assertThat(problem.code()).as(problem.getMessage()).isEqualTo("over-limit");
            assertThat(problem.limit()).as(problem.getMessage()).isEqualTo(limit);
        });
    }

    // ---- the way of a message

    @ParameterizedTest
    @EnumSource
    void aMessageArrivesAsItWasSentAndIsGoneWhenAcknowledged(Over how) {
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
    void aDelayedMessageIsNeverEarlyAndSoonAfter(Over how) {
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
    void aPullThatWaitsIsWokenByASend(Over how) throws Exception {
        Conversation on = over(how);
        on.putTopic();
        CompletableFuture<ReceivedMessage> waiting = CompletableFuture.supplyAsync(on::next);
        on.send(text("wake up"));
        assertThat(textOf(waiting.get(10, TimeUnit.SECONDS).getMessage())).isEqualTo("wake up");
    }

    @ParameterizedTest
    @EnumSource
    void aPullEndsEmptyWhenItsWaitIsOver(Over how) {
        Conversation on = over(how);
        on.putTopic();
        assertThat(on.pull(GROUP, 1, Durations.fromMillis(100), Durations.fromMinutes(1)))
                .isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    void aBatchTellsOfEachMessageByItself(Over how) {
        Conversation on = over(how);
        List<SendOutcome> outcomes = on.client()
                .call(
                        DelayQueueGrpc.getSendBatchMethod(),
                        SendBatchRequest.newBuilder()
                                .setTopic(on.topic())
                                .addMessages(text("one"))
                                .addMessages(text("bad").setDelay(Durations.fromDays(40_000)))
                                .addMessages(text("two"))
                                .build())
                .getOutcomesList();
        assertThat(outcomes).hasSize(3);
        assertThat(outcomes.get(0).hasSent()).isTrue();
        assertThat(outcomes.get(1).getProblem().getCode()).isEqualTo("over-limit");
        assertThat(outcomes.get(1).getProblem().getField()).isEqualTo("delay_max_ms");
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
    void aSendThatIsRepeatedIsStoredOnce(Over how) {
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
    void everyGroupGetsEveryMessageWhereThereMayBeSeveral(Over how) {
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
    void onlyTheTagsThatAreAskedForArePulled(Over how) {
        Conversation on = over(how);
        on.send(text("a").setTag("red"));
        on.send(text("b").setTag("blue"));
        List<ReceivedMessage> got = on.pull(GROUP, 10, WAIT, Durations.fromMinutes(1), "blue", "green");
        assertThat(got).extracting(one -> textOf(one.getMessage())).containsExactly("b");
    }

    // ---- what waits

    @ParameterizedTest
    @EnumSource
    void aCancelledMessageIsNeverDelivered(Over how) {
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
    void whoHasAMessageCannotBeKeptFromIt(Over how) {
        Conversation on = over(how);
        SendResponse sent = on.send(text("too late"));
        on.next();
        assertThat(on.cancel(sent.getId())).isIn(CancelOutcome.CANCEL_IN_FLIGHT, CancelOutcome.CANCEL_FINISHED);
        assertProblem("no-such-message", () -> on.cancel("00000000000000000000000000000000"));
    }

    @ParameterizedTest
    @EnumSource
    void aMessageThatWaitsMayBeDueEarlier(Over how) {
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
    void whatWaitsIsListedInTheOrderOfItsTimePageByPage(Over how) {
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

    @ParameterizedTest
    @EnumSource
    void whatIsWorthNothingAnyMoreIsNotDelivered(Over how) throws Exception {
        Conversation on = over(how);
        on.putTopic();
        on.send(text("stale").setTtl(Durations.fromMillis(1)));
        TimeUnit.MILLISECONDS.sleep(20); // its time to live is over then
        on.send(text("fresh").setTtl(Durations.fromHours(1)));
        assertThat(textOf(on.next().getMessage())).isEqualTo("fresh");
        assertThat(on.now()).isEmpty();
    }

    // ---- what is handed out

    @ParameterizedTest
    @EnumSource
    void whatIsNotSettledInTimeComesAgainAndItsOldReceiptIsWorthNothing(Over how) {
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
    void whatIsExtendedStaysWithItsReceiver(Over how) {
        Conversation on = over(how);
        on.send(text("mine"));
        ReceivedMessage got = on.next(Durations.fromMillis(500));
        ExtendResponse extended = on.client()
                .call(
                        DelayQueueGrpc.getExtendMethod(),
                        ExtendRequest.newBuilder()
                                .setTopic(on.topic())
                                .setGroup(GROUP)
                                .setReceipt(got.getReceipt())
                                .setVisibility(Durations.fromMinutes(1))
                                .build());
        assertThat(Timestamps.toMillis(extended.getVisibleAt()))
                .isGreaterThan(Timestamps.toMillis(got.getVisibleAt()) + 30_000);
        assertThat(on.pull(GROUP, 1, Durations.fromMillis(800), Durations.fromMinutes(1)))
                .isEmpty();
        assertThat(on.ack(extended.getReceipt())).containsExactly(Settled.DONE);
    }

    @ParameterizedTest
    @EnumSource
    void whatIsReleasedComesAgainAfterItsDelay(Over how) {
        Conversation on = over(how);
        on.send(text("back"));
        ReceivedMessage got = on.next();
        ReleaseResponse released = on.release(got.getReceipt(), SHORT);
        assertThat(released.getDead()).isFalse();
        assertThat(on.now()).isEmpty();
        ReceivedMessage again = on.next();
        assertThat(again.getAttempt()).isEqualTo(2);
        assertThat(Timestamps.toMillis(again.getVisibleAt()) - 60_000)
                .isGreaterThanOrEqualTo(Timestamps.toMillis(released.getVisibleAt()));
        assertThat(on.ack(got.getReceipt())).containsExactly(Settled.TOO_LATE);
        assertThat(on.ack(again.getReceipt())).containsExactly(Settled.DONE);
    }

    @ParameterizedTest
    @EnumSource
    void whatFailedTooOftenIsADeadLetterThatMayBeRedriven(Over how) {
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
    void aReceiptIsGoodForItsOwnGroupAndTopicOnly(Over how) {
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

    @Test
    void aReceiverThatGoesAwayWhileItWaitsTakesNothingWithIt() throws Exception {
        Conversation on = over(Over.HTTP);
        on.putTopic();
        JsonClient client = new JsonClient(port, "");
        var request = client.requestOf(
                DelayQueueGrpc.getPullMethod(),
                PullRequest.newBuilder()
                        .setTopic(on.topic())
                        .setGroup(GROUP)
                        .setWait(WAIT)
                        .build());
        CompletableFuture<?> gone = CompletableFuture.runAsync(() -> client.send(request));
        awaitWaiting(on, 1);
        client.close();
        assertThat(gone.handle((_, fault) -> fault != null).get(10, TimeUnit.SECONDS))
                .isTrue();
        on.send(text("for who is there"));
        ReceivedMessage got = on.next();
        assertThat(textOf(got.getMessage())).isEqualTo("for who is there");
        on.ack(got.getReceipt());
    }

    private static void awaitWaiting(Conversation on, long wanted) throws InterruptedException {
        for (int i = 0; i < 500; i++) {
            Statistics statistics = on.client()
                    .call(
                            DelayQueueGrpc.getGetStatisticsMethod(),
                            GetStatisticsRequest.newBuilder()
                                    .setTopic(on.topic())
                                    .build());
            if (statistics.getGroupsList().stream().anyMatch(group -> group.getWaiting() == wanted)) {
                return;
            }
            TimeUnit.MILLISECONDS.sleep(10);
        }
        throw new AssertionError("nobody waits");
    }

    // ---- topics and groups

    @ParameterizedTest
    @EnumSource
    void aPausedTopicKeepsItsMessages(Over how) {
        Conversation on = over(how);
        on.putTopic();
        Topic paused = on.client()
                .call(
                        DelayQueueGrpc.getPauseTopicMethod(),
                        PauseTopicRequest.newBuilder().setTopic(on.topic()).build());
        assertThat(paused.getPaused()).isTrue();
        on.send(text("held"));
        assertThat(on.pull(GROUP, 1, Durations.fromMillis(100), Durations.fromMinutes(1)))
                .isEmpty();
        Topic resumed = on.client()
                .call(
                        DelayQueueGrpc.getResumeTopicMethod(),
                        ResumeTopicRequest.newBuilder().setTopic(on.topic()).build());
        assertThat(resumed.getPaused()).isFalse();
        assertThat(textOf(on.next().getMessage())).isEqualTo("held");
    }

    @ParameterizedTest
    @EnumSource
    void aPausedGroupGetsNothing(Over how) {
        Conversation on = over(how);
        on.putTopic();
        on.putGroup(RetryPolicy.newBuilder().setMaxAttempts(5).build());
        Group paused = on.client()
                .call(
                        DelayQueueGrpc.getPauseGroupMethod(),
                        PauseGroupRequest.newBuilder()
                                .setTopic(on.topic())
                                .setGroup(GROUP)
                                .build());
        assertThat(paused.getPaused()).isTrue();
        on.send(text("held"));
        try {
            assertThat(on.pull(GROUP, 1, Durations.fromMillis(100), Durations.fromMinutes(1)))
                    .isEmpty();
        } finally {
            Group resumed = on.client()
                    .call(
                            DelayQueueGrpc.getResumeGroupMethod(),
                            ResumeGroupRequest.newBuilder()
                                    .setTopic(on.topic())
                                    .setGroup(GROUP)
                                    .build());
            assertThat(resumed.getPaused()).isFalse();
            assertThat(resumed.getRetry().getMaxAttempts()).isEqualTo(5);
        }
        assertThat(textOf(on.next().getMessage())).isEqualTo("held");
        assertThat(on.client()
                        .call(
                                DelayQueueGrpc.getListGroupsMethod(),
                                ListGroupsRequest.newBuilder()
                                        .setTopic(on.topic())
                                        .build())
                        .getGroupsList())
                .extracting(Group::getGroup)
                .containsExactly(GROUP);
    }

    @ParameterizedTest
    @EnumSource
    void topicsAreMadeListedAndDeleted(Over how) {
        Conversation on = over(how);
        assertThat(on.putTopic().getTopic()).isEqualTo(on.topic());
        assertThat(on.client()
                        .call(
                                DelayQueueGrpc.getListTopicsMethod(),
                                ListTopicsRequest.newBuilder()
                                        .setPageSize(1_000)
                                        .build())
                        .getTopicsList())
                .extracting(Topic::getTopic)
                .contains(on.topic())
                .isSorted();
        assertThat(on.client()
                        .call(
                                DelayQueueGrpc.getDeleteTopicMethod(),
                                DeleteTopicRequest.newBuilder()
                                        .setTopic(on.topic())
                                        .build())
                        .getDeleted())
                .isTrue();
        assertProblem(
                "no-such-topic",
                () -> on.client()
                        .call(
                                DelayQueueGrpc.getGetTopicMethod(),
                                GetTopicRequest.newBuilder()
                                        .setTopic(on.topic())
                                        .build()));
    }

    // ---- limits and errors

    @ParameterizedTest
    @EnumSource
    void whatIsBeyondALimitIsRefusedByItsName(Over how) {
        Conversation on = over(how);
        Limits limits = on.limits();
        assertOverLimit(
                "body_bytes_max",
                () -> on.send(
                        NewMessage.newBuilder().setBody(ByteString.copyFrom(new byte[limits.getBodyBytesMax() + 1]))));
        assertOverLimit("delay_max_ms", () -> on.send(text("x").setDelay(Durations.fromDays(40_000))));
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
    void whatMakesNoSenseIsRefusedWithAReason(Over how) {
        Conversation on = over(how);
        assertProblem("invalid", () -> new Conversation(on.client(), "no spaces").send(text("x")));
        assertProblem("invalid", () -> on.send(text("x").setPriority(10)));
        assertProblem("invalid", () -> on.send(text("x").setDelay(Durations.fromSeconds(-1))));
        assertProblem("invalid", () -> on.send(text("x").setKey("two words")));
        assertProblem("no-such-message", () -> on.get("00000000000000000000000000000000"));
    }

    @Test
    void whatIsNoJsonAndWhatIsNowhereIsToldAsAProblem() {
        try (JsonClient client = new JsonClient(port, "")) {
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

    // ---- beside the API

    @Test
    void healthMetricsAndOpenApiAreServed() {
        over(Over.HTTP).send(text("one, that counts"));
        try (JsonClient client = new JsonClient(port, "")) {
            assertThat(client.send(client.to("/health").GET()).body()).contains("\"status\":\"up\"");
            assertThat(client.send(client.to("/ready").GET()).body()).contains("\"status\":\"ready\"");
            String metrics = client.send(client.to("/metrics").GET()).body();
            assertThat(metrics).contains("# TYPE delayqueue_lateness_seconds histogram");
            assertThat(metrics.lines().filter(line -> !line.startsWith("#")))
                    .allMatch(line -> line.matches("[a-z_:][a-z0-9_:]*(\\{.*\\})? [-+0-9.eE]+(Inf|NaN)?"))
                    .anyMatch(line -> line.startsWith("http_requests_total{method=\"Send\""));
            String openApi = client.send(client.to("/openapi.json").GET()).body();
            assertThat(openApi)
                    .contains("\"/v1/topics/{topic}/messages\"")
                    .contains("Sends one message, which is due at once or later.");
        }
    }
}
