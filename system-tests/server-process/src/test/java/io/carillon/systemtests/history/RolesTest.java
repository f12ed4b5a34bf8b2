package io.carillon.systemtests.history;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.systemtests.harness.CarillonGroup;
import io.carillon.systemtests.harness.CarillonServer;
import io.carillon.systemtests.harness.Names;
import io.carillon.systemtests.harness.RawClient;
import io.carillon.systemtests.harness.RawTopic;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.Test;

/** Members that have no vote, that never lead, or rather than others: under load, from clients that know a learner alone. */
class RolesTest {
    private static final int UNAVAILABLE = 14;
    private static final Duration ELECTION_TIMEOUT = Duration.ofSeconds(1);
    private static final Duration PATIENCE = Duration.ofSeconds(40);
    /** What is looked for needs no full load, and the commands need the processor, too. */
    private static final Duration PAUSE = Duration.ofMillis(10);

    private static final String[] SETTINGS = {
        "--flush", "sync", "--set", "replication.election-timeout=" + ELECTION_TIMEOUT.toMillis() + "ms"
    };

    private final long seed = Long.getLong("carillon.tests.seed", System.nanoTime());

    @Test
    void aLearnerPassesOnAndNeverCountsBeforeItIsPromotedAndThePriorityZeroNeverLeads() throws Exception {
        System.out.println("roles test: -Dcarillon.tests.seed=" + seed);
        try (CarillonGroup group =
                CarillonGroup.startAs("roles", List.of("", "/priority=0", "/priority=0", "/learner"), SETTINGS)) {
            CarillonServer first = group.nodes().getFirst();
            List<CarillonServer> copies = group.nodes().subList(1, 3);
            CarillonServer learner = group.nodes().getLast();
            try (Workload load = Workload.start(List.of(learner.broker()), seed, PAUSE)) {
                load.awaitAcked(100);
                assertThat(group.leader()).isSameAs(first);
                Cluster.await(
                        learner,
                        Cluster.DONE,
                        List.of("1 leader yes", "2 follower never leads", "4 learner no", "3 of 3 voters answer"),
                        "status");
                group.nodes().forEach(node -> awaitReady(node, true));
                Cluster.await(learner, Cluster.REFUSED, List.of("never leads"), "transfer", "2");
                Cluster.await(learner, Cluster.REFUSED, List.of("is not a voter"), "transfer", "4");

                takesNothingWhenALearnerAloneIsBesideTheLeader(copies, learner, load);
                takesNothingWhenTheMajorityNeverLeads(first, copies.getFirst(), load);
                leadsWhenItWasPromoted(group, learner, load);

                requireThatAllIsThere(group, load);
            }
        }
    }

    private static void awaitReady(CarillonServer node, boolean isReady) {
        Path file = node.data().resolve("ready");
        Awaitility.await(file.toString()).atMost(PATIENCE).until(() -> Files.exists(file) == isReady);
    }

    private void takesNothingWhenALearnerAloneIsBesideTheLeader(
            List<CarillonServer> voters, CarillonServer learner, Workload load) throws Exception {
        load.fault("the leader and a learner alone");
        voters.forEach(voter -> voter.brokerProcess().pause());
        try {
            assertTakesNothing(learner, load);
            awaitReady(learner, false);
        } finally {
            voters.forEach(voter -> voter.brokerProcess().resume());
        }
        load.awaitAcked(50);
    }

    /** The learner does not know that nobody leads, and answers nothing. */
    private void takesNothingWhenTheMajorityNeverLeads(CarillonServer first, CarillonServer copy, Workload load)
            throws Exception {
        load.fault("two that never lead and a learner");
        first.kill();
        assertTakesNothing(copy, load);
        first.restart();
        load.awaitAcked(50);
    }

    /** Of the voters that are left it alone may lead. */
    private static void leadsWhenItWasPromoted(CarillonGroup group, CarillonServer learner, Workload load) {
        CarillonServer first = group.awaitLeader();
        load.fault("promotion of a learner");
        Cluster.await(learner, Cluster.DONE, List.of("vote"), "promote", "4");
        load.awaitAcked(50);

        load.fault("death of the one that led before");
        first.kill();
        assertThat(group.awaitOtherLeader(first)).isSameAs(learner);
        load.awaitAcked(50);
        Cluster.await(learner, Cluster.DONE, List.of("4 leader yes", "3 of 4 voters answer"), "status");
        first.restart();
    }

