package io.carillon.bench;

import java.io.IOException;
import java.util.Set;

/** Fills a topic and then reads it, 32 messages a pull, over and over. */
record DrainScenario(String name, String summary, SendShape shape, long messages) implements Scenario.Shared {
    @Override
    public Set<ServerKind> kinds() {
        return ServerKind.ALL;
    }

    @Override
    public void prepare(Bench bench, Server server) throws IOException, InterruptedException {
        bench.createTopics(server, shape);
        bench.fill(server, shape, messages); // a send refused here does no harm: what was stored is what is read
        bench.warm(
                server,
                Drain.endless(bench.ticker(), server.address(), shape),
                bench.timing().burnIn());
    }

    @Override
    public Figures round(Bench bench, Server server) throws IOException, InterruptedException {
        var warm = new Recorder();
        var measured = new Recorder();
        var after = new Recorder();
        Drain load = Drain.endless(bench.ticker(), server.address(), shape);
        load.record(warm);
        load.start();
        Span.over(bench.ticker(), server, bench.timing().warmup(), load);
        load.record(measured);
        Span span = Span.over(bench.ticker(), server, bench.timing().duration(), load);
        load.record(after);
        load.stop();
        return span.figures()
                .put(Metric.DRAINED_PER_SECOND, measured.messagesReceived() / span.seconds())
                .put(Metric.DRAIN_CPU_PER_MILLION, span.cpuPerMillion(measured.messagesReceived()))
                .errorsOf(warm, measured, after);
    }
}
