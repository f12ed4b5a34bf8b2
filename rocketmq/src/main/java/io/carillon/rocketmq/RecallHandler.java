package io.carillon.rocketmq;

import io.carillon.base.Ticker;
import io.carillon.broker.metadata.Topics;
import io.carillon.log.DueQueues;
import io.carillon.message.Extras;
import io.carillon.remoting.BadRequest;
import io.carillon.remoting.Dispatcher;
import io.carillon.remoting.Reply;
import io.carillon.remoting.ReplyTo;
import io.carillon.remoting.Request;
import io.carillon.remoting.RequestCode;
import io.carillon.remoting.ResponseCode;
import io.carillon.schedule.Outcome;
import io.carillon.schedule.ScheduleState.Status;
import io.carillon.schedule.Scheduler;
import io.carillon.schedule.Ticket;
import io.carillon.schedule.Waiting;
import org.jspecify.annotations.Nullable;

/**
 * Recalls a message that is due later (370). The answer is exact: with success it is never delivered. It is not an error
 * to recall a message that was recalled before.
 */
final class RecallHandler implements Handlers {
    private final Scheduler scheduler;
    private final Topics topics;
    private final String broker;
    private final Ticker ticker;
    private final Aside aside;

    RecallHandler(Scheduler scheduler, Topics topics, String broker, Ticker ticker, Aside aside) {
        this.scheduler = scheduler;
        this.topics = topics;
        this.broker = broker;
        this.ticker = ticker;
        this.aside = aside;
    }

    @Override
    public void register(Dispatcher dispatcher) {
        dispatcher.on(RequestCode.RECALL_MESSAGE, this::recall);
    }

    private void recall(Request request) {
        try {
            recallChecked(request);
        } catch (BadRequest e) {
            request.reply(traceable(Reply.of(e.code(), e.getMessage())));
        }
    }

    /** Clients write a trace only of recalls whose answer names the region, whatever it says. */
    private static Reply traceable(Reply reply) {
        return reply.ext("MSG_REGION", "DefaultRegion");
    }

    private void recallChecked(Request request) {
        String topic = request.required("topic");
        RecallHandle handle = decode(request.required("recallHandle"));
        if (topics.find(topic) == null) {
            throw new BadRequest(ResponseCode.TOPIC_NOT_EXIST, "topic[" + topic + "] not exist");
        }
        if (!handle.topic().equals(topic)) {
            throw illegal("recall failed, the handle is of topic " + handle.topic() + ", not of " + topic);
        }
        if (!handle.broker().equals(broker)) {
            throw illegal("recall failed, the handle is of broker " + handle.broker() + ", this is " + broker);
        }
        aside.answerLater(request, replyTo -> recall(handle, replyTo));
    }

    private static RecallHandle decode(String text) {
        try {
            return RecallHandle.decode(text);
        } catch (IllegalArgumentException e) {
            throw illegal("recall failed, " + e.getMessage());
        }
    }

    private static BadRequest illegal(String detail) {
        return new BadRequest(ResponseCode.ILLEGAL_OPERATION, detail);
    }

    private void recall(RecallHandle handle, ReplyTo replyTo) {
        Waiting found = find(handle);
        if (found == null) {
            scheduler.onUnknownCancel();
            boolean isForeign = handle.place() < 0 && handle.dueMs() > ticker.nowMs();
            replyTo.send(traceable(isForeign ? recalled(handle) : answer(handle, Outcome.NOT_FOUND)));
        } else {
            scheduler.cancel(found.ticket(), outcome -> replyTo.send(traceable(answer(handle, outcome))));
        }
    }

    /** The message, or of one that recurs the occurrence that waits. */
    private @Nullable Waiting find(RecallHandle handle) {
        Waiting sent =
                handle.place() < 0 ? null : scheduler.find(Ticket.of(DueQueues.hourOf(handle.dueMs()), handle.place()));
        boolean isIt = sent != null
                && sent.topic().equals(handle.topic())
                && sent.uniqueId().equals(handle.uniqueId())
                && scheduler.status(sent.ticket()) != Status.MOVED;
        Waiting found = isIt ? sent : scheduler.find(handle.topic(), handle.uniqueId());
        if (found == null || !found.properties().containsKey(Extras.CRON)) {
            return found;
        }
        String key = found.properties().getOrDefault(Extras.KEY, found.uniqueId());
        Waiting next = scheduler.findByKey(found.topic(), key);
        return next == null ? found : next;
    }

    /**
     * Also of a message that is not known and not due yet, where the handle was not made here: Apache's broker takes all
     * such recalls, and suites count on it. It does not wait here, so it will not be delivered.
     */
    private static Reply recalled(RecallHandle handle) {
        return Reply.ok().ext("msgId", handle.uniqueId());
    }

    private static Reply answer(RecallHandle handle, Outcome outcome) {
        return switch (outcome) {
            case DONE, CANCELLED -> recalled(handle);
            case LEFT ->
                Reply.of(
                        ResponseCode.ILLEGAL_OPERATION,
                        "recall failed, message " + handle.uniqueId() + " was delivered already");
            case REFUSED ->
                Reply.of(
                        ResponseCode.SERVICE_NOT_AVAILABLE,
                        "recall failed, the broker takes nothing now; the message is as it was");
            default ->
                Reply.of(ResponseCode.QUERY_NOT_FOUND, "recall failed, message " + handle.uniqueId() + " is not known");
        };
    }
}
