package io.carillon.bench;

import java.io.IOException;
import java.util.Set;

/** Kills the server with a long log behind it and starts it again on what is left. Asked of Carillon only. */
record RecoveryScenario(String name, String summary, SendShape shape, long logBytes) implements Scenario.Own {
    /** Beside its body, a stored message holds about so many bytes. */
    private static final int STORED_OVERHEAD_BYTES = 220;

    @Override
    public Set<ServerKind> kinds() {
        return Set.of(ServerKind.CARILLON);
    }

    @Override
    public Figures round(Bench bench, ServerKind kind) throws IOException, InterruptedException {
        try {
            Figures filled = fillAndKill(bench, kind);
            try (Server again = bench.harness().restart(Launch.of(kind, name).withDefaultHeap())) {
                return new Figures()
                        .put(Metric.RECOVERY_S, again.readyAfterSeconds())
                        .put(Metric.LOG_GB, logBytes / 1e9)
                        .putAll(errorsOnly(filled));
            }
        } finally {
            bench.harness().deleteData(name);
        }
    }

    private Figures fillAndKill(Bench bench, ServerKind kind) throws IOException, InterruptedException {
        try (Server server = bench.harness().start(Launch.of(kind, name).withDefaultHeap())) {
            bench.createTopics(server, shape);
            return bench.fill(server, shape, logBytes / (shape.bodyBytes() + STORED_OVERHEAD_BYTES));
        } // closing kills it
    }

    private static Figures errorsOnly(Figures filled) {
        var errors = new Figures();
        filled.errors().forEach(errors::error);
        return errors;
    }
}
