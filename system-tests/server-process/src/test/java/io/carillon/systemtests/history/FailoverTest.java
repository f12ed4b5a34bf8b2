package io.carillon.systemtests.history;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.systemtests.harness.CarillonGroup;
import io.carillon.systemtests.harness.CarillonServer;
import io.carillon.systemtests.harness.Names;
import io.carillon.systemtests.harness.RawClient;
import io.carillon.systemtests.harness.RawClient.Answer;
import io.carillon.systemtests.harness.RawTopic;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Three brokers that replicate one log, and what their clients see when some of them die, hang or come back. */
class FailoverTest {
    private static final int FAULTS = Integer.getInteger("carillon.tests.failovers", 4);
    /** Hundreds of kills take half an hour, and at full speed some 60 MiB of disk each. */
    private static final Duration PAUSE = Duration.ofMillis(Integer.getInteger("carillon.tests.failovers.pause-ms", 0));

    @Test
    void tenMessagesWithTheSlaveAtNineAllOutliveTheMaster() throws Exception {
        try (CarillonGroup group = start("ten-messages")) {
            CarillonServer master = group.awaitLeader();
            List<CarillonServer> slaves =
                    group.nodes().stream().filter(node -> node != master).toList();
            RawTopic topic = new RawTopic(Names.unique("ten"));
            try (RawClient client = RawClient.connect(master.broker())) {
                topic.create(client, 1);
                for (int n = 1; n <= 9; n++) {
                    assertThat(send(topic, client, n).code()).isEqualTo(RawTopic.OK);
                }
                slaves.getFirst().brokerProcess().pause(); // stays at nine
                assertThat(send(topic, client, 10).code()).isEqualTo(RawTopic.OK);
            }
            master.kill();
            slaves.getFirst().brokerProcess().resume();

            CarillonServer next = group.awaitOtherLeader(master);
            try (RawClient client = RawClient.connect(next.broker())) {
                assertThat(send(topic, client, 11).number("queueOffset")).isEqualTo(10);
                Answer all = topic.pull(client, Names.unique("readers"), 0, 0, 0);
                assertThat(StoredMessage.all(all.body()).stream()
                                .map(message -> message.key().n())
                                .toList())
                        .containsExactly(1L, 2L, 3L, 4L, 5L, 6L, 7L, 8L, 9L, 10L, 11L);
            }
        }
    }

    private static Answer send(RawTopic topic, RawClient client, long n) throws Exception {
        Event.Key key = new Event.Key("ten", n);
        return topic.send(client, 0, Stream.uniqueId(key), Payload.of(key, 10, new Random(n)))
                .get();
    }

    @Test
    void losesDoublesAndReordersNothingWhileLeadersAreKilled() throws Exception {
        long seed = Long.getLong("carillon.tests.seed", System.nanoTime());
        System.out.println("failover test: -Dcarillon.tests.seed=" + seed);
        Random random = new Random(seed);
        try (CarillonGroup group = start("failover");
                Workload workload = Workload.start(group.addresses(), seed, PAUSE)) {
            for (int fault = 1; fault <= FAULTS; fault++) {
                workload.awaitAcked(1 + random.nextInt(500));
                CarillonServer leader = group.awaitLeader();
                workload.fault("kill of leader " + fault);
                leader.kill();
                if (random.nextBoolean()) {
                    group.awaitOtherLeader(leader);
                }
                leader.restart();
            }
            workload.awaitAcked(300);

            workload.finish();
            workload.audit();

            System.out.println("failover test: " + workload.acked() + " acknowledged");
            assertThat(workload.violations(true)).as("seed " + seed).isEmpty();
        }
    }

    /** A leader may be silent for much longer than an election takes: its process is gone, and others hear so at once. */
    @Test
    void electsAtOnceWhenTheProcessOfTheLeaderIsGone() throws Exception {
        Duration silence = Duration.ofSeconds(8);
        try (CarillonGroup group =
                start("gone", "--set", "replication.election-timeout=" + silence.toSeconds() + "s")) {
            CarillonServer leader = group.awaitLeader();
            long killedNs = System.nanoTime();
            leader.kill();
            group.awaitOtherLeader(leader);
            assertThat(Duration.ofNanos(System.nanoTime() - killedNs)).isLessThan(silence);
        }
    }

    private static CarillonGroup start(String name, String... more) {
        List<String> flags = new ArrayList<>(List.of(
                "--flush",
                "sync",
                "--set",
                "log.segment-size=4MiB",
                "--set",
                "broker.message-size-max=1MiB",
                "--set",
                "log.checkpoint-interval=200ms"));
        flags.addAll(List.of(more));
        return CarillonGroup.start(name, 3, flags.toArray(String[]::new));
    }
}
