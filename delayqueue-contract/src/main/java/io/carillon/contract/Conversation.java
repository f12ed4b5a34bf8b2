package io.carillon.contract;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Duration;
import com.google.protobuf.util.Durations;
import io.carillon.api.delayqueue.v1.AcknowledgeRequest;
import io.carillon.api.delayqueue.v1.CancelOutcome;
import io.carillon.api.delayqueue.v1.CancelRequest;
import io.carillon.api.delayqueue.v1.DelayQueueGrpc;
import io.carillon.api.delayqueue.v1.DeleteGroupRequest;
import io.carillon.api.delayqueue.v1.DeleteTopicRequest;
import io.carillon.api.delayqueue.v1.ExtendRequest;
import io.carillon.api.delayqueue.v1.ExtendResponse;
import io.carillon.api.delayqueue.v1.GetLimitsRequest;
import io.carillon.api.delayqueue.v1.GetMessageRequest;
import io.carillon.api.delayqueue.v1.GetStatisticsRequest;
import io.carillon.api.delayqueue.v1.Group;
import io.carillon.api.delayqueue.v1.Limits;
import io.carillon.api.delayqueue.v1.ListDeadLettersRequest;
import io.carillon.api.delayqueue.v1.ListMessagesRequest;
import io.carillon.api.delayqueue.v1.ListMessagesResponse;
import io.carillon.api.delayqueue.v1.Message;
import io.carillon.api.delayqueue.v1.NewMessage;
import io.carillon.api.delayqueue.v1.PauseTopicRequest;
import io.carillon.api.delayqueue.v1.PullRequest;
import io.carillon.api.delayqueue.v1.PutGroupRequest;
import io.carillon.api.delayqueue.v1.PutTopicRequest;
import io.carillon.api.delayqueue.v1.ReceivedMessage;
import io.carillon.api.delayqueue.v1.RedriveRequest;
import io.carillon.api.delayqueue.v1.RedriveResponse;
import io.carillon.api.delayqueue.v1.ReleaseRequest;
import io.carillon.api.delayqueue.v1.ReleaseResponse;
import io.carillon.api.delayqueue.v1.ResumeTopicRequest;
import io.carillon.api.delayqueue.v1.RetryPolicy;
import io.carillon.api.delayqueue.v1.SendBatchRequest;
import io.carillon.api.delayqueue.v1.SendOutcome;
import io.carillon.api.delayqueue.v1.SendRequest;
import io.carillon.api.delayqueue.v1.SendResponse;
import io.carillon.api.delayqueue.v1.Settled;
import io.carillon.api.delayqueue.v1.Statistics;
import io.carillon.api.delayqueue.v1.Topic;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Calls about one topic, in few words. */
record Conversation(ApiClient client, String topic) {
    static final Duration WAIT = Durations.fromSeconds(10);
    static final Duration SHORT = Durations.fromMillis(300);
    static final String GROUP = "workers";
    private static final int PAGES_MAX = 50;
    private static final long LOOK_AGAIN_NS = 2_000_000;

    static NewMessage.Builder text(String text) {
        return NewMessage.newBuilder().setText(text);
    }

    static String textOf(Message message) {
        return message.getText().isEmpty() ? message.getBody().toStringUtf8() : message.getText();
    }

    SendResponse send(NewMessage.Builder message) {
        return client.call(
                DelayQueueGrpc.getSendMethod(),
                SendRequest.newBuilder().setTopic(topic).setMessage(message).build());
    }

