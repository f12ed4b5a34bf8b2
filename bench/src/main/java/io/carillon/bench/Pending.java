package io.carillon.bench;

import java.io.IOException;
import java.io.PrintStream;
import java.time.Duration;
import java.util.Set;

/**
 * Many messages that are to wait: how many, of which size, and for how long.
 *
 * @param messages in all
 * @param spread each is due by chance from an hour from now on until so much later
 */
record Pending(long messages, int bodyBytes, Duration spread) {
    static final Set<String> OPTIONS = Set.of("pending", "body", "spread");
    static final String TOPIC = "bench_pending";

    private static final long MILLION = 1_000_000;
    private static final Duration NEXT_PIECE = Duration.ofSeconds(10);
    private static final long HOUR_MS = 3_600_000;

    static Pending of(Options options) {
        return new Pending(
                Math.round(Double.parseDouble(options.text("pending", "1")) * MILLION),
                options.number("body", 64),
                options.duration("spread", Duration.ofDays(7)));
    }

    SendShape shape(long nowMs) {
        return SendShape.of(TOPIC, bodyBytes).delayed(Delay.between(nowMs + HOUR_MS, spread));
    }

    /**
     * Sends what is missing until so many wait, as quickly as the server takes it; what an earlier call sent counts.
     *
     * @return how many messages a second were taken, and what that cost
     */
    Figures fill(Bench bench, Server server, PrintStream out) throws IOException, InterruptedException {
        SendShape shape = shape(bench.ticker().nowMs());
        bench.createTopics(server, shape);
        long there = count(server);
        out.printf("%,d of %,d messages wait already%n", there, messages);
        long missing = Math.max(0, messages - there);
        if (missing == 0) {
            return new Figures();
        }
        var phase = new Recorder();
        var load = ClosedLoop.of(bench.ticker(), server.address(), bench.frame(shape), missing);
        load.record(phase);
        var sampler = new Span.Sampler(bench.ticker(), server);
        load.start();
        long nextNs = NEXT_PIECE.toNanos();
        while (!load.hasSentAll()) {
            sampler.sleep(Duration.ofDays(30));
            load.rethrowFailure();
            if (sampler.elapsedNs() > nextNs) {
                nextNs += NEXT_PIECE.toNanos();
                out.printf("%,d messages sent, %,d s%n", load.sent(), sampler.elapsedNs() / 1_000_000_000);
            }
        }
        load.stop();
        Span span = sampler.end();
        return span.figures()
                .put(Metric.SENT_PER_SECOND, phase.messagesSent() / span.seconds())
                .put(Metric.CPU_PER_MILLION, span.cpuPerMillion(phase.messagesSent()))
                .put(Metric.WRITTEN_BYTES, (double) span.writtenBytes() / phase.messagesSent())
                .errorsOf(new Recorder(), phase);
    }

    static long count(Server server) throws IOException {
        try (Admin admin = Admin.connect(server.address())) {
            return admin.pending();
        }
    }
}
