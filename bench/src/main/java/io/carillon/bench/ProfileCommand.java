package io.carillon.bench;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** {@code bench profile}: records one server with Java's flight recorder while a scenario runs, and prints the top of it. */
final class ProfileCommand {
    static final String USAGE = """
            profile [--scenario produce-1k] [--server carillon|apache] [--burn-in 20s] [--warmup 5s] [--duration 20s]
                    [--heap 1g] [--carillon-jvm "flags"] [--apache-timer file|rocksdb] [--work DIR]
                Starts a server, warms it, records it while the scenario runs and prints the hottest methods and the
                largest allocations. The recording stays in DIR (bench/target/compare) for JDK Mission Control.
            """;

    private static final Timing TIMING =
            new Timing(Duration.ofSeconds(20), Duration.ofSeconds(5), Duration.ofSeconds(20));

    private static final Set<String> WITH_VALUE = Set.of(
            "scenario",
            "server",
            "burn-in",
            "warmup",
            "duration",
            "heap",
            "carillon-jvm",
            "apache",
            "apache-timer",
            "work");
    private static final List<String> VIEWS =
            List.of("hot-methods", "allocation-by-class", "allocation-by-site", "gc-pauses", "thread-cpu-load");

    private final Options options;
    private final Path root;
    private final PrintStream out;

    ProfileCommand(String[] args, Path root, PrintStream out) {
        this.options = Options.parse(args, 1, WITH_VALUE, Set.of());
        this.root = root;
        this.out = out;
    }

    int run() throws IOException, InterruptedException {
        Scenario scenario =
                Scenarios.named(options.text("scenario", "produce-1k")).getFirst();
        if (!(scenario instanceof Scenario.Shared shared)) {
            throw new IllegalArgumentException(scenario.name() + " starts servers of its own: profile another");
        }
        ServerKind kind = ServerKind.named(options.text("server", "carillon"));
        Bench bench = CompareCommand.bench(options, root, TIMING);
        String name = "profile-" + scenario.name();
        Path recording = bench.harness().work().resolve(name + "-" + options.text("server", "carillon") + ".jfr");
        Files.createDirectories(recording.getParent());
        try (Server server = bench.harness().start(Launch.of(kind, name).flushing(shared.flush()))) {
            record(bench, shared, server, recording);
        } finally {
            bench.harness().deleteData(name);
        }
        for (String view : VIEWS) {
            tool("jfr", "view", "--width", "160", view, recording.toString());
        }
        out.println("recording: " + recording);
        return 0;
    }

    private void record(Bench bench, Scenario.Shared scenario, Server server, Path recording)
            throws IOException, InterruptedException {
        scenario.prepare(bench, server);
        String pid = Long.toString(server.main().pid());
        tool("jcmd", pid, "JFR.start", "name=bench", "settings=profile");
        Figures figures = scenario.round(bench, server);
        tool("jcmd", pid, "JFR.dump", "name=bench", "filename=" + recording);
        figures.values().forEach((metric, value) -> out.printf("%-36s %s%n", metric.title(), metric.text(value)));
        figures.errors().forEach((what, times) -> out.printf("ERROR %d x %s%n", times, what));
    }

    /** Runs a tool of the JDK. */
    private static void tool(String name, String... arguments) throws IOException, InterruptedException {
        var command = new ArrayList<String>();
        command.add(Path.of(System.getProperty("java.home"), "bin", name).toString());
        command.addAll(List.of(arguments));
        new ProcessBuilder(command).inheritIO().start().waitFor();
    }
}
