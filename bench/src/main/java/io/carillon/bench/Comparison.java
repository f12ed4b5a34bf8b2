package io.carillon.bench;

import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Runs scenarios against the servers in turns: first, second, first, second ... Both live as long as the scenario, so that
 * both grow warm, and the one whose turn it is not is suspended.
 */
final class Comparison {
    private final Bench bench;
    private final Set<ServerKind> kinds;
    private final int rounds;
    private final PrintStream progress;
    private final Results results = new Results();

    Comparison(Bench bench, Set<ServerKind> kinds, int rounds, PrintStream progress) {
        this.bench = bench;
        this.kinds = kinds;
        this.rounds = rounds;
        this.progress = progress;
    }

    Results results() {
        return results;
    }

    /** A scenario that cannot be run is reported as failed; the next one may fare better. */
    void run(Scenario scenario) throws InterruptedException {
        try {
            runOrFail(scenario);
        } catch (IOException | UncheckedIOException e) {
            results.failed(scenario.name(), e.toString());
            progress.printf("  FAILED: %s%n", e);
        }
    }

    private void runOrFail(Scenario scenario) throws IOException, InterruptedException {
        List<ServerKind> asked =
                kinds.stream().filter(scenario.kinds()::contains).toList();
        if (asked.isEmpty()) {
            return;
        }
        progress.printf("%s: %s%n", scenario.name(), scenario.summary());
        switch (scenario) {
            case Scenario.Shared shared -> runShared(shared, asked);
            case Scenario.Own own -> runOwn(own, asked);
        }
    }

    private void runOwn(Scenario.Own scenario, List<ServerKind> asked) throws IOException, InterruptedException {
        for (int round = 1; round <= rounds; round++) {
            for (ServerKind kind : asked) {
                keep(scenario, kind, round, scenario.round(bench, kind));
            }
        }
    }

    private void runShared(Scenario.Shared scenario, List<ServerKind> asked) throws IOException, InterruptedException {
        List<Server> servers = new ArrayList<>();
        try {
            for (ServerKind kind : asked) {
                Server server =
                        bench.harness().start(Launch.of(kind, scenario.name()).flushing(scenario.flush()));
                servers.add(server);
                scenario.prepare(bench, server);
                server.pause();
            }
            for (int round = 1; round <= rounds; round++) {
                for (Server server : servers) {
                    server.resume();
                    keep(scenario, server.kind(), round, scenario.round(bench, server));
                    server.pause();
                }
            }
        } finally {
            servers.forEach(Server::close);
            bench.harness().deleteData(scenario.name());
        }
    }

    private void keep(Scenario scenario, ServerKind kind, int round, Figures figures) {
        results.add(scenario.name(), kind, figures);
        progress.printf("  round %d %-14s", round, kind.title());
        figures.values().forEach((metric, value) -> progress.printf("  %s=%s", metric.title(), metric.text(value)));
        for (Map.Entry<String, Long> error : figures.errors().entrySet()) {
            progress.printf("  ERROR %d x %s", error.getValue(), error.getKey());
        }
        progress.println();
        figures.examples().forEach(answer -> progress.printf("    an unwanted answer: %s%n", answer));
    }
}
