package io.carillon.bench;

import java.io.IOException;
import java.time.Duration;
import java.util.Set;

/**
 * Sends at a fixed rate while long polls follow: what calm traffic costs, and how late it arrives. When sends are forced to
 * disk, what the disk takes for one goes with the figures.
 */
record OpenLoopScenario(String name, String summary, Flush flush, SendShape shape, int ratePerSecond)
        implements Scenario.Shared {
    private record Phase(Recorder sends, Recorder deliveries) {
        Phase() {
            this(new Recorder(), new Recorder());
        }
    }

    @Override
    public Set<ServerKind> kinds() {
        return ServerKind.ALL;
    }

    @Override
    public void prepare(Bench bench, Server server) throws IOException, InterruptedException {
        bench.createTopics(server, shape);
        OpenLoop load = open(bench, server);
        load.begin();
        Span.over(bench.ticker(), server, bench.timing().burnIn(), load);
        load.stop();
    }

    @Override
    public Figures round(Bench bench, Server server) throws IOException, InterruptedException {
        Figures disk = flush == Flush.SYNC ? ForcedWrites.measure(bench, shape.bodyBytes()) : new Figures();
        var warm = new Phase();
        var measured = new Phase();
        var after = new Phase();
        OpenLoop load = open(bench, server);
        load.recordBoth(warm.sends(), warm.deliveries());
        load.begin();
        Span.over(bench.ticker(), server, bench.timing().warmup(), load);
        load.recordBoth(measured.sends(), measured.deliveries());
        Span span = Span.over(bench.ticker(), server, bench.timing().duration(), load);
        load.recordBoth(after.sends(), after.deliveries());
        load.stop();
        Figures figures = figures(span, measured).errorsOf(warm.sends(), measured.sends(), after.sends());
        figures.errorsOf(warm.deliveries(), measured.deliveries(), after.deliveries());
        requireTheRate(figures, measured, bench.timing().duration());
        return figures.putAll(disk);
    }

    private OpenLoop open(Bench bench, Server server) throws IOException {
        LongPolls polls = LongPolls.fromTheEnd(bench.ticker(), server.address(), shape);
        return OpenLoop.open(bench.ticker(), server.address(), bench.frame(shape), ratePerSecond, polls);
    }

    private static Figures figures(Span span, Phase measured) {
        long sent = measured.sends().messagesSent();
        return span.figures()
                .put(Metric.SENT_PER_SECOND, sent / span.seconds())
                .put(Metric.CPU_PER_MILLION, span.cpuPerMillion(sent))
                .put(Metric.ACK_P50_MS, measured.sends().ackMs(50))
                .put(Metric.ACK_P99_MS, measured.sends().ackMs(99))
                .put(Metric.DELIVERY_P50_MS, measured.deliveries().deliveryMs(50))
                .put(Metric.DELIVERY_P99_MS, measured.deliveries().deliveryMs(99));
    }

    /** A server that falls behind the rate, or consumers behind the sender, must not look quick. */
    private void requireTheRate(Figures figures, Phase measured, Duration duration) {
        long due = ratePerSecond * duration.toMillis() / 1000;
        long missing = due
                - Math.min(
                        measured.sends().messagesSent(), measured.deliveries().messagesReceived());
        if (missing > due / 20) {
            figures.error("messages behind the rate at the end of the measurement", missing);
        }
    }
}
