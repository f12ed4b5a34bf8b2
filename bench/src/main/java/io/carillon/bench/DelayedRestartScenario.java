package io.carillon.bench;

import java.io.IOException;
import java.time.Duration;
import java.util.Set;

/** Kills the server with many messages pending and one about to be due, and starts it again. Asked of Carillon only. */
record DelayedRestartScenario(String name, String summary, SendShape shape, long messages) implements Scenario.Own {
    private static final SendShape NEXT =
            SendShape.of("bench_delayed_next", 64).delayed(Delay.of(Duration.ofSeconds(1)));
    private static final Duration PATIENCE = Duration.ofSeconds(90);
    private static final int PAUSE_MS = 2;

    @Override
    public Set<ServerKind> kinds() {
        return Set.of(ServerKind.CARILLON);
    }

    @Override
    public Figures round(Bench bench, ServerKind kind) throws IOException, InterruptedException {
        Launch launch = Launch.of(kind, name).withDefaultHeap();
        try {
            Figures figures = fillAndKill(bench, launch);
            long startedNs = bench.ticker().nanoTime();
            try (Server again = bench.harness().restart(launch);
                    Admin admin = Admin.connect(again.address())) {
                while (admin.maxOffset(NEXT.topicName(0), 0) == 0) {
                    if (bench.ticker().nanoTime() - startedNs > PATIENCE.toNanos()) {
                        throw new IOException("the due message did not come within " + PATIENCE.toSeconds() + " s");
                    }
                    Thread.sleep(PAUSE_MS);
                }
                return figures.put(Metric.RESTART_FIRES_S, (bench.ticker().nanoTime() - startedNs) / 1e9)
                        .put(Metric.RECOVERY_S, again.readyAfterSeconds());
            }
        } finally {
            bench.harness().deleteData(name);
        }
    }

    private Figures fillAndKill(Bench bench, Launch launch) throws IOException, InterruptedException {
        var figures = new Figures();
        try (Server server = bench.harness().start(launch)) {
            bench.createTopics(server, shape);
            bench.createTopics(server, NEXT);
            bench.fill(server, shape, messages).errors().forEach(figures::error);
            bench.fill(server, NEXT, 1).errors().forEach(figures::error);
            return figures;
        } // closing kills it
    }
}
