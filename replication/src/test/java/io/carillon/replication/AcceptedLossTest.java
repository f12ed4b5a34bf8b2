package io.carillon.replication;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.log.LogConfig;
import io.carillon.log.ReplicaCopy;
import io.carillon.replication.Change.Reason;
import io.carillon.replication.ReplicationConfig.Begins;
import io.carillon.testkit.Loss;
import io.carillon.testkit.LossyStorage;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** When a member that lost something is not let vote, whatever an operator says; that one is, is in {@link FaultTest}. */
class AcceptedLossTest {
    private static final Set<String> FIVE = Set.of("a:1", "b:1", "c:1", "d:1", "e:1");

    private static Questions.Told told(Role role) {
        return new Questions.Told("g", role, 3, 100, 100, 0, false, false, -1, -1);
    }

    private static void assertRefused(@Nullable Change change, Reason reason, String why) {
        assertThat(change).isInstanceOfSatisfying(Change.Refused.class, refused -> {
            assertThat(refused.reason()).isEqualTo(reason);
            assertThat(refused.why()).contains(why);
        });
    }

    @ParameterizedTest
    @EnumSource(
            value = Role.class,
            names = {"LEADER", "HANDING_OVER"})
    void whileSomebodyLeads(Role leading) {
        assertRefused(
                AcceptedLoss.obstacle(FIVE, Map.of("b:1", told(leading))),
                Reason.WOULD_LOSE_MAJORITY,
                "b:1 leads the group");
    }

    @Test
    void whileAMajorityTakesPart() {
        Map<String, Questions.Told> two = Map.of("b:1", told(Role.FOLLOWER), "c:1", told(Role.CANDIDATE));
        Map<String, Questions.Told> three =
                Map.of("b:1", told(Role.FOLLOWER), "c:1", told(Role.CANDIDATE), "d:1", told(Role.FOLLOWER));
        Map<String, Questions.Told> noVotes = Map.of(
                "b:1", told(Role.FOLLOWER),
                "c:1", told(Role.WAITING),
                "d:1", told(Role.LEARNER),
                "e:1", told(Role.FAILED));

        assertThat(AcceptedLoss.obstacle(FIVE, two)).isNull();
        assertThat(AcceptedLoss.obstacle(FIVE, noVotes)).isNull();
        assertRefused(AcceptedLoss.obstacle(FIVE, three), Reason.WOULD_LOSE_MAJORITY, "3 of 5 voters take part");
    }

    @Test
    void whileOthersHaveWhatItLost(@TempDir Path folder) {
        LogConfig written = TestGroup.with(TestGroup.SMALL_SEGMENTS, LogConfig.Flush.ASYNC);
        try (TestGroup group = new TestGroup(folder, written)) {
            List<String> addresses = TestGroup.addresses(3);
            addresses.forEach(address -> group.add(address, addresses, config -> config.withBegins(Begins.CAREFULLY))
                    .storage = new LossyStorage());
            group.members.forEach(TestMember::start);
            group.send("orders", "m0", 10);
            TestMember lost = group.follower();
            TestGroup.await("some of it is forced", () -> lost.log().replica().checkpointIndex() > 1);
            LossyStorage left = ((LossyStorage) lost.storage).afterPowerLoss(Loss.seeded(1));
            lost.stop();
            lost.storage = left;
            group.send("orders", "m1", 10);

            synchronized (lost) { // so that it is not opened anew with a copy meanwhile
                lost.start();
                assertRefused(lost.group().acceptLoss(), Reason.WOULD_LOSE_MAJORITY, "leads the group");
                assertThat(lost.log().replica().noVote()).contains("not forced");
            }
            group.requireAll("orders", 2);
            TestGroup.awaitVoters(group, 3);
        }
    }

    @Test
    void whenItHasNothingLeft(@TempDir Path folder) {
        try (TestGroup group =
                TestGroup.of(3, folder, TestGroup.SMALL_SEGMENTS, config -> config.withBegins(Begins.CAREFULLY))) {
            group.send("orders", "m0", 10);
            group.members.forEach(TestMember::stop);
            TestMember damaged = group.members.getFirst();
            ReplicaCopy.setAside(damaged.storage, group.name, "a flipped byte");
            damaged.start();

            assertRefused(damaged.group().acceptLoss(), Reason.WOULD_LOSE_MAJORITY, "a flipped byte");
            assertThat(damaged.role()).isEqualTo(Role.WAITING);
        }
    }

    @Test
    void whenItLostNothing(@TempDir Path folder) {
        try (TestGroup group = TestGroup.of(1, folder)) {
            assertRefused(group.leader().group().acceptLoss(), Reason.ALREADY_SO, "nothing that it lost");
        }
    }
}
