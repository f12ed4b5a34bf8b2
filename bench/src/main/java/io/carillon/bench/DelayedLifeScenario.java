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
    private static final int PAUSE_MS = 50;

    @Override
    public String note() {
        return "the CPU runs from the first send until the last message can be read, less what the server used in 3 s before"
                + " in which nothing was sent.";
    }

    /** With the same that is measured. */
    @Override
    public void prepare(Bench bench, Server server) throws IOException, InterruptedException {
        long endNs = bench.ticker().nanoTime() + bench.timing().burnIn().toNanos();
        do {
            round(bench, server);
        } while (bench.ticker().nanoTime() < endNs);
    }

    @Override
    public Figures round(Bench bench, Server server) throws IOException, InterruptedException {
        SendShape sent = shape.to(shape.topic() + Ids.prefix(bench.random()));
        bench.createTopics(server, sent);
        Span rest = resting(bench, server);
        var sampler = new Span.Sampler(bench.ticker(), server);
        Figures figures = new Figures();
        bench.fill(server, sent, messages).errors().forEach(figures::error);
        long missing = await(bench, server, sent);
        if (missing > 0) {
            figures.error("messages not readable within 60 s of their due time", missing);
        }
        Span span = sampler.end();
        double cpuSeconds = span.cpuSeconds() - rest.cpuSeconds() / rest.seconds() * span.seconds();
        return figures.putAll(span.figures()).put(Metric.CPU_PER_MILLION, cpuSeconds / messages * 1e6);
    }

    private static Span resting(Bench bench, Server server) throws IOException, InterruptedException {
        var sampler = new Span.Sampler(bench.ticker(), server);
        while (sampler.elapsedNs() < REST.toNanos()) {
            sampler.sleep(REST);
        }
        return sampler.end();
    }

    /** How many messages did not come. */
    private long await(Bench bench, Server server, SendShape sent) throws IOException, InterruptedException {
        long untilNs = bench.ticker().nanoTime()
                + Duration.ofMillis(sent.delay().ms()).plus(PATIENCE).toNanos();
        try (Admin admin = Admin.connect(server.address())) {
            long there = 0;
            while (there < messages && bench.ticker().nanoTime() < untilNs) {
                Thread.sleep(PAUSE_MS);
                there = admin.maxOffsets(sent);
            }
            return messages - there;
        }
    }
}
