package io.carillon.rocketmq;

import io.carillon.base.Counters;
import io.carillon.base.Ticker;
import io.carillon.broker.metadata.Topics;
import io.carillon.remoting.BadRequest;
import io.carillon.remoting.Dispatcher;
import io.carillon.remoting.Reply;
import io.carillon.remoting.ReplyTo;
import io.carillon.remoting.Request;
import io.carillon.remoting.RequestCode;
import io.carillon.remoting.ResponseCode;
import io.carillon.schedule.OrderDone;
import io.carillon.schedule.Scheduler;
import io.carillon.schedule.Waiting;
import io.carillon.schedule.WaitingPlace;
import java.util.List;
import java.util.concurrent.Executor;

/**
 * Looks at messages that are due later, and changes what becomes of them: Carillon's own request codes, which {@code
 * carillon schedule} speaks. Questions are answered with JSON; an order is answered when its outcome stands, which the
 * field {@code outcome} names.
 */
final class ScheduleHandler implements Handlers {
    private static final int LIST_DEFAULT = 100;
    private static final int LIST_MAX = 1000;
    /** So many questions that read much may wait for one another. */
    private static final int SURVEYS_MAX = 32;

    private static final int BODY_BYTES = 1024;
    private static final int BODY_BYTES_MAX = 1 << 20;
    /** A histogram has no more spans than this. */
    private static final int SPANS_MAX = 10_000;

    private static final long SPAN_MIN_MS = 1000;
    private static final long SPAN_MAX_MS = 366 * 86_400_000L;

    private final Scheduler scheduler;
    private final Topics topics;
    private final Counters counters;
    private final Ticker ticker;
    private final Aside aside;
    /** For what reads much: consumers read on the same threads. */
    private final Aside surveys;

    private final WaitingFinder finder;
    private final ScheduleBodies bodies;
    private final OrderAnswers answers;

    /** @param blocking what {@code aside} runs on */
    ScheduleHandler(
            Scheduler scheduler, Topics topics, Counters counters, Ticker ticker, Aside aside, Executor blocking) {
        this.scheduler = scheduler;
        this.topics = topics;
        this.counters = counters;
        this.ticker = ticker;
        this.aside = aside;
        surveys = new Aside(new OneByOne(blocking), SURVEYS_MAX);
        finder = new WaitingFinder(scheduler);
        bodies = new ScheduleBodies(scheduler);
        answers = new OrderAnswers(finder);
    }

    @Override
    public void register(Dispatcher dispatcher) {
        dispatcher
                .on(RequestCode.SCHEDULE_LIST, this::list)
                .on(RequestCode.SCHEDULE_SHOW, this::show)
                .on(RequestCode.SCHEDULE_CANCEL, this::cancel)
                .on(RequestCode.SCHEDULE_RESCHEDULE, this::reschedule)
                .on(RequestCode.SCHEDULE_DELIVER_NOW, this::deliverNow)
                .on(RequestCode.SCHEDULE_HISTOGRAM, this::histogram)
                .on(RequestCode.SCHEDULE_PAUSE, this::pause)
                .on(RequestCode.SCHEDULE_RESUME, this::resume)
                .on(RequestCode.SCHEDULE_STATS, this::stats);
    }

    // ---- questions

    private void list(Request request) {
        ScheduleFields fields = new ScheduleFields(request);
        String topic = fields.text("topic");
        String key = fields.text("key");
        long fromMs = fields.timeMs("fromMs", 0);
        long toMs = fields.timeMs("toMs", Long.MAX_VALUE);
        int max = (int) fields.number("max", LIST_DEFAULT, 1, LIST_MAX, "a number from 1 to " + LIST_MAX);
        WaitingPlace after = fields.place("after");
        surveys.answer(request, () -> {
            List<Waiting> found = scheduler.list(topic, key, fromMs, toMs, after, max + 1);
            if (found.isEmpty() && !topic.isEmpty()) {
                requireTopic(topic);
            }
            ScheduleBodies.Page page = bodies.page(found, max);
            Reply reply = Reply.ok().ext("hasMore", page.hasMore());
            page.next().ifPresent(next -> reply.ext("after", next));
            return reply.body(page.body().bytes());
        });
    }

