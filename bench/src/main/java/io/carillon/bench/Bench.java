package io.carillon.bench;

import io.carillon.base.Ticker;
import java.io.IOException;
import java.time.Duration;
import java.util.random.RandomGenerator;

/** What every scenario works with. */
record Bench(Harness harness, Timing timing, RandomGenerator random, Pending pending) {
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
}
