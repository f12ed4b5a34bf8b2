package io.carillon.http;

import io.carillon.base.Counters;
import io.carillon.base.delayqueue.DelayEngine;
import io.carillon.base.delayqueue.Metric;
import io.carillon.base.delayqueue.Metric.Sample;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** All figures as Prometheus reads them (text format 0.0.4). */
final class MetricsPage {
    static final String CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";
    private static final double SECOND_NS = 1e9;

    private static final String TOPIC = "topic";
    private static final String ALL_TOPICS = "";

    private final DelayEngine engine;
    private final Counters counters;
    private final Traffic traffic;
    private final Intake intake;

    MetricsPage(DelayEngine engine, Counters counters, Traffic traffic, Intake intake) {
        this.engine = engine;
        this.counters = counters;
        this.traffic = traffic;
        this.intake = intake;
    }

    /** As far as this caller may see it: what is not of a topic that he may touch is for who may touch all. */
    String text(Caller caller) {
        StringBuilder to = new StringBuilder(1 << 14);
        if (!caller.mayTouch(ALL_TOPICS)) {
            engine.metrics().forEach(metric -> put(to, metric, samplesFor(caller, metric)));
            return to.toString();
        }
        engine.metrics().forEach(metric -> put(to, metric, metric.samples()));
        putTraffic(to);
        head(to, "http_requests_under_way", "Requests that are being served, those that wait included.", "gauge");
        line(to, "http_requests_under_way", Map.of(), (double) traffic.underWay());
        head(to, "http_requests_bytes", "Bytes of all requests that are being served.", "gauge");
        line(to, "http_requests_bytes", Map.of(), (double) intake.bytes());
        counters.snapshot().forEach((name, value) -> {
            head(to, "carillon_" + name, "The figure " + name + " of the server.", "untyped");
            line(to, "carillon_" + name, Map.of(), (double) value);
        });
        return to.toString();
    }

    private static List<Sample> samplesFor(Caller caller, Metric metric) {
        return metric.samples().stream()
                .filter(sample -> caller.mayTouch(sample.labels().getOrDefault(TOPIC, ALL_TOPICS)))
                .toList();
    }

    private static void put(StringBuilder to, Metric metric, List<Sample> samples) {
        if (samples.isEmpty() && !metric.samples().isEmpty()) {
            return; // there is something, and not for this caller
        }
        head(to, metric.name(), metric.help(), metric.kind().name().toLowerCase(Locale.ROOT));
        for (Sample sample : samples) {
            line(to, metric.name() + sample.suffix(), sample.labels(), sample.value());
        }
    }

    private void putTraffic(StringBuilder to) {
        head(to, "http_requests_total", "Requests by method and outcome.", "counter");
        traffic.sums().forEach((key, sums) -> line(to, "http_requests_total", labels(key), (double) sums.count.sum()));
        head(to, "http_requests_seconds_total", "How long requests took together, waiting included.", "counter");
        traffic.sums()
                .forEach((key, sums) ->
                        line(to, "http_requests_seconds_total", labels(key), (double) sums.ns.sum() / SECOND_NS));
    }

    private static Map<String, String> labels(Traffic.Key key) {
        return Map.of("method", key.method(), "over", key.over(), "outcome", key.outcome());
    }

    private static void head(StringBuilder to, String name, String help, String type) {
        to.append("# HELP ").append(name).append(' ').append(help).append('\n');
        to.append("# TYPE ").append(name).append(' ').append(type).append('\n');
    }

    private static void line(StringBuilder to, String name, Map<String, String> labels, double value) {
        to.append(name);
        if (!labels.isEmpty()) {
            to.append('{');
            new TreeMap<>(labels)
                    .forEach((label, text) -> to.append(label)
                            .append("=\"")
                            .append(text.replace("\\", "\\\\")
                                    .replace("\"", "\\\"")
                                    .replace("\n", "\\n"))
                            .append("\","));
            to.setCharAt(to.length() - 1, '}');
        }
        to.append(' ').append(number(value)).append('\n');
    }

    private static String number(double value) {
        return value == Math.rint(value) && Math.abs(value) < 1e15
                ? Long.toString((long) value)
                : Double.toString(value);
    }
}
