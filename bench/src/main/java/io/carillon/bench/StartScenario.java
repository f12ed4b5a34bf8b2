package io.carillon.bench;

import java.io.IOException;

/** Starts the server on an empty folder: how long until it has accepted a message. */
record StartScenario(String name, String summary) implements Scenario.Own {
    @Override
    public Figures round(Bench bench, ServerKind kind) throws IOException, InterruptedException {
        try (Server server = bench.harness().start(Launch.of(kind, name).withDefaultHeap())) {
            return new Figures().put(Metric.FIRST_MESSAGE_S, server.readyAfterSeconds());
        } finally {
            bench.harness().deleteData(name);
        }
    }
}
