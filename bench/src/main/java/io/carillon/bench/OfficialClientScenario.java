package io.carillon.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Calm traffic through the official client, which runs in a process and on a class path of its own. */
record OfficialClientScenario(String name, String summary, SendShape shape, int ratePerSecond)
        implements Scenario.Shared {
    private static final Pattern RESULT = Pattern.compile("result sent=(\\d+) acknowledged=(\\d+) refused=(\\d+)"
            + " unanswered=(\\d+) delivered=(\\d+)"
            + " ackP50Ns=(\\d+) ackP99Ns=(\\d+) deliveryP50Ns=(\\d+) deliveryP99Ns=(\\d+)");

    @Override
    public Set<ServerKind> kinds() {
        return ServerKind.ALL;
    }

    @Override
    public void prepare(Bench bench, Server server) throws IOException, InterruptedException {
        bench.createTopics(server, shape);
    }

    @Override
    public Figures round(Bench bench, Server server) throws IOException, InterruptedException {
        Path folder = bench.harness().work().resolve(name + "-client");
        try (Child client = Child.start("client", command(bench, server), folder)) {
            awaitLine(client, "measuring");
            var sampler = new Span.Sampler(bench.ticker(), server);
            awaitLine(client, "measured");
            sampler.sleep(Duration.ofHours(1));
            Span span = sampler.end();
            client.await();
            return figures(span, client.output());
        }
    }

    private List<String> command(Bench bench, Server server) throws IOException, InterruptedException {
        var artifacts = new ApacheArtifacts(bench.harness().root());
        return List.of(
                Harness.java(),
                "-Xmx1g",
                "-Duser.home=" + bench.harness().work().resolve(name + "-client"),
                "-cp",
                artifacts.classes() + ":" + artifacts.lib() + "/*",
                "io.carillon.bench.apache.OfficialClientLoad",
                server.nameServerAddress(),
                shape.topicName(0),
                Integer.toString(ratePerSecond),
                Long.toString(bench.timing().warmup().toSeconds()),
                Long.toString(bench.timing().duration().toSeconds()));
    }

    private static void awaitLine(Child client, String line) throws IOException, InterruptedException {
        while (client.output().lines().noneMatch(line::equals)) {
            client.requireAlive();
            Thread.sleep(5);
        }
    }

    private static Figures figures(Span span, String output) throws IOException {
        Matcher result = RESULT.matcher(output);
        if (!result.find()) {
            throw new IOException("the official client gave no result: " + output);
        }
        long sent = Long.parseLong(result.group(1));
        long acknowledged = Long.parseLong(result.group(2));
        long unanswered = Long.parseLong(result.group(4));
        long undelivered = acknowledged - Long.parseLong(result.group(5));
        Figures figures = span.figures()
                .put(Metric.SENT_PER_SECOND, acknowledged / span.seconds())
                .put(Metric.CPU_PER_MILLION, span.cpuPerMillion(sent))
                .put(Metric.REFUSED, Double.parseDouble(result.group(3)))
                .put(Metric.ACK_P50_MS, Double.parseDouble(result.group(6)) / 1e6)
                .put(Metric.ACK_P99_MS, Double.parseDouble(result.group(7)) / 1e6)
                .put(Metric.DELIVERY_P50_MS, Double.parseDouble(result.group(8)) / 1e6)
                .put(Metric.DELIVERY_P99_MS, Double.parseDouble(result.group(9)) / 1e6);
        if (unanswered > 0) {
            figures.error("sends without an answer", unanswered);
        }
        if (undelivered > 0) {
            figures.error("acknowledged messages not delivered within 10 s", undelivered);
        }
        return figures;
    }
}
