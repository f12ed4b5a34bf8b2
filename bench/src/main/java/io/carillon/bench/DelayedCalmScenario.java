package io.carillon.bench;

import java.io.IOException;
import java.time.Duration;

/**
 * Sends delayed messages at a fixed rate while long polls follow: how late they come. A phase counts the messages that come
 * in it; since the first come only after the delay, the warm-up is longer by that.
 */
record DelayedCalmScenario(String name, String summary, SendShape shape, int ratePerSecond) implements Scenario.Shared {
    /** Apache fires once a second, and then some more. */
    private static final Duration LATE_MAX = Duration.ofSeconds(3);

    @Override
    public String note() {
        return "the CPU is of the whole way, accepting, firing and delivering; lateness counts from the moment at which the"
                + " open loop wanted to send, plus the delay; early is by the wall clock in milliseconds,"
                + " and counts as no lateness.";
    }

    @Override
    public void prepare(Bench bench, Server server) throws IOException, InterruptedException {
        bench.createTopics(server, shape);
        OpenLoop load = open(bench, server);
        load.begin();
        Span.over(bench.ticker(), server, bench.timing().burnIn(), load);
        load.stopAfter(delay().plus(LATE_MAX));
    }

    @Override
    public Figures round(Bench bench, Server server) throws IOException, InterruptedException {
        var sends = new Recorder[] {new Recorder(), new Recorder(), new Recorder()};
        var deliveries = new Recorder[] {new Recorder(), new Recorder(), new Recorder()};
        OpenLoop load = open(bench, server);
        load.recordBoth(sends[0], deliveries[0]);
        load.begin();
        Span.over(bench.ticker(), server, bench.timing().warmup().plus(delay()), load);
        load.recordBoth(sends[1], deliveries[1]);
        Span span = Span.over(bench.ticker(), server, bench.timing().duration(), load);
        load.recordBoth(sends[2], deliveries[2]);
        load.stopAfter(delay().plus(LATE_MAX));
        Figures figures = figures(span, sends[1], deliveries[1])
                .errorsOf(sends[0], sends[1], sends[2])
                .errorsOf(deliveries[0], deliveries[1], deliveries[2]);
        requireTheRate(figures, sends[1], bench.timing().duration());
        requireEachOnce(figures, sends, deliveries);
        return figures;
    }

    private Duration delay() {
        return Duration.ofMillis(shape.delay().ms());
    }

    private OpenLoop open(Bench bench, Server server) throws IOException {
        LongPolls polls = LongPolls.fromTheEnd(bench.ticker(), server.address(), shape);
        return OpenLoop.open(bench.ticker(), server.address(), bench.frame(shape), ratePerSecond, polls);
    }

    private static Figures figures(Span span, Recorder sends, Recorder deliveries) {
        return span.figures()
                .put(Metric.SENT_PER_SECOND, sends.messagesSent() / span.seconds())
                .put(Metric.CPU_PER_MILLION, span.cpuPerMillion(sends.messagesSent()))
                .put(Metric.WRITTEN_BYTES, (double) span.writtenBytes() / sends.messagesSent())
                .put(Metric.ACK_P50_MS, sends.ackMs(50))
                .put(Metric.ACK_P99_MS, sends.ackMs(99))
                .put(Metric.LATE_P50_MS, deliveries.deliveryMs(50))
                .put(Metric.LATE_P99_MS, deliveries.deliveryMs(99))
                .put(Metric.LATE_P999_MS, deliveries.deliveryMs(99.9))
                .put(Metric.LATE_MIN_MS, deliveries.deliveryMinMs())
                .put(Metric.EARLY, (double) deliveries.messagesEarly());
    }

    private void requireTheRate(Figures figures, Recorder sends, Duration duration) {
        long due = ratePerSecond * duration.toMillis() / 1000;
        long missing = due - sends.messagesSent();
        if (missing > due / 20) {
            figures.error("messages behind the rate at the end of the measurement", missing);
        }
    }

    private static void requireEachOnce(Figures figures, Recorder[] sends, Recorder[] deliveries) {
        long sent = 0;
        long received = 0;
        for (int phase = 0; phase < sends.length; phase++) {
            sent += sends[phase].messagesSent();
            received += deliveries[phase].messagesReceived();
        }
        if (received < sent) {
            figures.error("acknowledged messages not delivered within 3 s of their due time", sent - received);
        } else if (received > sent) {
            figures.error("deliveries beyond the acknowledged messages", received - sent);
        }
    }
}
