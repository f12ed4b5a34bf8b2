package io.carillon.bench;

import java.util.EnumMap;
import java.util.Map;
import java.util.TreeMap;

/** What one round of one scenario found out about one server, and what went wrong in it. Used by one thread. */
final class Figures {
    private final Map<Metric, Double> values = new EnumMap<>(Metric.class);
    private final Map<String, Long> errors = new TreeMap<>();

    Figures put(Metric metric, double value) {
        values.put(metric, value);
        return this;
    }

    Figures putAll(Figures others) {
        values.putAll(others.values);
        others.errors.forEach(this::error);
        return this;
    }

    void error(String what, long times) {
        errors.merge(what, times, Long::sum);
    }

    Figures errorsOf(Recorder... phases) {
        for (Recorder phase : phases) {
            phase.errors().forEach(this::error);
        }
        return this;
    }

    Map<Metric, Double> values() {
        return values;
    }

    Map<String, Long> errors() {
        return errors;
    }
}
