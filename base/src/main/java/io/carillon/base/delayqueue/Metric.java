package io.carillon.base.delayqueue;

import java.util.List;
import java.util.Map;

/**
 * A figure with its values, in the words of Prometheus.
 *
 * @param name begins with {@code delayqueue_} and ends in its unit
 * @param help a sentence
 */
public record Metric(String name, String help, Kind kind, List<Sample> samples) {
    public enum Kind {
        /** Only rises while the process runs. */
        COUNTER,
        /** Rises and falls. */
        GAUGE,
        /** Samples are cumulative buckets with a label {@code le}, and {@code _sum} and {@code _count}. */
        HISTOGRAM
    }

    /**
     * @param suffix of the name; only of a histogram: {@code _bucket}, {@code _sum} or {@code _count}
     */
    public record Sample(String suffix, Map<String, String> labels, double value) {
        public Sample {
            labels = Map.copyOf(labels);
        }
    }

    public Metric {
        samples = List.copyOf(samples);
    }

    /** A figure with one value. */
    public static Metric of(String name, String help, Kind kind, double value) {
        return new Metric(name, help, kind, List.of(new Sample("", Map.of(), value)));
    }
}
