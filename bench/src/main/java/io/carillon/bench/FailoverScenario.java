package io.carillon.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Kills whoever leads a group, and starts that process again at once, while an official client with its default settings
 * sends one message after the other. Before each kill all members are there and even, and some time passes that is chosen by
 * chance: clients ask a name server every 30 s, and how long they are without a leader may depend on when that was.
 */
record FailoverScenario(String name, String summary, SendShape shape) implements Scenario.Own {
    private static final int WITHIN_MS = 30_000;
    /** Apache's followers fetch topics every 10 s: a leader that does not know one yet would make it anew, with other queues. */
    private static final int TOPICS_KNOWN_MS = 15_000;

    private static final Duration PATIENCE = Duration.ofMinutes(3);

    @Override
    public String note() {
        return "an official client with its default settings sends one message after the other; the killed process is started"
                + " again at once.";
    }

    @Override
    public Set<ServerKind> kinds() {
        return ServerKind.GROUPS;
    }

    @Override
    public Figures round(Bench bench, ServerKind kind) throws IOException, InterruptedException {
        try (Group group = bench.harness().startGroup(Launch.of(kind, name))) {
            bench.createTopics(group, shape);
            group.awaitWhole();
            try (FailoverClient client = FailoverClient.start(bench, folder(bench, kind), group, shape.topicName(0))) {
                List<FailoverClient.Gap> gaps = new ArrayList<>();
                for (int kill = 0; kill < bench.kills(); kill++) {
                    gaps.add(gapOfOneKill(bench, group, client));
                    group.awaitWhole();
                }
                return figures(bench, gaps).putErrors(missing(group, client));
            }
        } finally {
            bench.harness().deleteData(name);
        }
    }

    private Path folder(Bench bench, ServerKind kind) {
        return bench.harness().work().resolve(name + "-client-" + kind.word());
    }

    private FailoverClient.Gap gapOfOneKill(Bench bench, Group group, FailoverClient client)
            throws IOException, InterruptedException {
        Thread.sleep(TOPICS_KNOWN_MS + bench.random().nextInt(WITHIN_MS));
        long killedAtMs = bench.ticker().nowMs();
        group.killLeader();
        long goneAtMs = bench.ticker().nowMs();
        group.startAgain();
        long untilNs = bench.ticker().nanoTime() + PATIENCE.toNanos();
        Optional<FailoverClient.Gap> gap = client.gapOver(goneAtMs);
        while (gap.isEmpty()) {
            if (bench.ticker().nanoTime() > untilNs) {
                throw new IOException("no send was acknowledged within " + PATIENCE.toSeconds() + " s after the kill");
            }
            Thread.sleep(20);
            gap = client.gapOver(goneAtMs);
        }
        return gap.get().from(killedAtMs);
    }

    private static Figures figures(Bench bench, List<FailoverClient.Gap> gaps) {
        Spread seconds =
                Spread.of(gaps.stream().map(FailoverClient.Gap::seconds).toList());
        long failed = gaps.stream().mapToLong(FailoverClient.Gap::failed).sum();
        return new Figures()
                .put(Metric.FAILOVER_MIN_S, seconds.min())
                .put(Metric.FAILOVER_P50_S, seconds.median())
                .put(Metric.FAILOVER_MAX_S, seconds.max())
                .put(Metric.FAILED_SENDS, (double) failed / bench.kills());
    }

    /** What a client was told of must be there. */
    private Figures missing(Group group, FailoverClient client) throws IOException {
        long acknowledged = client.acknowledged();
        var figures = new Figures();
        try (Admin admin = Admin.connect(group.address())) {
            long there = admin.maxOffsets(shape);
            if (there < acknowledged) {
                figures.error("acknowledged messages that are not there", acknowledged - there);
            }
        }
        return figures;
    }
}