    @Test
    void whoeverHasMoreLeadsRatherAndTheLeadershipIsHandedBackByHandOnly() throws Exception {
        System.out.println("roles test: -Dcarillon.tests.seed=" + seed);
        try (CarillonGroup group =
                CarillonGroup.startAs("priorities", List.of("/priority=50", "", "/priority=80"), SETTINGS)) {
            CarillonServer low = group.nodes().get(0);
            CarillonServer high = group.nodes().get(1);
            CarillonServer middle = group.nodes().get(2);
            CarillonServer learner = group.startJoining("--learner");
            Cluster.await(low, Cluster.DONE, List.of(), "add", group.peer(learner), "--learner");
            Cluster.await(low, Cluster.DONE, List.of("leads"), "transfer", "2"); // whoever began
            Cluster.awaitLeader(group, high);
            group.awaitThatAllServe();
            leadsWhileTheHighestIsPaused(group, high, middle);
            try (Workload load = Workload.start(List.of(learner.broker()), seed, PAUSE)) {
                load.awaitAcked(50);
                Cluster.await(
                        learner,
                        Cluster.DONE,
                        List.of("1 follower yes", "2 follower yes", "3 leader yes", "4 learner no"),
                        "status");

                load.fault("hand-over to the one with the highest priority");
                Cluster.await(learner, Cluster.DONE, List.of("leads"), "transfer", "2");
                Cluster.awaitLeader(group, high);
                load.awaitAcked(50);

                requireThatAllIsThere(group, load);
            }
        }
    }

    /** At rest: under load the other one may have an entry more, and then gives it no vote. */
    private static void leadsWhileTheHighestIsPaused(CarillonGroup group, CarillonServer high, CarillonServer next) {
        Cluster.awaitAll(high, next);
        high.brokerProcess().pause();
        try {
            assertThat(group.awaitOtherLeader(high)).isSameAs(next);
        } finally {
            high.brokerProcess().resume();
        }
    }

    private static ConditionFactory waiting(String what) {
        return Awaitility.await(what).atMost(PATIENCE).pollDelay(Duration.ZERO);
    }

    /** What is sent to a member is refused, and for some election timeouts nothing is acknowledged. */
    private void assertTakesNothing(CarillonServer asked, Workload load) throws Exception {
        RawTopic topic = new RawTopic(Names.unique("refused"));
        waiting("a refusal").pollInterval(Duration.ofMillis(20)).until(() -> answerTo(asked, topic) == UNAVAILABLE);
        long before = load.acked();
        long until = System.nanoTime() + 2 * ELECTION_TIMEOUT.toNanos();
        waiting("that nothing happens").pollInterval(Duration.ofMillis(10)).until(() -> System.nanoTime() - until >= 0);
        assertThat(load.acked())
                .as("acknowledged without a majority, seed " + seed)
                .isEqualTo(before);
        assertThat(answerTo(asked, topic)).isNotEqualTo(RawTopic.OK);
    }

    /** The code of the answer to a send; -1 when there is none. */
    private static int answerTo(CarillonServer asked, RawTopic topic) throws InterruptedException {
        Event.Key key = new Event.Key("refused", 1);
        try (RawClient client = RawClient.connect(asked.broker())) {
            return topic.send(client, 0, Stream.uniqueId(key), new byte[1])
                    .get(1, TimeUnit.SECONDS)
                    .code();
        } catch (IOException | ExecutionException | TimeoutException e) {
            return -1;
        }
    }

    private void requireThatAllIsThere(CarillonGroup group, Workload load) throws IOException {
        load.finish();
        load.audit();
        assertThat(load.violations(true)).as("seed " + seed).isEmpty();
        assertThat(new Replicas(group).differences(load)).as("seed " + seed).isEmpty();
    }
}
