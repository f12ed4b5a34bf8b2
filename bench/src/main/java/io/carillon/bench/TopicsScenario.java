package io.carillon.bench;

import java.io.IOException;
import java.time.Duration;

/** Creates many topics one after the other, writes to all their queues in turn, and reads them all once. */
record TopicsScenario(String name, String summary, SendShape shape) implements Scenario.Own {
    @Override
    public Figures round(Bench bench, ServerKind kind) throws IOException, InterruptedException {
        try (Server server = bench.harness().start(Launch.of(kind, name))) {
            Figures created = create(bench, server);
            ClosedLoop load = ClosedLoop.endless(bench.ticker(), server.address(), bench.frame(shape), 4, 64);
            Figures written = SendScenario.measure(bench, server, load);
            return created.putAll(written).putAll(drain(bench, server));
        } finally {
            bench.harness().deleteData(name);
        }
    }

    private Figures create(Bench bench, Server server) throws IOException {
        long startNs = bench.ticker().nanoTime();
        bench.createTopics(server, shape);
        double seconds = (bench.ticker().nanoTime() - startNs) / 1e9;
        return new Figures().put(Metric.CREATED_PER_SECOND, shape.topics() / seconds);
    }

    private Figures drain(Bench bench, Server server) throws IOException, InterruptedException {
        var phase = new Recorder();
        Drain load = Drain.once(bench.ticker(), server.address(), shape);
        load.record(phase);
        var sampler = new Span.Sampler(bench.ticker(), server);
        load.start();
        while (!load.hasReadAll()) {
            sampler.sleep(Duration.ofHours(1));
            load.rethrowFailure();
        }
        Span span = sampler.end();
        load.stop();
        return span.figures()
                .put(Metric.DRAINED_PER_SECOND, phase.messagesReceived() / span.seconds())
                .put(Metric.DRAIN_CPU_PER_MILLION, span.cpuPerMillion(phase.messagesReceived()))
                .errorsOf(new Recorder(), phase);
    }
}
