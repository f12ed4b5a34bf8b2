package io.carillon.bench;

import java.io.IOException;
import java.util.Set;

/** Writes and reads at full speed on the packed server's own heap: what memory it takes. Asked of Carillon only. */
record MemoryScenario(String name, String summary, SendShape shape) implements Scenario.Own {
    @Override
    public Set<ServerKind> kinds() {
        return Set.of(ServerKind.CARILLON);
    }

    @Override
    public Figures round(Bench bench, ServerKind kind) throws IOException, InterruptedException {
        try (Server server = bench.harness().start(Launch.of(kind, name).withDefaultHeap())) {
            bench.createTopics(server, shape);
            Drain readers = Drain.endless(bench.ticker(), server.address(), shape);
            ClosedLoop writers = ClosedLoop.endless(bench.ticker(), server.address(), bench.frame(shape), 4, 64);
            readers.start();
            Figures figures = SendScenario.measure(bench, server, writers);
            readers.stop();
            return figures;
        } finally {
            bench.harness().deleteData(name);
        }
    }
}
