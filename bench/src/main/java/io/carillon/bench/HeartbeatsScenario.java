package io.carillon.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/**
 * What the heartbeats of very many consumers cost, each on a connection of its own and one each 30 s. Whole ones list the
 * subscriptions, as official clients send them by default; short ones only the fingerprint of these, as clients of 5.x
 * send them with {@code useHeartbeatV2} while nothing changes.
 */
record HeartbeatsScenario(String name, String summary, int consumers, int groups) implements Scenario.Own {
    private static final int HEART_BEAT = 34;
    private static final Duration EACH = Duration.ofSeconds(30);
    private static final int FINGERPRINT = 1_234_567;
    private static final SendShape TOPIC = SendShape.of("bench_heartbeats", 1024);

    @Override
    public String note() {
        return "each consumer has a connection of its own; the CPU is all that the server uses meanwhile. A short heartbeat has"
                + " the fingerprint of the subscriptions in their place.";
    }

    @Override
    public Figures round(Bench bench, ServerKind kind) throws IOException, InterruptedException {
        try (Server server = bench.harness().start(Launch.of(kind, name).withDefaultHeap())) {
            bench.createTopics(server, TOPIC);
            try (Crowd crowd = Crowd.connect(bench.ticker(), server.address(), consumers)) {
                return beating(bench, server, crowd);
            }
        } finally {
            bench.harness().deleteData(name);
        }
    }

    private Figures beating(Bench bench, Server server, Crowd crowd) throws IOException, InterruptedException {
        var warm = new Recorder();
        var measured = new Recorder();
        IntFunction<byte[]> whole = frames(true)::get;
        IntFunction<byte[]> brief = frames(false)::get;
        Duration warmup = bench.timing().warmup();
        crowd.ask(whole, consumers, warmup, warm);
        crowd.ask(whole, consumers, warmup, warm);
        Span wholes = atPace(bench, server, crowd, whole, measured);
        crowd.ask(brief, consumers, warmup, warm);
        Span briefs = atPace(bench, server, crowd, brief, measured);
        return briefs.figures()
                .put(Metric.CONNECTED, crowd.size())
                .put(Metric.HEARTBEATS_PERCENT, 100 * wholes.cpuSeconds() / wholes.seconds())
                .put(Metric.SHORT_HEARTBEATS_PERCENT, 100 * briefs.cpuSeconds() / briefs.seconds())
                .errorsOf(warm, measured);
    }

    private Span atPace(Bench bench, Server server, Crowd crowd, IntFunction<byte[]> frames, Recorder phase)
            throws IOException {
        Duration lasting = bench.timing().duration();
        int count = (int) (consumers * lasting.toMillis() / EACH.toMillis());
        var sampler = new Span.Sampler(bench.ticker(), server);
        crowd.ask(frames, count, lasting, phase);
        return sampler.end();
    }

    private List<byte[]> frames(boolean isWhole) {
        return IntStream.range(0, consumers)
                .mapToObj(consumer ->
                        new Frame(HEART_BEAT, 1, Map.of(), body(consumer, isWhole)).encode(HeaderFormat.JSON))
                .toList();
    }

    private byte[] body(int consumer, boolean isWhole) {
        String group = "bench_heartbeats_" + consumer % groups;
        String subscriptions = isWhole ? subscription(TOPIC.topicName(0)) + "," + subscription("%RETRY%" + group) : "";
        String json = "{\"clientID\":\"127.0.0.1@" + consumer + "#1\",\"consumerDataSet\":[{"
                + "\"consumeFromWhere\":\"CONSUME_FROM_LAST_OFFSET\",\"consumeType\":\"CONSUME_PASSIVELY\","
                + "\"groupName\":\"" + group + "\",\"messageModel\":\"CLUSTERING\","
                + "\"subscriptionDataSet\":[" + subscriptions + "],\"unitMode\":false}],"
                + "\"heartbeatFingerprint\":" + FINGERPRINT
                + ",\"producerDataSet\":[{\"groupName\":\"CLIENT_INNER_PRODUCER\"}],\"withoutSub\":" + !isWhole + "}";
        return json.getBytes(StandardCharsets.UTF_8);
    }

    private static String subscription(String topic) {
        return "{\"classFilterMode\":false,\"codeSet\":[],\"expressionType\":\"TAG\",\"subString\":\"*\","
                + "\"subVersion\":1700000000000,\"tagsSet\":[],\"topic\":\"" + topic + "\"}";
    }
}
