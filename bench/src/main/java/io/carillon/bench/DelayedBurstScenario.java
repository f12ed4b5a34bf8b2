package io.carillon.bench;

import java.io.IOException;

/**
 * Sends messages that are all due at one moment, and watches from shortly before it how the queues fill; then reads them all.
 * The moment is a whole second, because Apache knows no other. One connection sends, so that the order of arrival is known.
 */
record DelayedBurstScenario(String name, String summary, SendShape shape, int messages) implements Scenario.Shared {
    private static final long SENDING_MS = 20_000;
    /** The watch starts so long before the due time. */
    private static final long WATCHED_BEFORE_MS = 2_500;

    private static final long PATIENCE_MS = 60_000;
    private static final int PAUSE_MS = 2;
    private static final int IN_FLIGHT = 256;

    /**
     * How the queues filled.
     *
     * @param lastEmptyMs when nothing was there for the last time
     * @param fullMs when all was there
     * @param early how many were there before the due time
     */
    private record Fill(long lastEmptyMs, long fullMs, long early, Span span) {}

    @Override
    public String note() {
        return "the CPU runs from 2.5 s before the due time until all can be read, with the asking for offsets; out of order"
                + " is what one connection sent before a message that stands before it in its queue.";
    }

    /** With the same bursts that are measured. */
    @Override
    public void prepare(Bench bench, Server server) throws IOException, InterruptedException {
        burnInByRounds(bench, server);
    }

    @Override
    public Figures round(Bench bench, Server server) throws IOException, InterruptedException {
        long dueMs = (bench.ticker().nowMs() + SENDING_MS) / 1000 * 1000;
        SendShape burst = shape.to(shape.topic() + Ids.prefix(bench.random())).delayed(Delay.until(dueMs));
        bench.createTopics(server, burst);
        Figures figures = new Figures();
        send(bench, server, burst, figures);
        if (bench.ticker().nowMs() > dueMs - WATCHED_BEFORE_MS) {
            figures.error("sending ended only after the watch had to start", 1);
        }
        Fill fill = watch(bench, server, burst, dueMs, figures);
        if (fill.early() > 0) {
            figures.error("message readable before it was due", fill.early());
        }
        Arrivals arrivals = read(bench, server, burst, figures);
        arrivals.errorsInto(figures, messages);
        return figures.putAll(fill.span().figures())
                .put(Metric.EARLY, (double) fill.early())
                .put(Metric.ALL_READABLE_S, (fill.fullMs() - dueMs) / 1e3)
                .put(Metric.LEAVING_PER_SECOND, messages * 1e3 / Math.max(1, fill.fullMs() - fill.lastEmptyMs()))
                .put(Metric.LEAVING_CPU_PER_MILLION, fill.span().cpuPerMillion(messages))
                .put(Metric.OUT_OF_ORDER, (double) arrivals.outOfOrder());
    }

    private void send(Bench bench, Server server, SendShape burst, Figures figures)
            throws IOException, InterruptedException {
        var phase = new Recorder();
        var load = ClosedLoop.of(bench.ticker(), server.address(), bench.frame(burst), 1, IN_FLIGHT, messages);
        load.record(phase);
        load.start();
        while (!load.hasSentAll()) {
            Thread.sleep(PAUSE_MS);
            load.rethrowFailure();
        }
        load.stop();
        figures.errorsOf(new Recorder(), phase);
    }

    private Fill watch(Bench bench, Server server, SendShape burst, long dueMs, Figures figures)
            throws IOException, InterruptedException {
        Thread.sleep(Math.max(0, dueMs - WATCHED_BEFORE_MS - bench.ticker().nowMs()));
        var sampler = new Span.Sampler(bench.ticker(), server);
        long lastEmptyMs = bench.ticker().nowMs();
        long early = 0;
        try (Admin admin = Admin.connect(server.address())) {
            while (true) {
                long askedMs = bench.ticker().nowMs();
                long there = admin.maxOffsets(burst);
                long nowMs = bench.ticker().nowMs();
                if (there == 0) {
                    lastEmptyMs = askedMs;
                } else if (nowMs < dueMs) {
                    early = there;
                }
                if (there >= messages || nowMs > dueMs + PATIENCE_MS) {
                    if (there < messages) {
                        figures.error("messages not readable within 60 s", messages - there);
                    }
                    return new Fill(lastEmptyMs, nowMs, early, sampler.end());
                }
                Thread.sleep(PAUSE_MS);
            }
        }
    }

    private static Arrivals read(Bench bench, Server server, SendShape burst, Figures figures)
            throws IOException, InterruptedException {
        var phase = new Recorder();
        var arrivals = new Arrivals(burst.queues());
        Drain load = Drain.once(bench.ticker(), server.address(), burst, arrivals::message);
        load.record(phase);
        load.start();
        while (!load.hasReadAll()) {
            Thread.sleep(PAUSE_MS);
            load.rethrowFailure();
        }
        load.stop();
        figures.errorsOf(new Recorder(), phase);
        return arrivals;
    }
}
