package io.carillon.bench;

import java.io.IOException;

/** Transactions, each a half and a commit that follows at once: how many a server takes, and what each costs it. */
record TransactionScenario(String name, String summary, SendShape shape, int connections, int window)
        implements Scenario.Shared {
    private static final int PATIENCE_MS = 60_000;
    private static final int PAUSE_MS = 20;

    @Override
    public String note() {
        return "a message is one transaction: its half acknowledged, its commit sent one-way. What was not committed a minute"
                + " after the load ended counts as an error.";
    }

    @Override
    public void prepare(Bench bench, Server server) throws IOException, InterruptedException {
        bench.createTopics(server, shape);
        bench.warm(server, load(bench, server), bench.timing().burnIn());
    }

    private TransactionLoop load(Bench bench, Server server) throws IOException {
        return TransactionLoop.endless(bench.ticker(), server.address(), bench.frame(shape), connections, window);
    }

    @Override
    public Figures round(Bench bench, Server server) throws IOException, InterruptedException {
        var warm = new Recorder();
        var measured = new Recorder();
        var after = new Recorder();
        long before = visible(server);
        TransactionLoop load = load(bench, server);
        load.record(warm);
        load.start();
        Span.over(bench.ticker(), server, bench.timing().warmup(), load);
        load.record(measured);
        Span span = Span.over(bench.ticker(), server, bench.timing().duration(), load);
        load.record(after);
        load.stop();
        long sent = warm.messagesSent() + measured.messagesSent() + after.messagesSent();
        Figures figures = span.figures()
                .put(Metric.SENT_PER_SECOND, measured.messagesSent() / span.seconds())
                .put(Metric.CPU_PER_MILLION, span.cpuPerMillion(measured.messagesSent()))
                .put(Metric.WRITTEN_BYTES, (double) span.writtenBytes() / measured.messagesSent())
                .put(Metric.ACK_P50_MS, measured.ackMs(50))
                .put(Metric.ACK_P99_MS, measured.ackMs(99))
                .errorsOf(warm, measured, after);
        long missing = before + sent - awaited(bench, server, before + sent);
        if (missing != 0) {
            figures.error("transactions not committed, or more than once", Math.abs(missing));
        }
        return figures;
    }

    private long awaited(Bench bench, Server server, long wanted) throws IOException, InterruptedException {
        long deadlineMs = bench.ticker().nowMs() + PATIENCE_MS;
        long found = visible(server);
        while (found < wanted && bench.ticker().nowMs() < deadlineMs) {
            Thread.sleep(PAUSE_MS);
            found = visible(server);
        }
        return found;
    }

    private long visible(Server server) throws IOException {
        long sum = 0;
        try (Admin admin = Admin.connect(server.address())) {
            for (int queue = 0; queue < shape.queues(); queue++) {
                sum += admin.maxOffset(shape.topicName(0), queue);
            }
        }
        return sum;
    }
}
