package io.carillon.base.delayqueue;

import io.carillon.base.delayqueue.Metric.Sample;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.function.ToLongFunction;

/**
 * How much a group of a topic has.
 *
 * @param group empty for what waits for the first group that there will be
 * @param ready how many are due and in nobody's hands
 * @param inFlight how many are in somebody's hands
 */
public record Depth(String topic, String group, long ready, long inFlight) {
    /** So many pairs of topic and group are told one by one, those with the most; what the others have is told in one. */
    public static final int SERIES_MAX = 100;

    /** The topic, and the group, of what the others have: no name of one. */
    public static final String OTHERS = "(others)";

    /** The sum of two of the same topic and group. */
    public static Depth sum(Depth one, Depth other) {
        return new Depth(one.topic, one.group, one.ready + other.ready, one.inFlight + other.inFlight);
    }

    /** Two gauges, with so few series that everybody can keep them. */
    public static List<Metric> gauges(Collection<Depth> all) {
        List<Depth> sorted = new ArrayList<>(all);
        sorted.sort(Comparator.comparingLong((Depth one) -> one.ready + one.inFlight)
                .reversed()
                .thenComparing(Depth::topic)
                .thenComparing(Depth::group));
        return List.of(
                gauge("ready", "Messages that are due and in nobody's hands.", sorted, Depth::ready),
                gauge("in_flight", "Messages in somebody's hands.", sorted, Depth::inFlight));
    }

    private static Metric gauge(String name, String help, List<Depth> sorted, ToLongFunction<Depth> count) {
        List<Sample> samples = new ArrayList<>();
        for (Depth one : sorted.subList(0, Math.min(SERIES_MAX, sorted.size()))) {
            samples.add(sample(one.topic, one.group, count.applyAsLong(one)));
        }
        if (sorted.size() > SERIES_MAX) {
            List<Depth> others = sorted.subList(SERIES_MAX, sorted.size());
            samples.add(sample(OTHERS, OTHERS, others.stream().mapToLong(count).sum()));
        }
        return new Metric("delayqueue_" + name + "_messages", help, Metric.Kind.GAUGE, samples);
    }

    private static Sample sample(String topic, String group, long count) {
        return new Sample("", Map.of("topic", topic, "group", group), (double) count);
    }
}