    private void requireTopic(String topic) {
        if (topics.find(topic) == null) {
            throw new BadRequest(ResponseCode.TOPIC_NOT_EXIST, "topic " + topic + " does not exist");
        }
    }

    private void show(Request request) {
        ScheduleFields fields = new ScheduleFields(request);
        WaitingName name = fields.name();
        int bodyMax = (int)
                fields.number("bodyMax", BODY_BYTES, 0, BODY_BYTES_MAX, "a number of bytes, at most " + BODY_BYTES_MAX);
        find(
                request,
                name,
                (one, replyTo) ->
                        replyTo.send(Reply.ok().body(bodies.whole(one, bodyMax).bytes())));
    }

    private Reply ambiguous(WaitingName name, List<Waiting> candidates) {
        return OrderAnswers.ambiguous(name)
                .body(bodies.page(candidates, candidates.size()).body().bytes());
    }

    private void histogram(Request request) {
        ScheduleFields fields = new ScheduleFields(request);
        long spanMs = fields.number("spanMs", 3_600_000, SPAN_MIN_MS, SPAN_MAX_MS, "a time span in ms, from 1000 on");
        long fromMs = fields.timeMs("fromMs", 0);
        long toMs = fields.timeMs("toMs", Long.MAX_VALUE);
        surveys.answer(
                request, () -> Reply.ok().body(histogram(fromMs, toMs, spanMs).bytes()));
    }

    /** From the first message on, as many spans as an answer has; empty ones are left out. */
    private JsonText histogram(long fromMs, long toMs, long spanMs) {
        List<Waiting> first = scheduler.list("", "", fromMs, toMs, 1);
        long startMs =
                first.isEmpty() ? fromMs : Math.max(fromMs, first.getFirst().dueMs());
        long endMs = Math.min(toMs, Math.floorDiv(startMs, spanMs) * spanMs + SPANS_MAX * spanMs);
        boolean hasMore =
                endMs < toMs && !scheduler.list("", "", endMs, toMs, 1).isEmpty();
        return ScheduleBodies.histogram(scheduler.histogram(startMs, endMs, spanMs), spanMs, hasMore);
    }

    private void stats(Request request) {
        surveys.answer(
                request,
                () -> Reply.ok()
                        .body(bodies.stats(counters.snapshot(), ticker.nowMs()).bytes()));
    }

    // ---- orders

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

    private interface FoundOne {
        void take(Waiting one, ReplyTo replyTo);
    }

    /** What has no such exact name is looked for among all that waits, which reads much. */
    private void find(Request request, WaitingName name, FoundOne told) {
        aside.answerLater(
                request,
                replyTo -> finder.findExact(name)
                        .ifPresentOrElse(
                                found -> tell(found, name, told, replyTo),
                                () -> surveys.answerLater(
                                        replyTo, late -> tell(finder.findByKeys(name), name, told, late))));
    }

    private void tell(WaitingFinder.Found found, WaitingName name, FoundOne told, ReplyTo replyTo) {
        switch (found) {
            case WaitingFinder.Found.One(Waiting one) -> told.take(one, replyTo);
            case WaitingFinder.Found.None _ -> replyTo.send(OrderAnswers.unknown(name));
            case WaitingFinder.Found.Several(List<Waiting> all) -> replyTo.send(ambiguous(name, all));
        }
    }

    private void order(Request request, OrderAnswers.Kind kind, Order order) {
        WaitingName name = new ScheduleFields(request).name();
        find(request, name, (one, replyTo) -> give(order, kind, one, replyTo));
    }

    private void give(Order order, OrderAnswers.Kind kind, Waiting one, ReplyTo replyTo) {
        order.give(one.ticket(), outcome -> aside.goOn(replyTo, late -> late.send(answers.answer(kind, one, outcome))));
    }

    private void pause(Request request) {
        String topic = new ScheduleFields(request).required("topic", "the name of a topic");
        if (!scheduler.paused().contains(topic)) {
            requireTopic(topic);
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
            requireTopic(topic);
        }
        ReplyTo replyTo = request.replyTo();
        scheduler.resume(
                topic,
                outcome -> replyTo.send(OrderAnswers.ofTopic(
                        outcome, "topic " + topic + (wasPaused ? " is delivered to again" : " was not paused"))));
    }
}
