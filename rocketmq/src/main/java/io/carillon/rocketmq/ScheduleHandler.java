package io.carillon.rocketmq;

import io.carillon.base.Counters;
import io.carillon.base.Ticker;
import io.carillon.broker.metadata.Topics;
import io.carillon.remoting.Dispatcher;
import io.carillon.remoting.Reply;
import io.carillon.remoting.Request;
import io.carillon.remoting.RequestCode;
import io.carillon.schedule.Scheduler;
import io.carillon.schedule.Waiting;
import io.carillon.schedule.WaitingPlace;
import java.util.List;
import java.util.concurrent.Executor;

/**
 * Looks at messages that are due later: Carillon's own request codes, which {@code carillon schedule} speaks. Questions are
 * answered with JSON. What changes something, {@link ScheduleOrders} does.
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
    private final Counters counters;
    private final Ticker ticker;
    /** For what reads much: consumers read on the same threads. */
    private final Aside surveys;

    private final ScheduleBodies bodies;
    private final WaitingSearch search;
    private final ScheduleOrders orders;

    /** @param blocking what {@code aside} runs on */
    ScheduleHandler(
            Scheduler scheduler, Topics topics, Counters counters, Ticker ticker, Aside aside, Executor blocking) {
        this.scheduler = scheduler;
        this.counters = counters;
        this.ticker = ticker;
        surveys = new Aside(new OneByOne(blocking), Room.ofSurveys(counters, SURVEYS_MAX));
        bodies = new ScheduleBodies(scheduler);
        WaitingFinder finder = new WaitingFinder(scheduler);
        search = new WaitingSearch(finder, topics, bodies, aside, surveys);
        orders = new ScheduleOrders(scheduler, search, new OrderAnswers(finder), aside);
    }

    @Override
    public void register(Dispatcher dispatcher) {
        dispatcher
                .on(RequestCode.SCHEDULE_LIST, this::list)
                .on(RequestCode.SCHEDULE_SHOW, this::show)
                .on(RequestCode.SCHEDULE_HISTOGRAM, this::histogram)
                .on(RequestCode.SCHEDULE_STATS, this::stats);
        orders.register(dispatcher);
    }

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
                search.requireTopic(topic);
            }
            ScheduleBodies.Page page = bodies.page(found, max);
            Reply reply = Reply.ok().ext("hasMore", page.hasMore());
            page.next().ifPresent(next -> reply.ext("after", next));
            return reply.body(page.body().bytes());
        });
    }

    private void show(Request request) {
        ScheduleFields fields = new ScheduleFields(request);
        WaitingName name = fields.name();
        int bodyMax = (int)
                fields.number("bodyMax", BODY_BYTES, 0, BODY_BYTES_MAX, "a number of bytes, at most " + BODY_BYTES_MAX);
        search.find(
                request,
                name,
                (one, replyTo) ->
                        replyTo.send(Reply.ok().body(bodies.whole(one, bodyMax).bytes())));
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
}
