package io.carillon.bench;

import java.io.IOException;
import java.time.Duration;

/** Sends delayed messages and waits until all have left: how much a server has written to the disk for each. */
record DelayedBytesScenario(String name, String summary, SendShape shape, long messages) implements Scenario.Own {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @Override
    public String note() {
        return "bytes from the first send until all messages can be read, checkpoints and files filled ahead among them.";
    }

    @Override
    public Figures round(Bench bench, ServerKind kind) throws IOException, InterruptedException {
        try (Server server = bench.harness().start(Launch.of(kind, name).withDefaultHeap())) {
            bench.createTopics(server, shape);
            var sampler = new Span.Sampler(bench.ticker(), server);
            Figures figures = new Figures();
            bench.fill(server, shape, messages).errors().forEach(figures::error);
            long missing = bench.missing(server, shape, messages, PATIENCE);
            if (missing > 0) {
                figures.error("messages not readable within 60 s of their due time", missing);
            }
            Span span = sampler.end();
            return figures.putAll(span.figures())
                    .put(Metric.WRITTEN_BYTES, (double) span.writtenBytes() / messages)
                    .put(Metric.CPU_PER_MILLION, span.cpuPerMillion(messages));
        } finally {
            bench.harness().deleteData(name);
        }
    }
}
