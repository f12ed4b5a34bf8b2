package io.carillon.base.delayqueue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

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

        /**
         * What a histogram has for these labels.
         *
         * @param bounds the upper ones of its classes, as the label {@code le} has them, {@code +Inf} last
         * @param counts how many are in each class, those before it left out
         * @param sum of all values; null where nobody knows it
         */
        public static List<Sample> histogram(
                Map<String, String> labels, List<String> bounds, long[] counts, @Nullable Double sum) {
            List<Sample> all = new ArrayList<>();
            long upTo = 0;
            for (int i = 0; i < counts.length; i++) {
                upTo += counts[i];
                Map<String, String> ofClass = new HashMap<>(labels);
                ofClass.put("le", bounds.get(i));
                all.add(new Sample("_bucket", ofClass, (double) upTo));
            }
            if (sum != null) {
                all.add(new Sample("_sum", labels, sum));
            }
            all.add(new Sample("_count", labels, (double) upTo));
            return all;
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
