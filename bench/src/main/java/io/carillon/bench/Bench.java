package io.carillon.bench;

import io.carillon.base.Ticker;
import java.io.IOException;
import java.time.Duration;
import java.util.random.RandomGenerator;

/** What every scenario works with. */
record Bench(Harness harness, Timing timing, RandomGenerator random, Pending pending, int kills) {
    private static final int READABLE_PAUSE_MS = 50;

    Ticker ticker() {
        return harness.ticker();
    }

    /** A frame whose unique ids no other sender makes. */
    SendFrame frame(SendShape shape) {
        return new SendFrame(shape, Ids.prefix(random), ticker().nowMs(), random);
    }

    void createTopics(Server server, SendShape shape) throws IOException {
        try (Admin admin = Admin.connect(server.address())) {
            admin.createTopics(shape);
        }
    }

    /** Runs a load without looking at it. */
    void warm(Server server, Load load, Duration duration) throws IOException, InterruptedException {
        load.start();
        Span.over(ticker(), server, duration, load);
        load.stop();
    }

    /** Sends so many messages as quickly as the server takes them. */
    Figures fill(Server server, SendShape shape, long messages) throws IOException, InterruptedException {
        var phase = new Recorder();
        var load = ClosedLoop.of(ticker(), server.address(), frame(shape), messages);
        load.record(phase);
        var sampler = new Span.Sampler(ticker(), server);
        load.start();
        while (!load.hasSentAll()) {
            sampler.sleep(Duration.ofHours(1));
            load.rethrowFailure();
        }
        load.stop();
        Span span = sampler.end();
        return span.figures()
                .put(Metric.SENT_PER_SECOND, phase.messagesSent() / span.seconds())
                .put(Metric.CPU_PER_MILLION, span.cpuPerMillion(phase.messagesSent()))
                .errorsOf(new Recorder(), phase);
    }

    /**
     * Waits until so many delayed messages can be read, but for no longer than {@code patience} after their due time, if
     * they were sent until now; says how many did not come.
     */
    long missing(Server server, SendShape shape, long messages, Duration patience)
            throws IOException, InterruptedException {
        long untilNs = ticker().nanoTime()
                + Duration.ofMillis(shape.delay().ms()).plus(patience).toNanos();
        try (Admin admin = Admin.connect(server.address())) {
            long there = admin.maxOffsets(shape);
            while (there < messages && ticker().nanoTime() < untilNs) {
                Thread.sleep(READABLE_PAUSE_MS);
                there = admin.maxOffsets(shape);
            }
            return messages - there;
        }
    }
}
