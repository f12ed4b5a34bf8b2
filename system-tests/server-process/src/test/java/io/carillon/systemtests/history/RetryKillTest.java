package io.carillon.systemtests.history;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.systemtests.harness.Names;
import io.carillon.systemtests.harness.RawClient;
import io.carillon.systemtests.harness.RawClient.Answer;
import io.carillon.systemtests.harness.RawTopic;
import io.carillon.systemtests.harness.Server;
import io.carillon.systemtests.history.Event.Key;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** kill -9 while consumers that read their queues in order send everything back, until it is dead. */
class RetryKillTest {
    private static final int KILLS = Integer.getInteger("carillon.tests.kills", 7);
    private static final int QUEUE_COUNT = 4;
    private static final int TRIES_MAX = 2;
    /** Of delay level 1. */
    private static final long PAUSE_MS = 1_000;

    private static final int ROUND_MESSAGES = 16;

    private final RawTopic topic = new RawTopic(Names.unique("retried"));
    private final String group = Names.unique("retriers");
    private final RetryHistory history = new RetryHistory(TRIES_MAX, PAUSE_MS);
    private final Queue<Throwable> crashes = new ConcurrentLinkedQueue<>();

    @ParameterizedTest
    @ValueSource(strings = {"sync", "async"})
    void bringsBackWhateverWasSentBackOverManyKills(String flush) throws Exception {
        Assumptions.assumeFalse(Server.isApache(), "Apache delivers again what it delivered since its last checkpoint");
        long seed = Long.getLong("carillon.tests.seed", System.nanoTime());
        System.out.println("retry kill test, flush " + flush + ": -Dcarillon.tests.seed=" + seed);
        Random random = new Random(seed);
        try (Server server = KillTest.startCarillon("retry-kill-" + flush, flush)) {
            try (RawClient client = RawClient.connect(server.broker())) {
                topic.create(client, QUEUE_COUNT);
                createGroup(client);
            }
            List<Retrier> retriers = launchRetriers(server);
            try (Line line = new Line(server.broker())) {
                long n = 1;
                for (int kill = 1; kill <= KILLS; kill++) {
                    for (int round = 10 + random.nextInt(30); round > 0; round--) {
                        n = send(line, n, random);
                    }
                    server.kill();
                    server.restart();
                }
            }
            waiting().until(() -> isComplete(server));
            retriers.forEach(Retrier::stop);

            System.out.println("retry kill test, flush " + flush + ": " + history.sentCount() + " messages");
            assertThat(crashes).isEmpty();
            assertThat(history.violations()).as("seed " + seed).isEmpty();
            try (RawClient client = RawClient.connect(server.broker())) {
                assertOrder(client);
            }
        }
    }

    private void createGroup(RawClient client) throws IOException {
        String config =
                "{\"groupName\":\"" + group + "\",\"consumeEnable\":true,\"retryQueueNums\":1,\"retryMaxTimes\":16}";
        Answer answer = client.call(200, Map.of(), config.getBytes(UTF_8));
        assertThat(answer.code()).as("%s", answer).isEqualTo(RawTopic.OK);
    }

    /** One for each queue of the topic, and one for what comes back. */
    private List<Retrier> launchRetriers(Server server) {
        List<Retrier> retriers = new ArrayList<>();
        for (int queue = 0; queue < QUEUE_COUNT; queue++) {
            retriers.add(new Retrier(topic, queue, group, TRIES_MAX, new Line(server.broker()), history));
        }
        retriers.add(new Retrier(retryTopic(), 0, group, TRIES_MAX, new Line(server.broker()), history));
        retriers.forEach(retrier -> Thread.ofVirtual().start(() -> {
            try {
                retrier.run();
            } catch (RuntimeException | Error e) {
                crashes.add(e);
            }
        }));
        return retriers;
    }

    private RawTopic retryTopic() {
        return new RawTopic("%RETRY%" + group);
    }

    private RawTopic deadTopic() {
        return new RawTopic("%DLQ%" + group);
    }

    /** Sends some messages, each until it is acknowledged; returns the number of the next one. */
    private long send(Line line, long from, Random random) {
        for (long n = from; n < from + ROUND_MESSAGES; n++) {
            Key key = new Key("retried", n);
            byte[] body = Payload.of(key, random.nextInt(500), random);
            boolean isAcked = false;
            while (!isAcked) {
                RawClient client = line.client();
                try {
                    Answer answer = topic.send(client, (int) (n % QUEUE_COUNT), Stream.uniqueId(key), body)
                            .join();
                    isAcked = answer.code() == RawTopic.OK;
                } catch (CompletionException e) {
                    client.close(); // the next try finds out whether the server is there
                }
            }
            history.sent(key);
        }
        return from + ROUND_MESSAGES;
    }

    private ConditionFactory waiting() {
        return Awaitility.await("copies").atMost(Duration.ofSeconds(90)).pollInterval(Duration.ofMillis(500));
    }

    private boolean isComplete(Server server) throws IOException {
        if (!crashes.isEmpty()) {
            return true; // the test tells
        }
        history.auditAnew();
        try (RawClient client = RawClient.connect(server.broker())) {
            audit(client, retryTopic(), false);
            audit(client, deadTopic(), true);
        }
        return history.isComplete();
    }

    private void audit(RawClient client, RawTopic of, boolean isDead) throws IOException {
        for (StoredMessage message : all(client, of, 0)) {
            history.found(message, isDead);
        }
    }

    /** Whatever comes back, the queues themselves keep what was sent in its order. */
    private void assertOrder(RawClient client) throws IOException {
        for (int queue = 0; queue < QUEUE_COUNT; queue++) {
            assertThat(all(client, topic, queue))
                    .extracting(message -> message.key().n())
                    .isSorted()
                    .doesNotHaveDuplicates();
        }
    }

    private static List<StoredMessage> all(RawClient client, RawTopic of, int queue) throws IOException {
        List<StoredMessage> all = new ArrayList<>();
        long next = 0;
        Answer answer = of.pull(client, "audit", queue, next, 0);
        while (answer.code() == RawTopic.OK) {
            all.addAll(StoredMessage.all(answer.body()));
            next = answer.number("nextBeginOffset");
            answer = of.pull(client, "audit", queue, next, 0);
        }
        return all;
    }
}