    List<SendOutcome> sendBatch(NewMessage.Builder... messages) {
        SendBatchRequest.Builder request = SendBatchRequest.newBuilder().setTopic(topic);
        List.of(messages).forEach(request::addMessages);
        return client.call(DelayQueueGrpc.getSendBatchMethod(), request.build()).getOutcomesList();
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
                releaseOf(receipt).setDelay(delay).build());
    }

    /** With the delay that its retry policy says. */
    ReleaseResponse release(String receipt) {
        return client.call(DelayQueueGrpc.getReleaseMethod(), releaseOf(receipt).build());
    }

    private ReleaseRequest.Builder releaseOf(String receipt) {
        return ReleaseRequest.newBuilder().setTopic(topic).setGroup(GROUP).setReceipt(receipt);
    }

    /** All pages of a list, of two messages at most. */
    List<Message> list(ListMessagesRequest.Builder request) {
        List<Message> all = new ArrayList<>();
        String token = "";
        for (int pages = 0; pages == 0 || !token.isEmpty(); pages++) {
            assertThat(pages).as("pages of " + request).isLessThan(PAGES_MAX);
            ListMessagesResponse page = client.call(
                    DelayQueueGrpc.getListMessagesMethod(),
                    request.setTopic(topic).setPageSize(2).setPageToken(token).build());
            assertThat(page.getMessagesCount()).isLessThanOrEqualTo(2);
            all.addAll(page.getMessagesList());
            token = page.getNextPageToken();
        }
        return all;
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
        return putTopic(0);
    }

    Topic putTopic(int partitions) {
        return client.call(
                DelayQueueGrpc.getPutTopicMethod(),
                PutTopicRequest.newBuilder()
                        .setTopic(topic)
                        .setPartitions(partitions)
                        .build());
    }

    ExtendResponse extend(String receipt, Duration visibility) {
        return client.call(
                DelayQueueGrpc.getExtendMethod(),
                extension(receipt).setVisibility(visibility).build());
    }

    /** For as long as the group says. */
    ExtendResponse extend(String receipt) {
        return client.call(DelayQueueGrpc.getExtendMethod(), extension(receipt).build());
    }

    private ExtendRequest.Builder extension(String receipt) {
        return ExtendRequest.newBuilder().setTopic(topic).setGroup(GROUP).setReceipt(receipt);
    }

    /** The first messages of a list of all. */
    ListMessagesResponse page(int size) {
        return client.call(
                DelayQueueGrpc.getListMessagesMethod(),
                ListMessagesRequest.newBuilder()
                        .setTopic(topic)
                        .setPageSize(size)
                        .build());
    }

    Topic pause(boolean isPaused) {
        return isPaused
                ? client.call(
                        DelayQueueGrpc.getPauseTopicMethod(),
                        PauseTopicRequest.newBuilder().setTopic(topic).build())
                : client.call(
                        DelayQueueGrpc.getResumeTopicMethod(),
                        ResumeTopicRequest.newBuilder().setTopic(topic).build());
    }

    /** Asks again and again, for some seconds at most. */
    static void await(BooleanSupplier isSo) {
        long deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(WAIT.getSeconds());
        while (!isSo.getAsBoolean()) {
            assertThat(System.nanoTime() - deadlineNs)
                    .as("it does not become so")
                    .isNegative();
            LockSupport.parkNanos(LOOK_AGAIN_NS);
        }
    }

    /** Until so many pulls of a group wait. */
    void awaitWaiting(String group, long count) {
        await(() -> statistics().getGroupsList().stream()
                .anyMatch(one -> one.getGroup().equals(group) && one.getWaiting() == count));
    }

    Statistics statistics() {
        return client.call(
                DelayQueueGrpc.getGetStatisticsMethod(),
                GetStatisticsRequest.newBuilder().setTopic(topic).build());
    }

    boolean deleteTopic() {
        return client.call(
                        DelayQueueGrpc.getDeleteTopicMethod(),
                        DeleteTopicRequest.newBuilder().setTopic(topic).build())
                .getDeleted();
    }

    boolean deleteGroup(String group) {
        return client.call(
                        DelayQueueGrpc.getDeleteGroupMethod(),
                        DeleteGroupRequest.newBuilder()
                                .setTopic(topic)
                                .setGroup(group)
                                .build())
                .getDeleted();
    }

    /** As the engine has it. */
    Group putGroup() {
        return client.call(
                DelayQueueGrpc.getPutGroupMethod(),
                PutGroupRequest.newBuilder().setTopic(topic).setGroup(GROUP).build());
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
