package io.carillon.bench;

import java.io.IOException;
import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** {@code bench load}: one scenario against a server that runs already, started by someone else. */
final class LoadCommand {
    static final String USAGE = """
            load --address HOST:PORT --pid PID [--nameserver HOST:PORT] [--scenario produce-1k] [--rounds 1]
                    [--burn-in 0s] [--warmup 15s] [--duration 10s]
                Runs one scenario against a server that runs already; PID is the process whose CPU counts.
            """;

    private static final Timing TIMING = new Timing(Duration.ZERO, Duration.ofSeconds(15), Duration.ofSeconds(10));

    private static final Set<String> WITH_VALUE =
            Set.of("address", "pid", "nameserver", "scenario", "rounds", "burn-in", "warmup", "duration", "work");

    private final Options options;
    private final PrintStream out;

    LoadCommand(String[] args, PrintStream out) {
        this.options = Options.parse(args, 1, WITH_VALUE, Set.of());
        this.out = out;
    }

    /** The exit status: 1 when an answer was not the wanted one. */
    int run() throws IOException, InterruptedException {
        Scenario scenario =
                Scenarios.named(options.text("scenario", "produce-1k")).getFirst();
        if (!(scenario instanceof Scenario.Shared shared)) {
            throw new IllegalArgumentException(scenario.name() + " starts servers of its own: use compare");
        }
        Bench bench = CompareCommand.bench(options, Path.of("").toAbsolutePath(), TIMING);
        Server server = server(options);
        boolean failed = false;
        shared.prepare(bench, server);
        for (int round = 0; round < options.number("rounds", 1); round++) {
            Figures figures = shared.round(bench, server);
            figures.values().forEach((metric, value) -> out.printf("%-36s %s%n", metric.title(), metric.text(value)));
            for (Map.Entry<String, Long> error : figures.errors().entrySet()) {
                out.printf("ERROR %d x %s%n", error.getValue(), error.getKey());
                failed = true;
            }
            figures.examples().forEach(answer -> out.printf("an unwanted answer: %s%n", answer));
        }
        return failed ? 1 : 0;
    }

    /** The server that the options name. */
    static Server server(Options options) {
        String address = options.text("address")
                .orElseThrow(() -> new IllegalArgumentException("say --address HOST:PORT of the server"));
        long pid = options.text("pid")
                .map(Long::parseLong)
                .orElseThrow(() -> new IllegalArgumentException("say --pid PID of the server"));
        int colon = address.lastIndexOf(':');
        var socket = new InetSocketAddress(address.substring(0, colon), Integer.parseInt(address.substring(colon + 1)));
        return new SingleServer(
                ServerKind.CARILLON, Child.foreign(pid), Optional.empty(), socket, options.text("nameserver", ""), 0);
    }
}
