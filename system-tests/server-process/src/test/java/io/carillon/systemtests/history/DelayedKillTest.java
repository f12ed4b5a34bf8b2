package io.carillon.systemtests.history;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.systemtests.harness.Names;
import io.carillon.systemtests.harness.RawClient;
import io.carillon.systemtests.harness.RawClient.Answer;
import io.carillon.systemtests.harness.RawTopic;
import io.carillon.systemtests.harness.Server;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** kill -9 while thousands of messages are due and many are being recalled, again and again. */
class DelayedKillTest {
    private static final int KILLS = Integer.getInteger("carillon.tests.kills", 7);
    private static final int QUEUE_COUNT = 4;
    private static final int STREAM_COUNT = 4;

    private final RawTopic topic = new RawTopic(Names.unique("delayed"));
    private final DelayHistory history = new DelayHistory();
    private final Queue<Throwable> crashes = new ConcurrentLinkedQueue<>();

    @ParameterizedTest
    @ValueSource(strings = {"sync", "async"})
    void deliversEverythingOnceAndInTimeOverManyKills(String flush) throws Exception {
        Assumptions.assumeFalse(Server.isApache(), "Apache delivers again what it delivered since its last checkpoint");
        long seed = Long.getLong("carillon.tests.seed", System.nanoTime());
        System.out.println("delayed kill test, flush " + flush + ": -Dcarillon.tests.seed=" + seed);
        Random random = new Random(seed);
        try (Server server = KillTest.startCarillon("delayed-kill-" + flush, flush)) {
            try (RawClient client = RawClient.connect(server.broker())) {
                topic.create(client, QUEUE_COUNT);
            }
            List<DelayedStream> streams = new ArrayList<>();
            List<Thread> threads = new ArrayList<>();
            for (int n = 0; n < STREAM_COUNT; n++) {
                DelayedStream stream = new DelayedStream(
                        "delayed" + n, QUEUE_COUNT, topic, new Line(server.broker()), history, seed + n);
                streams.add(stream);
                threads.add(launch(stream));
            }
            for (int kill = 1; kill <= KILLS; kill++) {
                awaitAcked(500 + random.nextInt(2_000));
                server.kill();
                server.restart();
            }
            awaitAcked(500);
            streams.forEach(DelayedStream::stop);
            waiting("producers").until(() -> threads.stream().noneMatch(Thread::isAlive));
            assertThat(crashes).isEmpty();

            waiting("deliveries").until(() -> isAllDelivered(server));

            System.out.println("delayed kill test, flush " + flush + ": " + history.ackedCount() + " acknowledged");
            assertThat(new DelayChecker().violations(history))
                    .as("seed " + seed)
                    .isEmpty();
        }
    }

    private Thread launch(Runnable work) {
        return Thread.ofVirtual().start(() -> {
            try {
                work.run();
            } catch (RuntimeException | Error e) {
                crashes.add(e);
            }
        });
    }

    private void awaitAcked(long count) {
        long wanted = history.ackedCount() + count;
        waiting("acknowledgements").until(() -> history.ackedCount() >= wanted || !crashes.isEmpty());
        assertThat(crashes).isEmpty();
    }

    private static ConditionFactory waiting(String what) {
        return Awaitility.await(what)
                .atMost(Duration.ofSeconds(90))
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(50));
    }

    /** Whether all that must be delivered is, and some time has passed in which what must not could have been. */
    private boolean isAllDelivered(Server server) throws IOException {
        long nowMs = System.currentTimeMillis();
        if (history.fates().values().stream().anyMatch(fate -> fate.dueMs + 1_000 >= nowMs)) {
            return false; // reading everything again and again would only slow the server down
        }
        history.auditAnew();
        try (RawClient client = RawClient.connect(server.broker())) {
            for (int queue = 0; queue < QUEUE_COUNT; queue++) {
                audit(client, queue);
            }
        }
        return history.fates().values().stream()
                .allMatch(fate -> !fate.deliveries.isEmpty() || fate.isRecalled || fate.ackedMs == 0);
    }

    private void audit(RawClient client, int queue) throws IOException {
        long next = topic.offsetMin(client, queue);
        long max = topic.offsetMax(client, queue);
        while (next < max) {
            Answer answer = topic.pull(client, "audit", queue, next, 0);
            assertThat(answer.code()).as("%s", answer).isEqualTo(RawTopic.OK);
            for (StoredMessage message : StoredMessage.all(answer.body())) {
                history.delivered(message.key(), message.place(), message.storedMs(), message.intact());
            }
            next = answer.number("nextBeginOffset");
        }
    }
}
