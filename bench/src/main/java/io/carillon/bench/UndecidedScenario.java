package io.carillon.bench;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Sends plain messages to a server without undecided transactions and to one with very many, about which a producer is
 * asked who never answers: how far the ones disturb the others. In turns, several times each, and the one whose turn it is
 * not is suspended: what a page of fresh memory costs on a virtual machine changes by the minute, and by more than what is
 * looked for.
 */
record UndecidedScenario(String name, String summary, SendShape plain, SendShape halves, int undecided)
        implements Scenario.Own {
    private static final int TURNS = 4;
    /** Longer than both servers wait before they ask a producer for the first time. */
    private static final Duration UNTIL_ASKED = Duration.ofSeconds(8);

    @Override
    public String note() {
        return "the first figures are those beside the undecided, the means of " + TURNS
                + " turns; a producer of their group is connected, is asked about them all the while and does not answer,"
                + " which the CPU holds too.";
    }

    @Override
    public Figures round(Bench bench, ServerKind kind) throws IOException, InterruptedException {
        String without = name + "-without";
        try (Server server = bench.harness().start(Launch.of(kind, name));
                Server other = bench.harness().start(Launch.of(kind, without))) {
            warm(bench, other);
            other.pause();
            warm(bench, server);
            bench.createTopics(server, halves);
            Figures figures = bench.fill(server, halves, undecided);
            return beside(bench, server, other).putErrors(figures);
        } finally {
            bench.harness().deleteData(name);
            bench.harness().deleteData(without);
        }
    }

    private void warm(Bench bench, Server server) throws IOException, InterruptedException {
        bench.createTopics(server, plain);
        bench.warm(server, load(bench, server), bench.timing().burnIn());
    }

    private ClosedLoop load(Bench bench, Server server) throws IOException {
        return ClosedLoop.endless(bench.ticker(), server.address(), bench.frame(plain), 4, 64);
    }

    private Figures beside(Bench bench, Server server, Server other) throws IOException, InterruptedException {
        var producer = SilentProducer.connect(bench.ticker(), server.address());
        var asked = new Recorder();
        producer.start();
        Span.over(bench.ticker(), server, UNTIL_ASKED, producer);
        producer.record(asked);
        Figures figures = inTurns(bench, server, other);
        producer.stop();
        if (asked.messagesReceived() == 0) {
            figures.error("the producer was asked about no transaction", 1);
        }
        return figures.errorsOf(new Recorder(), asked)
                .put(Metric.UNDECIDED, undecided)
                .put(Metric.ASKED, (double) asked.messagesReceived());
    }

    private Figures inTurns(Bench bench, Server server, Server other) throws IOException, InterruptedException {
        List<Figures> with = new ArrayList<>();
        List<Figures> without = new ArrayList<>();
        for (int turn = 0; turn < TURNS; turn++) {
            server.pause();
            other.resume();
            without.add(SendScenario.measure(bench, other, load(bench, other)));
            other.pause();
            server.resume();
            with.add(SendScenario.measure(bench, server, load(bench, server)));
        }
        Figures mean = Figures.mean(with);
        Figures meanWithout = Figures.mean(without);
        return mean.putErrors(meanWithout)
                .put(Metric.SENDS_BESIDE, mean.ratioTo(meanWithout, Metric.SENT_PER_SECOND))
                .put(Metric.CPU_BESIDE, mean.ratioTo(meanWithout, Metric.CPU_PER_MILLION));
    }
}
