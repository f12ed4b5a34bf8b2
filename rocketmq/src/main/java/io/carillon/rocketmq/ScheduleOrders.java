package io.carillon.rocketmq;

import io.carillon.remoting.Dispatcher;
import io.carillon.remoting.ReplyTo;
import io.carillon.remoting.Request;
import io.carillon.remoting.RequestCode;
import io.carillon.schedule.OrderDone;
import io.carillon.schedule.Scheduler;
import io.carillon.schedule.Waiting;

/**
 * Changes what becomes of messages that are due later: the part of {@link ScheduleHandler}'s codes that orders something.
 * An order is answered when its outcome stands, which the field {@code outcome} names.
 */
final class ScheduleOrders implements Handlers {
    private final Scheduler scheduler;
    private final WaitingSearch search;
    private final OrderAnswers answers;
    private final Aside aside;

    ScheduleOrders(Scheduler scheduler, WaitingSearch search, OrderAnswers answers, Aside aside) {
        this.scheduler = scheduler;
        this.search = search;
        this.answers = answers;
        this.aside = aside;
    }

    @Override
    public void register(Dispatcher dispatcher) {
        dispatcher
                .on(RequestCode.SCHEDULE_CANCEL, this::cancel)
                .on(RequestCode.SCHEDULE_RESCHEDULE, this::reschedule)
                .on(RequestCode.SCHEDULE_DELIVER_NOW, this::deliverNow)
                .on(RequestCode.SCHEDULE_PAUSE, this::pause)
                .on(RequestCode.SCHEDULE_RESUME, this::resume);
    }

    private interface Order {
        void give(long ticket, OrderDone told);
    }

    private void cancel(Request request) {
        order(request, OrderAnswers.Kind.CANCEL, scheduler::cancel);
    }

    private void deliverNow(Request request) {
        order(request, OrderAnswers.Kind.DELIVER_NOW, scheduler::deliverNow);
    }

    private void reschedule(Request request) {
        long dueMs = new ScheduleFields(request).requiredTimeMs("dueMs");
        order(request, OrderAnswers.Kind.RESCHEDULE, (ticket, told) -> {
            try {
                scheduler.reschedule(ticket, dueMs, told);
            } catch (IllegalArgumentException e) {
                throw ScheduleFields.wrong(String.valueOf(e.getMessage()));
            }
        });
    }

    private void order(Request request, OrderAnswers.Kind kind, Order order) {
        WaitingName name = new ScheduleFields(request).name();
        search.find(request, name, (one, replyTo) -> give(order, kind, one, replyTo));
    }

    private void give(Order order, OrderAnswers.Kind kind, Waiting one, ReplyTo replyTo) {
        order.give(one.ticket(), outcome -> aside.goOn(replyTo, late -> late.send(answers.answer(kind, one, outcome))));
    }

    private void pause(Request request) {
        String topic = new ScheduleFields(request).required("topic", "the name of a topic");
        if (!scheduler.paused().contains(topic)) {
            search.requireTopic(topic);
        }
        ReplyTo replyTo = request.replyTo();
        scheduler.pause(
                topic,
                outcome -> replyTo.send(OrderAnswers.ofTopic(
                        outcome, "what is due for topic " + topic + " stays until it is resumed")));
    }

    private void resume(Request request) {
        String topic = new ScheduleFields(request).required("topic", "the name of a topic");
        boolean wasPaused = scheduler.paused().contains(topic);
        if (!wasPaused) {
            search.requireTopic(topic);
        }
        ReplyTo replyTo = request.replyTo();
        scheduler.resume(
                topic,
                outcome -> replyTo.send(OrderAnswers.ofTopic(
                        outcome, "topic " + topic + (wasPaused ? " is delivered to again" : " was not paused"))));
    }
}
