package io.carillon.bench;

import java.io.IOException;
import java.time.Duration;

/** Loads the server, lets it settle with no client connected, and looks at what it does then. */
record IdleScenario(String name, String summary, SendShape shape) implements Scenario.Own {
    private static final Duration SETTLES = Duration.ofSeconds(5);

    @Override
    public Figures round(Bench bench, ServerKind kind) throws IOException, InterruptedException {
        try (Server server = bench.harness().start(Launch.of(kind, name).withDefaultHeap())) {
            bench.createTopics(server, shape);
            Load load = ClosedLoop.endless(bench.ticker(), server.address(), bench.frame(shape), 4, 64);
            bench.warm(server, load, bench.timing().warmup());
            Span.over(bench.ticker(), server, SETTLES, load);
            Span idle = Span.over(bench.ticker(), server, bench.timing().duration(), load);
            return idle.figures().put(Metric.IDLE_CPU_PERCENT, 100 * idle.cpuSeconds() / idle.seconds());
        } finally {
            bench.harness().deleteData(name);
        }
    }
}
