package io.carillon.rocketmq;

import io.carillon.broker.retry.RetryService;
import io.carillon.broker.retry.SendBack;
import io.carillon.broker.retry.SentBack;
import io.carillon.remoting.Dispatcher;
import io.carillon.remoting.Reply;
import io.carillon.remoting.Request;
import io.carillon.remoting.RequestCode;
import io.carillon.remoting.ResponseCode;

/** Takes back what a consumer could not consume; the answer comes when its copy is durable. */
final class SendBackHandler implements Handlers {
    private final RetryService retry;
    private final RetryPolicyTexts policies;
    private final Aside aside;

    SendBackHandler(RetryService retry, RetryPolicyTexts policies, Aside aside) {
        this.retry = retry;
        this.policies = policies;
        this.aside = aside;
    }

    @Override
    public void register(Dispatcher dispatcher) {
        dispatcher.on(RequestCode.CONSUMER_SEND_MSG_BACK, this::sendBack);
    }

    /** The header's id and topic of the message are not looked at: the log knows them better. */
    private void sendBack(Request request) {
        SendBack back = new SendBack(
                request.required("group"),
                request.requiredLong("offset"),
                request.requiredInt("delayLevel"),
                request.intOr("maxReconsumeTimes", -1),
                request.booleanOr("unitMode", false));
        aside.answerLater(request, replyTo -> retry.sendBack(back, policies, sent -> replyTo.send(reply(sent))));
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
