package io.carillon.bench;

import java.io.IOException;
import java.time.Duration;
import java.util.Map;

/** Connects very many clients, each of which asks once and then does nothing, and looks at what that takes. */
record IdleConnectionsScenario(String name, String summary, int connections) implements Scenario.Own {
    private static final int GET_MAX_OFFSET = 30;
    private static final SendShape TOPIC = SendShape.of("bench_idle_connections", 1024);
    private static final Duration ASKED_WITHIN = Duration.ofSeconds(5);

    @Override
    public String note() {
        return "each connection asks once after it was made and once at the end. The peak of anonymous memory is that with all"
                + " connected; what a connection takes is that less what the server had before.";
    }

    @Override
    public Figures round(Bench bench, ServerKind kind) throws IOException, InterruptedException {
        try (Server server = bench.harness().start(Launch.of(kind, name).withDefaultHeap())) {
            bench.createTopics(server, TOPIC);
            long before = server.usage().anonymousBytes();
            return connected(bench, server, before);
        } finally {
            bench.harness().deleteData(name);
        }
    }

    private Figures connected(Bench bench, Server server, long before) throws IOException, InterruptedException {
        var asked = new Recorder();
        byte[] frame = new Frame(GET_MAX_OFFSET, 1, Map.of("topic", TOPIC.topicName(0), "queueId", "0"))
                .encode(HeaderFormat.JSON);
        try (Crowd crowd = Crowd.connect(bench.ticker(), server.address(), connections)) {
            crowd.ask(_ -> frame, connections, ASKED_WITHIN, asked);
            Span idle = Span.resting(bench.ticker(), server, bench.timing().duration());
            crowd.ask(_ -> frame, connections, ASKED_WITHIN, asked);
            return idle.figures()
                    .put(Metric.CONNECTED, crowd.size())
                    .put(Metric.IDLE_CPU_PERCENT, 100 * idle.cpuSeconds() / idle.seconds())
                    .put(Metric.PER_CONNECTION_KB, (idle.anonymousBytesMax() - before) / 1e3 / connections)
                    .errorsOf(new Recorder(), asked);
        }
    }
}
