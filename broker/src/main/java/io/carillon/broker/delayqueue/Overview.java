package io.carillon.broker.delayqueue;

import io.carillon.base.delayqueue.Answer;
import io.carillon.base.delayqueue.Depth;
import io.carillon.base.delayqueue.Health;
import io.carillon.base.delayqueue.Metric;
import io.carillon.base.delayqueue.Metric.Kind;
import io.carillon.base.delayqueue.Metric.Sample;
import io.carillon.base.delayqueue.Requests.Where;
import io.carillon.base.delayqueue.Statistics;
import io.carillon.broker.metadata.TopicState;
import io.carillon.log.ConsumeQueue;
import io.carillon.log.Refusal;
import io.carillon.message.TopicName;
import io.carillon.schedule.Scheduler;
import io.carillon.schedule.Waiting;
import io.carillon.schedule.WaitingPage;
import io.carillon.schedule.WaitingPlace;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What the engine is doing. */
final class Overview {
    /** More than this is not counted one by one. */
    private static final int COUNTED_MAX = 1_000;

    /** Not more of what waits, or is dead, is looked at, be it of this topic or of others. */
    private static final int LOOKS_MAX = 20_000;

    private static final long UNKNOWN = -1;

    private final Parts parts;
    private final TopicsAndGroups groups;
    private final DeadLetterBox deadLetters;

    Overview(Parts parts, TopicsAndGroups groups, DeadLetterBox deadLetters) {
        this.parts = parts;
        this.groups = groups;
        this.deadLetters = deadLetters;
    }

    /** Reads. */
    Answer<Statistics> statistics(String topic) {
        TopicState state = parts.topics().find(topic);
        if (state == null) {
            return TopicsAndGroups.noTopic(topic);
        }
        WaitingPage waits =
                parts.scheduler().page(topic, "", 0, Long.MAX_VALUE, WaitingPlace.START, COUNTED_MAX, LOOKS_MAX);
        List<Waiting> first = waits.found();
        long scheduled = waits.next() == null ? first.size() : UNKNOWN;
        List<Statistics.OfGroup> all = new ArrayList<>();
        for (String group : groups.namesOf(topic)) {
            all.add(statistics(state, new Where(topic, group)));
        }
        return Answer.of(new Statistics(
                topic, scheduled, first.isEmpty() ? 0 : first.getFirst().dueMs(), all));
    }

    private Statistics.OfGroup statistics(TopicState topic, Where where) {
        long ready = ready(topic, where.group());
        TopicState retries = parts.topics().find(TopicName.popRetryOf(where.topic(), where.group()));
        ready += retries == null ? 0 : ready(retries, where.group());
        return new Statistics.OfGroup(
                where.group(),
                ready,
                parts.pop().inFlight(where.group(), where.topic()),
                deadLetters.count(where, COUNTED_MAX, LOOKS_MAX),
                parts.pop().waiting(where.topic(), where.group()));
    }

    private long ready(TopicState topic, String group) {
        long sum = 0;
        String name = topic.config().name();
        for (int i = 0; i < topic.config().readQueues(); i++) {
            ConsumeQueue queue = topic.queue(i);
            long popped = parts.pop().handedOut(group, name, i);
            long from = popped >= 0 ? popped : parts.offsets().current(group, name, i);
            sum += Math.max(0, queue.offsetMax() - Math.max(queue.offsetMin(), from));
        }
        return sum;
    }

    Health health() {
        Refusal why = parts.log().state();
        String detail = why == null ? "takes messages" : "takes nothing any more: " + why;
        return new Health(why == null, List.of(new Health.Part("log", why == null, detail)));
    }

    List<Metric> metrics() {
        Map<String, Long> figures = parts.counters().snapshot();
        List<Metric> all = new ArrayList<>();
        all.add(lateness());
        all.add(gauge("scheduled_messages", "Messages that are due later.", figures, "schedule_pending_messages"));
        all.addAll(Depth.gauges(parts.pop().depths()));
        all.add(counter("sent_messages_total", "Messages that were stored.", figures, "messages_in"));
        all.add(counter(
                "acknowledged_messages_total", "Messages that were settled.", figures, "messages_acknowledged"));
        all.add(counter(
                "redelivered_messages_total",
                "Messages that were not settled in time, or given back.",
                figures,
                "messages_returned"));
        all.add(Metric.of(
                "delayqueue_dead_messages_total",
                "Messages that became dead letters.",
                Kind.COUNTER,
                value(figures, "messages_dead") + value(figures, "delayqueue_dead_messages")));
        all.add(Metric.of(
                "delayqueue_expired_messages_total",
                "Messages whose time to live was over.",
                Kind.COUNTER,
                value(figures, "schedule_expired_messages") + value(figures, "delayqueue_expired_messages")));
        all.add(counter(
                "cancelled_messages_total", "Messages that were cancelled.", figures, "schedule_cancelled_messages"));
        return all;
    }

    private static double value(Map<String, Long> figures, String name) {
        return figures.getOrDefault(name, 0L);
    }

    private static Metric gauge(String name, String help, Map<String, Long> figures, String figure) {
        return Metric.of("delayqueue_" + name, help, Kind.GAUGE, value(figures, figure));
    }

    private static Metric counter(String name, String help, Map<String, Long> figures, String figure) {
        return Metric.of("delayqueue_" + name, help, Kind.COUNTER, value(figures, figure));
    }

    private Metric lateness() {
        List<String> bounds = new ArrayList<>();
        for (long ms : Scheduler.latenessBoundsMs()) {
            bounds.add(Double.toString(ms / 1000.0));
        }
        bounds.add("+Inf");
        List<Sample> samples = new ArrayList<>();
        parts.scheduler()
                .lateness()
                .forEach((topic, counts) ->
                        samples.addAll(Sample.histogram(Map.of("topic", topic), bounds, counts, null)));
        return new Metric(
                "delayqueue_lateness_seconds",
                "How long after they were due messages could be pulled.",
                Kind.HISTOGRAM,
                samples);
    }
}
