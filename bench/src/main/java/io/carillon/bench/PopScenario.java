package io.carillon.bench;

import java.io.IOException;
import java.util.concurrent.atomic.AtomicInteger;

/** Fills a topic, and then pops and acknowledges it, group after group. */
record PopScenario(String name, String summary, SendShape shape, long messages, AtomicInteger loads)
        implements Scenario.Shared {
    PopScenario(String name, String summary, SendShape shape, long messages) {
        this(name, summary, shape, messages, new AtomicInteger());
    }

    @Override
    public String note() {
        return "A message is drained when its acknowledgement was answered: a request for each, 32 messages a pop.";
    }

    @Override
    public void prepare(Bench bench, Server server) throws IOException, InterruptedException {
        bench.createTopics(server, shape);
        bench.fill(server, shape, messages);
        bench.warm(server, load(bench, server), bench.timing().burnIn());
    }

    private PopDrain load(Bench bench, Server server) throws IOException {
        return PopDrain.endless(bench.ticker(), server.address(), shape, "bench_popper_" + loads.incrementAndGet());
    }

    @Override
    public Figures round(Bench bench, Server server) throws IOException, InterruptedException {
        var warm = new Recorder();
        var measured = new Recorder();
        var after = new Recorder();
        PopDrain load = load(bench, server);
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
