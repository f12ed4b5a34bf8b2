package io.carillon.bench;

import java.io.IOException;
import java.util.Set;

/** Sends with a fixed number in flight: how much the server takes, and what that costs it. */
record SendScenario(String name, String summary, Flush flush, SendShape shape, int connections, int window)
        implements Scenario.Shared {
    @Override
    public String note() {
        return shape.delay().isNone()
                ? ""
                : "the CPU is all that the server used while it accepted: storing and scheduling what it kept pace with,"
                        + " not what was still to be scheduled at the end, and no delivery.";
    }

    /** Apache knows no keys of its own for messages that wait. */
    @Override
    public Set<ServerKind> kinds() {
        return shape.keys() == 0 ? ServerKind.ALL : Set.of(ServerKind.CARILLON);
    }

    @Override
    public void prepare(Bench bench, Server server) throws IOException, InterruptedException {
        bench.createTopics(server, shape);
        bench.warm(server, load(bench, server), bench.timing().burnIn());
    }

    @Override
    public Figures round(Bench bench, Server server) throws IOException, InterruptedException {
        return measure(bench, server, load(bench, server));
    }

    private ClosedLoop load(Bench bench, Server server) throws IOException {
        return ClosedLoop.endless(bench.ticker(), server.address(), bench.frame(shape), connections, window);
    }

    static Figures measure(Bench bench, Server server, ClosedLoop load) throws IOException, InterruptedException {
        var warm = new Recorder();
        var measured = new Recorder();
        var after = new Recorder();
        load.record(warm);
        load.start();
        Span.over(bench.ticker(), server, bench.timing().warmup(), load);
        load.record(measured);
        Span span = Span.over(bench.ticker(), server, bench.timing().duration(), load);
        load.record(after);
        load.stop();
        return span.figures()
                .put(Metric.SENT_PER_SECOND, measured.messagesSent() / span.seconds())
                .put(Metric.CPU_PER_MILLION, span.cpuPerMillion(measured.messagesSent()))
                .put(Metric.WRITTEN_BYTES, (double) span.writtenBytes() / measured.messagesSent())
                .put(Metric.ACK_P50_MS, measured.ackMs(50))
                .put(Metric.ACK_P99_MS, measured.ackMs(99))
                .errorsOf(warm, measured, after);
    }
}
