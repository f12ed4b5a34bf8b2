package io.carillon.bench;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** {@code bench fill}: has a server that runs already hold many messages that wait. */
final class FillCommand {
    static final String USAGE = """
            fill --address HOST:PORT --pid PID [--pending 1] [--body 64] [--spread 7d] [--duration 10s]
                Sends until so many million messages wait, each due by chance within the spread (from an hour from now on),
                then looks at the server's memory and CPU for a while. Broken off and run again, it sends what is missing.
            """;

    private static final Timing TIMING = new Timing(Duration.ZERO, Duration.ZERO, Duration.ofSeconds(10));

    private final Options options;
    private final PrintStream out;

    FillCommand(String[] args, PrintStream out) {
        Set<String> names = new HashSet<>(Set.of("address", "pid", "duration", "work"));
        names.addAll(Pending.OPTIONS);
        this.options = Options.parse(args, 1, names, Set.of());
        this.out = out;
    }

    /** The exit status: 1 when an answer was not the wanted one. */
    int run() throws IOException, InterruptedException {
        Bench bench = CompareCommand.bench(options, Path.of("").toAbsolutePath(), TIMING);
        Server server = LoadCommand.server(options);
        Figures filled = bench.pending().fill(bench, server, out);
        print(filled);
        print(DelayedPendingScenario.resting(bench, server));
        return filled.errors().isEmpty() ? 0 : 1;
    }

    private void print(Figures figures) {
        figures.values().forEach((metric, value) -> out.printf("%-36s %s%n", metric.title(), metric.text(value)));
        for (Map.Entry<String, Long> error : figures.errors().entrySet()) {
            out.printf("ERROR %d x %s%n", error.getValue(), error.getKey());
        }
        figures.examples().forEach(answer -> out.printf("an unwanted answer: %s%n", answer));
    }
}
