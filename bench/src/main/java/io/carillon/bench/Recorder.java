package io.carillon.bench;

import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/**
 * What one load saw in one phase. Written by the load's loop alone; read once that loop has ended.
 */
final class Recorder {
    private static final long LATENCY_MAX_NS = TimeUnit.MINUTES.toNanos(2);

    private final Histogram acks = new Histogram(LATENCY_MAX_NS, 3);
    private final Histogram deliveries = new Histogram(LATENCY_MAX_NS, 3);
    private final Map<String, Long> errors = new TreeMap<>();
    private final Map<Integer, String> examples = new TreeMap<>();
    private long sent;
    private long received;
    private long earliestNs = Long.MAX_VALUE;
    private long early;

    void acknowledged(int messages, long latencyNs) {
        sent += messages;
        acks.recordValue(clamped(latencyNs));
    }

    void received(int messages) {
        received += messages;
    }

    /** A latency below zero is that of a message that came before it was due. */
    void delivered(long latencyNs) {
        deliveries.recordValue(clamped(latencyNs));
        earliestNs = Math.min(earliestNs, latencyNs);
    }

    /** A message that came while the clock stood before its due time: must not happen. */
    void early() {
        early++;
        error("message delivered before it was due");
    }

    /** Something that must not happen. A run that has any says so in its report. */
    void error(String what) {
        errors.merge(what, 1L, Long::sum);
    }

    /** An answer with another code than the wanted one; the first of each code is kept as an example. */
    void refused(String request, Answer answer) {
        int code = answer.code();
        examples.computeIfAbsent(code, _ -> answer.header());
        error(request + " answered with code " + code);
    }

    private static long clamped(long latencyNs) {
        return Math.clamp(latencyNs, 0, LATENCY_MAX_NS);
    }

    long messagesSent() {
        return sent;
    }

    long messagesReceived() {
        return received;
    }

    double ackMs(double percentile) {
        return acks.getValueAtPercentile(percentile) / 1e6;
    }

    double deliveryMs(double percentile) {
        return deliveries.getValueAtPercentile(percentile) / 1e6;
    }

    double deliveryMinMs() {
        return earliestNs == Long.MAX_VALUE ? 0 : earliestNs / 1e6;
    }

    long messagesEarly() {
        return early;
    }

    Map<String, Long> errors() {
        return Map.copyOf(errors);
    }

    /** The headers of some unwanted answers. */
    Collection<String> examples() {
        return examples.values();
    }
}
