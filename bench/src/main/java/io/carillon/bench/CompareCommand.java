package io.carillon.bench;

import io.carillon.base.Ticker;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.SplittableRandom;

/** {@code bench compare}: runs scenarios against both servers in turns and prints a table. */
final class CompareCommand {
    static final String USAGE = """
            compare [--scenarios a,b,..] [--rounds 3] [--burn-in 45s] [--warmup 15s] [--duration 10s]
                    [--servers apache,carillon | apache-group,carillon-group] [--kills 5] [--apache-group-flush sync|async]
                    [--apache default|tuned] [--apache-timer file|rocksdb] [--heap 1g]
                    [--carillon-jvm "flags"] [--out FILE] [--work DIR] [--pending 1] [--body 64] [--spread 7d]
                Runs the scenarios against Apache RocketMQ and Carillon in turns, prints medians and ratios, and writes
                them to FILE as Markdown. Data and logs go to DIR (bench/target/compare); data is deleted again.
            """;

    private static final Timing TIMING =
            new Timing(Duration.ofSeconds(45), Duration.ofSeconds(15), Duration.ofSeconds(10));

    private static final Set<String> WITH_VALUE = Set.of(
            "scenarios",
            "rounds",
            "burn-in",
            "warmup",
            "duration",
            "servers",
            "kills",
            "apache-group-flush",
            "apache",
            "apache-timer",
            "heap",
            "carillon-jvm",
            "out",
            "work",
            "pending",
            "body",
            "spread");

    private final Options options;
    private final Path root;
    private final PrintStream out;

    CompareCommand(String[] args, Path root, PrintStream out) {
        this.options = Options.parse(args, 1, WITH_VALUE, Set.of());
        this.root = root;
        this.out = out;
    }

    /** The exit status: 1 when Carillon made errors, or a scenario failed. */
    int run() throws IOException, InterruptedException {
        List<Scenario> scenarios =
                options.text("scenarios").map(Scenarios::named).orElseGet(Scenarios::all);
        Bench bench = bench(options, root, TIMING);
        int rounds = options.number("rounds", 3);
        var comparison = new Comparison(bench, servers(), rounds, out);
        for (Scenario scenario : scenarios) {
            comparison.run(scenario);
        }
        var report = new Report(comparison.results(), conditions(bench, rounds));
        publish(report.markdown());
        return report.hasErrors() ? 1 : 0;
    }

    static Bench bench(Options options, Path root, Timing defaults) {
        Ticker ticker = Ticker.system();
        var harness = new Harness(
                ticker,
                root,
                Path.of(options.text(
                                "work", root.resolve("bench/target/compare").toString()))
                        .toAbsolutePath(),
                options.text("heap", "1g"),
                options.text("apache", "default").equals("tuned"),
                options.text("apache-timer", "file").equals("rocksdb"),
                Flush.valueOf(options.text("apache-group-flush", "sync").toUpperCase(Locale.ROOT)),
                options.text("carillon-jvm").map(CompareCommand::words).orElse(List.of()));
        return new Bench(
                harness,
                timing(options, defaults),
                new SplittableRandom(ticker.nowMs()),
                Pending.of(options),
                options.number("kills", 5));
    }

    private static Timing timing(Options options, Timing defaults) {
        return new Timing(
                options.duration("burn-in", defaults.burnIn()),
                options.duration("warmup", defaults.warmup()),
                options.duration("duration", defaults.duration()));
    }

    private static List<String> words(String text) {
        return Arrays.stream(text.trim().split("\\s+", -1))
                .filter(word -> !word.isEmpty())
                .toList();
    }

    private Set<ServerKind> servers() {
        return ServerKind.allNamed(options.text("servers", "apache,carillon"));
    }

    private String conditions(Bench bench, int rounds) {
        Timing timing = bench.timing();
        return groups(bench)
                + String.format(
                        Locale.ROOT,
                        "%d processors, Java %s, %s %s; each server alone on the machine with the load, heap %s; Apache RocketMQ"
                                + " 5.5.0 %s, its timer in %s; burn-in %d s, warm-up %d s, measured %d s, %d rounds in turns.",
                        Runtime.getRuntime().availableProcessors(),
                        System.getProperty("java.version"),
                        System.getProperty("os.name"),
                        System.getProperty("os.version"),
                        bench.harness().heap(),
                        bench.harness().tuned() ? "tuned (transientStorePoolEnable)" : "with its defaults",
                        bench.harness().rocksTimer() ? "RocksDB" : "its own files",
                        timing.burnIn().toSeconds(),
                        timing.warmup().toSeconds(),
                        timing.duration().toSeconds(),
                        rounds);
    }

    /** How the groups of the comparison acknowledge; empty when there are none. */
    private String groups(Bench bench) {
        return servers().stream().noneMatch(ServerKind::isGroup)
                ? ""
                : "Groups of three brokers and a name server, of which all four processes count; Carillon acknowledges what a"
                        + " majority has forced; Apache in controller mode acknowledges what all members in step have, at least"
                        + " two (allAckInSyncStateSet, minInSyncReplicas=2, flushDiskType="
                        + bench.harness().apacheGroupFlush() + "_FLUSH). ";
    }

    private void publish(String markdown) throws IOException {
        out.println();
        out.print(markdown);
        if (options.has("out")) {
            Files.writeString(Path.of(options.text("out", "")), markdown);
        }
    }
}
