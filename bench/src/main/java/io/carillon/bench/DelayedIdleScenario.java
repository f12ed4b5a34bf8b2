package io.carillon.bench;

import java.io.IOException;
import java.time.Duration;

/** Fills the server with messages that are due in days, lets it settle, and looks at what it does then. */
record DelayedIdleScenario(String name, String summary, SendShape shape, long messages) implements Scenario.Own {
    /** Apache takes its time to move messages into its wheel. */
    private static final Duration SETTLES = Duration.ofSeconds(30);

    @Override
    public Figures round(Bench bench, ServerKind kind) throws IOException, InterruptedException {
        try (Server server = bench.harness().start(Launch.of(kind, name).withDefaultHeap())) {
            bench.createTopics(server, shape);
            Figures filled = bench.fill(server, shape, messages);
            Thread.sleep(SETTLES);
            return filled.putAll(DelayedPendingScenario.idle(bench, server));
        } finally {
            bench.harness().deleteData(name);
        }
    }
}
