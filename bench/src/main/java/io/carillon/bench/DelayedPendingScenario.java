package io.carillon.bench;

import java.io.IOException;
import java.time.Duration;
import java.util.Set;

/**
 * Fills a server with messages that are due over days, looks at its memory and at what it does while it waits, kills it
 * and starts it again: how soon a message is delivered that was due meanwhile. Asked of Carillon only.
 */
record DelayedPendingScenario(String name, String summary) implements Scenario.Own {
    private static final SendShape NEXT =
            SendShape.of("bench_pending_next", 64).delayed(Delay.of(Duration.ofSeconds(1)));
    private static final Duration SETTLES = Duration.ofSeconds(10);
    private static final Duration PATIENCE = Duration.ofSeconds(90);
    private static final int PAUSE_MS = 2;
    /** Of Carillon; Apache's timer has several. */
    private static final String TIMER_THREAD = "due";

    @Override
    public Set<ServerKind> kinds() {
        return Set.of(ServerKind.CARILLON);
    }

    @Override
    public String note() {
        return "anonymous memory and heap are of the whole server, after filling it; its heap grows as far as it may by"
                + " default while it is filled.";
    }

    @Override
    public Figures round(Bench bench, ServerKind kind) throws IOException, InterruptedException {
        Launch launch = Launch.of(kind, name).withDefaultHeap();
        try {
            Figures figures = fillAndKill(bench, launch);
            long startedNs = bench.ticker().nanoTime();
            try (Server again = bench.harness().restart(launch)) {
                awaitNext(bench, again, startedNs);
                return figures.put(Metric.RESTART_FIRES_S, (bench.ticker().nanoTime() - startedNs) / 1e9)
                        .put(Metric.RECOVERY_S, again.readyAfterSeconds());
            }
        } finally {
            bench.harness().deleteData(name);
        }
    }

    private Figures fillAndKill(Bench bench, Launch launch) throws IOException, InterruptedException {
        try (Server server = bench.harness().start(launch)) {
            bench.createTopics(server, NEXT);
            Figures figures = bench.pending().fill(bench, server, System.out);
            Thread.sleep(SETTLES);
            figures.putAll(resting(bench, server));
            bench.fill(server, NEXT, 1).errors().forEach(figures::error);
            return figures;
        } // closing kills it
    }

    /** What a server takes and does that has nothing to do but wait. */
    static Figures resting(Bench bench, Server server) throws IOException, InterruptedException {
        long heap = LiveHeap.bytes(server.main().pid());
        return idle(bench, server).put(Metric.HEAP_MB, heap / 1e6).put(Metric.PENDING, (double) Pending.count(server));
    }

    /** What a server does while nobody asks it anything. */
    static Figures idle(Bench bench, Server server) throws IOException, InterruptedException {
        double timerBefore = ProcessUsage.threadCpuSeconds(server.main().pid(), TIMER_THREAD);
        Span idle = Span.resting(bench.ticker(), server, bench.timing().duration());
        double timer = ProcessUsage.threadCpuSeconds(server.main().pid(), TIMER_THREAD) - timerBefore;
        Figures figures = idle.figures().put(Metric.IDLE_CPU_PERCENT, 100 * idle.cpuSeconds() / idle.seconds());
        return server.kind() == ServerKind.CARILLON
                ? figures.put(Metric.TIMER_CPU_PERCENT, 100 * timer / idle.seconds())
                : figures;
    }

    private static void awaitNext(Bench bench, Server server, long startedNs) throws IOException, InterruptedException {
        try (Admin admin = Admin.connect(server.address())) {
            while (admin.maxOffset(NEXT.topicName(0), 0) == 0) {
                if (bench.ticker().nanoTime() - startedNs > PATIENCE.toNanos()) {
                    throw new IOException("the due message did not come within " + PATIENCE.toSeconds() + " s");
                }
                Thread.sleep(PAUSE_MS);
            }
        }
    }
}
