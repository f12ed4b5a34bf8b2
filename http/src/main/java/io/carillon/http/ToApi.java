package io.carillon.http;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import io.carillon.api.delayqueue.v1.CancelOutcome;
import io.carillon.api.delayqueue.v1.Group;
import io.carillon.api.delayqueue.v1.GroupStatistics;
import io.carillon.api.delayqueue.v1.ListMessagesResponse;
import io.carillon.api.delayqueue.v1.Message;
import io.carillon.api.delayqueue.v1.MessageState;
import io.carillon.api.delayqueue.v1.PullResponse;
import io.carillon.api.delayqueue.v1.ReceivedMessage;
import io.carillon.api.delayqueue.v1.RescheduleOutcome;
import io.carillon.api.delayqueue.v1.RescheduleResponse;
import io.carillon.api.delayqueue.v1.RetryPolicy;
import io.carillon.api.delayqueue.v1.SendOutcome;
import io.carillon.api.delayqueue.v1.SendResponse;
import io.carillon.api.delayqueue.v1.Settled;
import io.carillon.api.delayqueue.v1.Statistics;
import io.carillon.api.delayqueue.v1.Topic;
import io.carillon.base.delayqueue.Answer;
import io.carillon.base.delayqueue.Cancelled;
import io.carillon.base.delayqueue.Delivery;
import io.carillon.base.delayqueue.Found;
import io.carillon.base.delayqueue.GroupInfo;
import io.carillon.base.delayqueue.Limits;
import io.carillon.base.delayqueue.Rescheduled;
import io.carillon.base.delayqueue.Sent;
import io.carillon.base.delayqueue.Stored;
import io.carillon.base.delayqueue.TopicInfo;
import java.util.List;

/** The engine's answers in the API's words. */
final class ToApi {
    private ToApi() {}

    static SendResponse sent(Sent sent) {
        return SendResponse.newBuilder()
                .setId(sent.id())
                .setDueAt(Times.timestamp(sent.dueMs()))
                .setRepeated(sent.isRepeat())
                .build();
    }

    /** @param isJson whether it is to be written as JSON */
    static SendOutcome outcome(Answer<Sent> outcome, boolean isJson) {
        return switch (outcome) {
            case Answer.Done<Sent>(Sent one) ->
                SendOutcome.newBuilder().setSent(sent(one)).build();
            case Answer.Refused<Sent>(var why) ->
                SendOutcome.newBuilder()
                        .setProblem(Problem.of(why).proto(isJson))
                        .build();
        };
    }

    static PullResponse pulled(List<Delivery> deliveries, boolean withText) {
        PullResponse.Builder all = PullResponse.newBuilder();
        for (Delivery delivery : deliveries) {
            all.addMessages(ReceivedMessage.newBuilder()
                    .setMessage(message(delivery.message(), withText))
                    .setReceipt(delivery.receipt())
                    .setAttempt(delivery.attempt())
                    .setVisibleAt(Times.timestamp(delivery.visibleAtMs())));
        }
        return all.build();
    }

    /** @param withText whether a body that is a text is told as such, and not as bytes */
    static Message message(Stored stored, boolean withText) {
        Message.Builder to = Message.newBuilder()
                .setTopic(stored.topic())
                .setId(stored.id())
                .setState(state(stored.state()))
                .setDueAt(Times.timestamp(stored.dueMs()))
                .setSentAt(Times.timestamp(stored.sentMs()))
                .setAttempts(stored.attempts())
                .setKey(stored.key())
                .setTag(stored.tag())
                .setOrderingKey(stored.orderingKey())
                .setPriority(stored.priority())
                .putAllHeaders(stored.headers())
                .setBodyBytes(stored.bodyBytes());
        if (stored.ttlMs() > 0) {
            to.setTtl(Times.duration(stored.ttlMs()));
        }
        ByteString body = UnsafeByteOperations.unsafeWrap(stored.body());
        if (withText && body.isValidUtf8()) {
            to.setTextBytes(body);
        } else {
            to.setBody(body);
        }
        return to.build();
    }

    private static MessageState state(io.carillon.base.delayqueue.MessageState state) {
        return switch (state) {
            case SCHEDULED -> MessageState.SCHEDULED;
            case READY -> MessageState.READY;
            case IN_FLIGHT -> MessageState.IN_FLIGHT;
            case DELIVERED -> MessageState.DELIVERED;
            case ACKNOWLEDGED -> MessageState.ACKNOWLEDGED;
            case CANCELLED -> MessageState.CANCELLED;
            case EXPIRED -> MessageState.EXPIRED;
            case DEAD -> MessageState.DEAD;
        };
    }

    static Settled settled(io.carillon.base.delayqueue.Settled settled) {
        return switch (settled) {
            case DONE -> Settled.DONE;
            case TOO_LATE -> Settled.TOO_LATE;
            case INVALID -> Settled.INVALID;
        };
    }

    static CancelOutcome cancelled(Cancelled cancelled) {
        return switch (cancelled) {
            case CANCELLED -> CancelOutcome.CANCEL_DONE;
            case CANCELLED_BEFORE -> CancelOutcome.CANCEL_DONE_BEFORE;
            case IN_FLIGHT -> CancelOutcome.CANCEL_IN_FLIGHT;
            case FINISHED -> CancelOutcome.CANCEL_FINISHED;
        };
    }

