package io.carillon.rocketmq;

import io.carillon.broker.retry.RetryService;
import io.carillon.broker.retry.SendBack;
import io.carillon.broker.retry.SentBack;
import io.carillon.log.MessageLog;
import io.carillon.remoting.Dispatcher;
import io.carillon.remoting.Reply;
import io.carillon.remoting.Request;
import io.carillon.remoting.RequestCode;
import io.carillon.remoting.ResponseCode;
import org.jspecify.annotations.Nullable;

/** Takes back what a consumer could not consume; the answer comes when its copy is durable. */
final class SendBackHandler implements Handlers {
    private final RetryService retry;
    private final RetryPolicyTexts policies;
    private final Aside aside;
    private final @Nullable MessageLog checked;

    /** @param checked where to look up whether a message is of the topic that was named; null when nobody is checked */
    SendBackHandler(RetryService retry, RetryPolicyTexts policies, Aside aside, @Nullable MessageLog checked) {
        this.retry = retry;
        this.policies = policies;
        this.aside = aside;
        this.checked = checked;
    }

    @Override
    public void register(Dispatcher dispatcher) {
        dispatcher.on(RequestCode.CONSUMER_SEND_MSG_BACK, this::sendBack);
    }

    /** The header's id and topic of the message serve to check who may have it: the log knows them better. */
    private void sendBack(Request request) {
        SendBack back = new SendBack(
                request.required("group"),
                request.requiredLong("offset"),
                request.requiredInt("delayLevel"),
                request.intOr("maxReconsumeTimes", -1),
                request.booleanOr("unitMode", false));
        NamedTopic named = NamedTopic.of(request, "originTopic", back.group(), checked != null);
        aside.answerLater(request, replyTo -> {
            if (checked != null) {
                named.check(checked, checked.record(back.logOffset()));
            }
            retry.sendBack(back, policies, sent -> replyTo.send(reply(sent)));
        });
    }

    private static Reply reply(SentBack sent) {
        return switch (sent) {
            case SentBack.Stored _, SentBack.Dropped _ -> Reply.ok();
            case SentBack.NotStored(var why) -> ProduceLane.refusal(why);
            case SentBack.Refused(var reason, var detail) -> Reply.of(codeOf(reason), detail);
        };
    }

    private static int codeOf(SentBack.Reason reason) {
        return switch (reason) {
            case NO_GROUP -> ResponseCode.SUBSCRIPTION_GROUP_NOT_EXIST;
            case FORBIDDEN -> ResponseCode.NO_PERMISSION;
            case ILLEGAL_MESSAGE -> ResponseCode.MESSAGE_ILLEGAL;
            case NO_MESSAGE, NO_TOPIC, FAILED -> ResponseCode.SYSTEM_ERROR;
        };
    }
}
