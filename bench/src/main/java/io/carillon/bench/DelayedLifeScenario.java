package io.carillon.bench;

import java.io.IOException;
import java.time.Duration;

/**
 * Sends messages that are due some seconds later, and waits until all have left: what a scheduled message costs from the
 * send until it can be read. What the server uses while it has nothing to do is measured before, and taken off.
 */
record DelayedLifeScenario(String name, String summary, SendShape shape, int messages) implements Scenario.Shared {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Duration REST = Duration.ofSeconds(3);

    @Override
    public String note() {
        return "the CPU runs from the first send until the last message can be read, less what the server used in 3 s before"
                + " in which nothing was sent.";
    }

    /** With the same that is measured. */
    @Override
    public void prepare(Bench bench, Server server) throws IOException, InterruptedException {
        burnInByRounds(bench, server);
    }

    @Override
    public Figures round(Bench bench, Server server) throws IOException, InterruptedException {
        SendShape sent = shape.to(shape.topic() + Ids.prefix(bench.random()));
        bench.createTopics(server, sent);
        Span rest = Span.resting(bench.ticker(), server, REST);
        var sampler = new Span.Sampler(bench.ticker(), server);
        Figures figures = new Figures();
        bench.fill(server, sent, messages).errors().forEach(figures::error);
        long missing = bench.missing(server, sent, messages, PATIENCE);
        if (missing > 0) {
            figures.error("messages not readable within 60 s of their due time", missing);
        }
        Span span = sampler.end();
        double cpuSeconds = span.cpuSeconds() - rest.cpuSeconds() / rest.seconds() * span.seconds();
        return figures.putAll(span.figures()).put(Metric.CPU_PER_MILLION, cpuSeconds / messages * 1e6);
    }
}