    static RescheduleResponse rescheduled(Rescheduled rescheduled) {
        RescheduleOutcome outcome = switch (rescheduled.outcome()) {
            case RESCHEDULED -> RescheduleOutcome.RESCHEDULE_DONE;
            case TOO_LATE -> RescheduleOutcome.RESCHEDULE_TOO_LATE;
            case CANCELLED -> RescheduleOutcome.RESCHEDULE_CANCELLED;
        };
        return RescheduleResponse.newBuilder()
                .setOutcome(outcome)
                .setDueAt(Times.timestamp(rescheduled.dueMs()))
                .build();
    }

    static ListMessagesResponse messages(Found<Stored> found) {
        ListMessagesResponse.Builder all = ListMessagesResponse.newBuilder().setNextPageToken(found.next());
        found.items().forEach(one -> all.addMessages(message(one, false)));
        return all.build();
    }

    static Topic topic(TopicInfo info) {
        return Topic.newBuilder()
                .setTopic(info.topic())
                .setPartitions(info.settings().partitions())
                .setPaused(info.isPaused())
                .build();
    }

    static Group group(GroupInfo info) {
        Group.Builder to = Group.newBuilder()
                .setTopic(info.where().topic())
                .setGroup(info.where().group())
                .setPaused(info.isPaused());
        if (info.settings().visibilityMs() > 0) {
            to.setVisibility(Times.duration(info.settings().visibilityMs()));
        }
        io.carillon.base.delayqueue.RetryPolicy retry = info.settings().retry();
        if (retry != null) {
            to.setRetry(RetryPolicy.newBuilder()
                    .setMaxAttempts(retry.attemptsMax())
                    .setBackoff(Times.duration(retry.backoffMs()))
                    .setBackoffMultiplier(retry.backoffMultiplier())
                    .setMaxBackoff(Times.duration(retry.backoffMaxMs())));
        }
        return to.build();
    }

    static Statistics statistics(io.carillon.base.delayqueue.Statistics from) {
        Statistics.Builder to = Statistics.newBuilder().setTopic(from.topic()).setScheduled(from.scheduled());
        if (from.nextDueMs() > 0) {
            to.setNextDueAt(Times.timestamp(from.nextDueMs()));
        }
        for (io.carillon.base.delayqueue.Statistics.OfGroup group : from.groups()) {
            to.addGroups(GroupStatistics.newBuilder()
                    .setGroup(group.group())
                    .setReady(group.ready())
                    .setInFlight(group.inFlight())
                    .setDead(group.dead())
                    .setWaiting(group.waiting()));
        }
        return to.build();
    }

    static io.carillon.api.delayqueue.v1.Limits limits(String engine, Limits from, HttpConfig config) {
        io.carillon.api.delayqueue.v1.Limits.Builder to =
                io.carillon.api.delayqueue.v1.Limits.newBuilder().setEngine(engine);
        put(to, from.contents());
        put(to, from.times());
        put(to, from.calls());
        put(to, from.room());
        return to.setIdLengthMax(FromApi.ID_LENGTH_MAX)
                .setTagsMax(FromApi.TAGS_MAX)
                .setRequestBytesMax(config.requestSizeMax().intBytes())
                .setRequestsBytesMax(config.requestsSizeMax().bytes())
                .setRequestRateMax(config.requestRateMax())
                .setWrongTokenRateMax(Gate.FAILURES_PER_SECOND)
                .setConnectionsMax(config.connectionsMax())
                .setRequestsAheadMax(Unanswered.REQUESTS_MAX)
                .build();
    }

    private static void put(io.carillon.api.delayqueue.v1.Limits.Builder to, Limits.Contents from) {
        to.setNameLengthMax(from.nameLengthMax())
                .setKeyLengthMax(from.keyLengthMax())
                .setBodyBytesMax(from.bodyBytesMax())
                .setHeadersMax(from.headersMax())
                .setHeaderBytesMax(from.headerBytesMax());
    }

    private static void put(io.carillon.api.delayqueue.v1.Limits.Builder to, Limits.Times from) {
        to.setDelayMaxMs(from.delayMaxMs())
                .setTtlMaxMs(from.ttlMaxMs())
                .setWaitMaxMs(from.waitMaxMs())
                .setVisibilityMinMs(from.visibilityMinMs())
                .setVisibilityMaxMs(from.visibilityMaxMs())
                .setVisibilityDefaultMs(from.visibilityDefaultMs())
                .setIdempotencyWindowMs(from.idempotencyWindowMs());
    }

    private static void put(io.carillon.api.delayqueue.v1.Limits.Builder to, Limits.Calls from) {
        to.setBatchMax(from.batchMax())
                .setPullMax(from.pullMax())
                .setPageMax(from.pageMax())
                .setListedQueuesMax(from.listedQueuesMax());
    }

    private static void put(io.carillon.api.delayqueue.v1.Limits.Builder to, Limits.Room from) {
        to.setWaitingMax(from.waitingMax())
                .setWaitingPerGroupMax(from.waitingPerGroupMax())
                .setInFlightMax(from.inFlightMax())
                .setInFlightPerQueueMax(from.inFlightPerQueueMax())
                .setSendsMax(from.sendsMax())
                .setRedrivesMax(from.redrivesMax())
                .setGroupsPerTopicMax(from.groupsPerTopicMax())
                .setPartitionsMax(from.partitionsMax())
                .setMaxAttemptsMax(from.maxAttemptsMax());
    }
}
