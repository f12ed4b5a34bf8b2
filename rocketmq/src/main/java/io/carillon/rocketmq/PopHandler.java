package io.carillon.rocketmq;

import io.carillon.base.Ticker;
import io.carillon.broker.consume.PopPoll;
import io.carillon.broker.pop.Pop;
import io.carillon.broker.pop.PopResult;
import io.carillon.broker.pop.PopResult.Found;
import io.carillon.broker.pop.PopResult.GroupMissing;
import io.carillon.broker.pop.PopResult.NotStored;
import io.carillon.broker.pop.PopResult.Nothing;
import io.carillon.broker.pop.PopResult.Refused;
import io.carillon.broker.pop.PopService;
import io.carillon.broker.pop.Popped;
import io.carillon.remoting.Connection;
import io.carillon.remoting.Dispatcher;
import io.carillon.remoting.Reply;
import io.carillon.remoting.ReplyTo;
import io.carillon.remoting.Request;
import io.carillon.remoting.RequestCode;
import io.carillon.remoting.ResponseCode;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.concurrent.Executor;

/**
 * Popping, with long polling, and what is like it: request codes 200050, 200052, 200054 and 200055. Everything runs on
 * the connection's I/O thread, but for reads that wait for the disk.
 */
final class PopHandler implements Handlers {
    private static final Logger LOG = System.getLogger(PopHandler.class.getName());

    private final PopService service;
    private final Ticker ticker;
    private final PoppedMessages messages;
    private final Executor coldReads;

    /** @param coldReads runs reads that wait for the disk; must take every task */
    PopHandler(PopService service, String brokerName, Ticker ticker, Executor coldReads) {
        this.service = service;
        this.ticker = ticker;
        this.coldReads = coldReads;
        this.messages = new PoppedMessages(service, brokerName, coldReads);
    }

    @Override
    public void register(Dispatcher dispatcher) {
        dispatcher
                .on(RequestCode.POP_MESSAGE, this::pop)
                .on(RequestCode.PEEK_MESSAGE, this::peek)
                .on(RequestCode.NOTIFICATION, this::notification)
                .on(RequestCode.POLLING_INFO, this::pollingInfo);
    }

    /**
     * Who asks.
     *
     * @param untilMs until when the answer may be held back when there is nothing, by the steady clock
     */
    private record Asker(Pop pop, ReplyTo to, long untilMs, boolean isNotice) {}

    /** One that waits. */
    private static final class Waiting extends PopPoll {
        private final PopHandler handler;
        private final Asker asker;

        Waiting(PopHandler handler, Asker asker) {
            super(asker.pop().topic(), asker.pop().group(), asker.pop().queue(), asker.isNotice());
            this.handler = handler;
            this.asker = asker;
        }

        @Override
        protected void resume() {
            handler.later(asker);
        }

        @Override
        protected boolean isAlive() {
            return asker.to().connection().isOpen();
        }
    }

    /** Its group was there: when it is not any more, it was deleted, and is not made again for this. */
    private void later(Asker asker) {
        Late.run(asker.to().connection(), () -> serve(asker, false));
    }

    private void pop(Request request) {
        Pop pop = PopRequests.pop(request);
        long waitMs = PopRequests.waitMs(request, ticker.nowMs());
        if (waitMs < 0) {
            request.reply(PopAnswers.nothing(
                    ResponseCode.POLLING_TIMEOUT, "the request came too late for the time that it wants to wait"));
        } else if (!request.isOneWay()) {
            serve(new Asker(pop, request.replyTo(), steadyMs() + waitMs, false), true);
        }
    }

    private long steadyMs() {
        return ticker.nanoTime() / 1_000_000;
    }

    /** @param mayMakeGroup false when that was tried before */
    private void serve(Asker asker, boolean mayMakeGroup) {
        try {
            if (asker.isNotice()) {
                notice(asker, mayMakeGroup);
            } else {
                pop(asker, mayMakeGroup);
            }
        } catch (RuntimeException e) {
            fail(asker.to(), e);
        }
    }

    /** What looks at messages to decide may wait for the disk, and comes back to the connection's thread. */
    private void pop(Asker asker, boolean mayMakeGroup) {
        if (!service.readsMessages(asker.pop())) {
            service.pop(asker.pop(), result -> answer(asker, result, mayMakeGroup));
            return;
        }
        Connection connection = asker.to().connection();
        coldReads.execute(() -> {
            try {
                service.pop(asker.pop(), result -> Late.run(connection, () -> answer(asker, result, mayMakeGroup)));
            } catch (RuntimeException e) {
                fail(asker.to(), e);
            }
        });
    }

    private static void fail(ReplyTo to, RuntimeException fault) {
        LOG.log(Level.WARNING, "a pop failed: remote=" + to.connection().remoteAddress(), fault);
        to.send(PopAnswers.nothing(ResponseCode.SYSTEM_ERROR, String.valueOf(fault.getMessage())));
    }

