package io.carillon.bench;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/** What one round of one scenario found out about one server, and what went wrong in it. Used by one thread. */
final class Figures {
    private final Map<Metric, Double> values = new EnumMap<>(Metric.class);
    private final Map<String, Long> errors = new TreeMap<>();
    private final List<String> examples = new ArrayList<>();

    Figures put(Metric metric, double value) {
        values.put(metric, value);
        return this;
    }

    /** The mean of each metric that all of them have, and all their errors. */
    static Figures mean(List<Figures> all) {
        Figures mean = new Figures();
        for (Metric metric : all.getFirst().values.keySet()) {
            mean.put(metric, all.stream().mapToDouble(one -> one.value(metric)).sum() / all.size());
        }
        all.forEach(mean::putErrors);
        return mean;
    }

    private double value(Metric metric) {
        return Objects.requireNonNull(values.get(metric), metric.title());
    }

    Figures putAll(Figures others) {
        values.putAll(others.values);
        return putErrors(others);
    }

    /** Only what went wrong. */
    Figures putErrors(Figures others) {
        others.errors.forEach(this::error);
        examples.addAll(others.examples);
        return this;
    }

    /** How much of a metric there is here for each one there. */
    double ratioTo(Figures others, Metric metric) {
        return value(metric) / others.value(metric);
    }

    void error(String what, long times) {
        errors.merge(what, times, Long::sum);
    }

    /** Errors of the warm-up count as well, under a name of their own. */
    Figures errorsOf(Recorder warmup, Recorder... phases) {
        warmup.errors().forEach((what, times) -> error("warming up: " + what, times));
        examples.addAll(warmup.examples());
        for (Recorder phase : phases) {
            phase.errors().forEach(this::error);
            examples.addAll(phase.examples());
        }
        return this;
    }

    /** Some unwanted answers in full, for whoever looks for their cause. */
    List<String> examples() {
        return examples;
    }

    Map<Metric, Double> values() {
        return values;
    }

    Map<String, Long> errors() {
        return errors;
    }
}
