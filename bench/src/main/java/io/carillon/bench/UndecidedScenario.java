package io.carillon.bench;

import java.io.IOException;
import java.time.Duration;

/**
 * Sends plain messages, first while no transaction is undecided and then while very many are, about which a producer is
 * asked who never answers: how far the ones disturb the others.
 */
record UndecidedScenario(String name, String summary, SendShape plain, SendShape halves, int undecided)
        implements Scenario.Own {
    /** Longer than both servers wait before they ask a producer for the first time. */
    private static final Duration UNTIL_ASKED = Duration.ofSeconds(8);

    @Override
    public String note() {
        return "the first figures are those beside the undecided; a producer of their group is connected, is asked about them"
                + " all the while and does not answer, which the CPU holds too.";
    }

    @Override
    public Figures round(Bench bench, ServerKind kind) throws IOException, InterruptedException {
        try (Server server = bench.harness().start(Launch.of(kind, name))) {
            bench.createTopics(server, plain);
            bench.createTopics(server, halves);
            bench.warm(server, load(bench, server), bench.timing().burnIn());
            Figures without = SendScenario.measure(bench, server, load(bench, server));
            Figures filled = bench.fill(server, halves, undecided);
            Figures with = beside(bench, server);
            without.errors().forEach(with::error);
            filled.errors().forEach(with::error);
            return with.put(Metric.UNDECIDED, undecided)
                    .put(Metric.SENDS_BESIDE, with.ratioTo(without, Metric.SENT_PER_SECOND))
                    .put(Metric.CPU_BESIDE, with.ratioTo(without, Metric.CPU_PER_MILLION));
        } finally {
            bench.harness().deleteData(name);
        }
    }

    private ClosedLoop load(Bench bench, Server server) throws IOException {
        return ClosedLoop.endless(bench.ticker(), server.address(), bench.frame(plain), 4, 64);
    }

    private Figures beside(Bench bench, Server server) throws IOException, InterruptedException {
        var producer = SilentProducer.connect(bench.ticker(), server.address());
        var asked = new Recorder();
        producer.start();
        Span.over(bench.ticker(), server, UNTIL_ASKED, producer);
        producer.record(asked);
        Figures figures = SendScenario.measure(bench, server, load(bench, server));
        producer.stop();
        if (asked.messagesReceived() == 0) {
            figures.error("the producer was asked about no transaction", 1);
        }
        asked.errors().forEach(figures::error);
        return figures.put(Metric.ASKED, (double) asked.messagesReceived());
    }
}
