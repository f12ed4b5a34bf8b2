package io.carillon.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How many messages one thread filters in a second by an expression, out of their properties as they are stored. Each
 * side runs in a process of its own with its own jars, without a server.
 */
record SqlFilterScenario(String name, String summary) implements Scenario.Own {
    private static final Pattern RESULT = Pattern.compile("result messages=(\\d+) matched=(\\d+) cpuNs=(\\d+)");
    /** Of every ten messages so many match, see the loads. */
    private static final int MATCHING_OF_TEN = 2;

    @Override
    public String note() {
        return "what a broker does for each message of a pull: to read its properties as they are stored and to evaluate the"
                + " condition, without the reading of the log. By the CPU time of the one thread, after half as long to grow warm;"
                + " what collects garbage beside it is not counted.";
    }

    @Override
    public Figures round(Bench bench, ServerKind kind) throws IOException, InterruptedException {
        Path folder = bench.harness().work().resolve(name + "-" + kind);
        try (Child child = Child.start("filter", command(bench, kind), folder)) {
            child.await();
            return figuresOf(child.output());
        }
    }

    private static List<String> command(Bench bench, ServerKind kind) throws IOException, InterruptedException {
        Harness harness = bench.harness();
        var artifacts = new ApacheArtifacts(harness.root());
        String seconds = Long.toString(Math.max(1, bench.timing().duration().toSeconds()));
        return kind.isCarillon()
                ? command(
                        harness,
                        harness.root().resolve("bench/target/classes"),
                        harness.root().resolve("server/target/dist/lib"),
                        "io.carillon.bench.SqlFilterLoad",
                        seconds)
                : command(
                        harness,
                        artifacts.classes(),
                        artifacts.lib(),
                        "io.carillon.bench.apache.SqlFilterLoad",
                        seconds);
    }

    private static List<String> command(Harness harness, Path classes, Path lib, String main, String seconds) {
        return List.of(
                Harness.java(),
                "-Xms" + harness.heap(),
                "-Xmx" + harness.heap(),
                "-cp",
                classes + ":" + lib + "/*",
                main,
                seconds);
    }

    static Figures figuresOf(String output) throws IOException {
        Matcher result = RESULT.matcher(output);
        if (!result.find()) {
            throw new IOException("the filter gave no result: " + output);
        }
        long messages = Long.parseLong(result.group(1));
        double seconds = Long.parseLong(result.group(3)) / 1e9;
        var figures = new Figures().put(Metric.FILTERED_PER_SECOND, messages / seconds);
        long wrong = Math.abs(messages / 10 * MATCHING_OF_TEN - Long.parseLong(result.group(2)));
        if (wrong != 0) {
            figures.error("messages filtered wrongly", wrong);
        }
        return figures;
    }
}
