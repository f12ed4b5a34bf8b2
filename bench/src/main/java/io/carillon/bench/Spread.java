package io.carillon.bench;

import java.util.Arrays;
import java.util.List;

/** The median of some rounds, and their extremes. */
record Spread(double median, double min, double max) {
    static Spread of(List<Double> values) {
        double[] sorted =
                values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
        int middle = sorted.length / 2;
        double median = sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
        return new Spread(median, sorted[0], Arrays.stream(sorted).max().orElseThrow());
    }

    String text(Metric metric) {
        String text = metric.text(median);
        return min == max ? text : "%s (%s-%s)".formatted(text, metric.text(min), metric.text(max));
    }
}