    /** On any thread when there are messages, on the connection's otherwise. */
    private void answer(Asker asker, PopResult result, boolean mayMakeGroup) {
        switch (result) {
            case Found(Popped popped) -> Late.run(asker.to().connection(), () -> answer(asker, popped));
            case Nothing(boolean isFull)
            when isFull ->
                asker.to()
                        .send(PopAnswers.nothing(
                                ResponseCode.POLLING_FULL,
                                "too many messages of the group are in flight: acknowledge some first"));
            case Nothing _ -> park(asker);
            case Refused refused -> asker.to().send(PopAnswers.refused(refused));
            case GroupMissing(String group)
            when mayMakeGroup ->
                service.createGroup(group, _ -> Late.run(asker.to().connection(), () -> serve(asker, false)));
            case GroupMissing(String group) -> answer(asker, service.noGroup(group), false);
            case NotStored(var why) -> asker.to().send(PopAnswers.notStored(why));
        }
    }

    private void answer(Asker asker, Popped popped) {
        try {
            messages.answer(asker.pop(), popped, asker.to(), () -> serve(asker, false));
        } catch (RuntimeException e) {
            fail(asker.to(), e);
        }
        if (popped.rest() > 0) {
            service.wakeNext(asker.pop());
        }
    }

    private void park(Asker asker) {
        long waitMs = asker.untilMs() - steadyMs();
        if (waitMs <= 0) {
            asker.to().send(ended(asker, ResponseCode.POLLING_TIMEOUT));
            return;
        }
        switch (service.park(asker.pop(), new Waiting(this, asker), waitMs)) {
            case PARKED -> {}
            // Not at once: where much is there that the consumer does not want, others have their turn in between.
            case LOOK_AGAIN -> later(asker);
            case FULL -> asker.to().send(ended(asker, ResponseCode.POLLING_FULL));
        }
    }

    private static Reply ended(Asker asker, int code) {
        if (!asker.isNotice()) {
            return PopAnswers.nothing(
                    code, code == ResponseCode.POLLING_FULL ? "too many consumers wait already" : "no new message");
        }
        return Reply.ok().ext("hasMsg", false).ext("pollingFull", code == ResponseCode.POLLING_FULL);
    }

    private void notification(Request request) {
        Pop pop = PopRequests.notification(request);
        long waitMs = PopRequests.waitMs(request, ticker.nowMs());
        if (waitMs < 0) {
            request.reply(Reply.of(ResponseCode.POLLING_TIMEOUT, "the request came too late")
                    .ext("hasMsg", false)
                    .ext("pollingFull", false));
        } else if (!request.isOneWay()) {
            serve(new Asker(pop, request.replyTo(), steadyMs() + waitMs, true), true);
        }
    }

    private void notice(Asker asker, boolean mayMakeGroup) {
        PopResult refusal = service.check(asker.pop());
        if (refusal != null) {
            refuseNotice(asker, refusal, mayMakeGroup);
        } else if (service.hasAny(asker.pop())) {
            asker.to().send(Reply.ok().ext("hasMsg", true).ext("pollingFull", false));
        } else {
            park(asker);
        }
    }

    private void refuseNotice(Asker asker, PopResult refusal, boolean mayMakeGroup) {
        switch (refusal) {
            case GroupMissing(String group)
            when mayMakeGroup ->
                service.createGroup(group, _ -> Late.run(asker.to().connection(), () -> serve(asker, false)));
            case GroupMissing(String group) -> refuseNotice(asker, service.noGroup(group), false);
            case Refused(var reason, var text) ->
                asker.to()
                        .send(Reply.of(PullAnswers.code(reason), text)
                                .ext("hasMsg", false)
                                .ext("pollingFull", false));
            case Found _, Nothing _, NotStored _ -> throw new IllegalStateException("no refusal: " + refusal);
        }
    }

    private void pollingInfo(Request request) {
        String topic = request.required("topic");
        String group = request.required("consumerGroup");
        request.reply(Reply.ok().ext("pollingNum", service.waiting(topic, group)));
    }

    private void peek(Request request) {
        Pop pop = PopRequests.peek(request);
        ReplyTo to = request.replyTo();
        PopResult result = service.peek(pop);
        switch (result) {
            case Found(Popped popped) ->
                messages.answer(
                        pop,
                        popped,
                        to,
                        () -> to.send(PopAnswers.nothing(ResponseCode.PULL_NOT_FOUND, "no new message")));
            case Refused refused -> to.send(PopAnswers.refused(refused));
            case Nothing _, GroupMissing _, NotStored _ ->
                to.send(PopAnswers.nothing(ResponseCode.PULL_NOT_FOUND, "no new message"));
        }
    }
}
