package io.carillon.replication;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.log.LogConfig;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RaftGroupTest {
    @Test
    void keepsTenMessagesInOrderThoughTheMasterDiesWithASlaveAtNine(@TempDir Path folder) throws Exception {
        try (TestGroup group = TestGroup.of(3, folder)) {
            TestMember first = group.leader();
            for (int i = 0; i < 10; i++) {
                assertThat(first.send("orders", "m" + i).get(20, TimeUnit.SECONDS))
                        .isEqualTo(i);
            }
            first.stop();
            TestMember second = group.leader();

            assertThat(second).isNotSameAs(first);
            assertThat(second.send("orders", "m10").get(20, TimeUnit.SECONDS)).isEqualTo(10);
            first.start();
            group.requireAll("orders", 11);
        }
    }

    @Test
    void tellsWhoIsWhatAndHandsOverWhenAsked(@TempDir Path folder) throws Exception {
        try (TestGroup group = TestGroup.of(3, folder)) {
            TestMember first = group.leader();
            for (int i = 0; i < 3; i++) {
                assertThat(first.send("orders", "m" + i).get(20, TimeUnit.SECONDS))
                        .isEqualTo(i);
            }
            TestMember second = group.follower();
            GroupStatus status = second.group().status();
            assertThat(status.role()).isEqualTo(Role.FOLLOWER);
            assertThat(status.leader()).isEqualTo(first.address());
            assertThat(status.term()).isEqualTo(first.group().term()).isPositive();
            assertThat(status.members())
                    .hasSize(3)
                    .allSatisfy(member -> assertThat(member.isVoter()).isTrue());
            MemberStatus leading = status.members().stream()
                    .filter(member -> member.address().equals(first.address()))
                    .findFirst()
                    .orElseThrow();
            assertThat(leading.role()).isEqualTo(Role.LEADER);
            assertThat(leading.lastIndex()).isGreaterThanOrEqualTo(4);

            assertThat(second.group().transfer(second.address()))
                    .isInstanceOfSatisfying(Change.Refused.class, refused -> {
                        assertThat(refused.reason()).isEqualTo(Change.Reason.NOT_LEADER);
                        assertThat(refused.why()).contains(first.address());
                    });
            assertThat(first.group().transfer("127.0.0.1:1"))
                    .isInstanceOfSatisfying(
                            Change.Refused.class,
                            refused -> assertThat(refused.reason()).isEqualTo(Change.Reason.UNKNOWN_MEMBER));
            assertThat(first.group().transfer(second.address())).isInstanceOf(Change.Begun.class);
            TestGroup.await("the second one leads", () -> second.isLeading && !first.isLeading);
            assertThat(second.send("orders", "m3").get(20, TimeUnit.SECONDS)).isEqualTo(3);
            long index = first.group().readBarrier().get(20, TimeUnit.SECONDS);
            assertThat(index).isPositive();
            assertThat(first.count("orders")).isEqualTo(4);
        }
    }

    @Test
    void doesNotLetAMemberGoWithoutWhichThereIsNoMajority(@TempDir Path folder) throws Exception {
        try (TestGroup group = TestGroup.of(3, folder)) {
            TestMember leader = group.leader();
            List<TestMember> others =
                    group.members.stream().filter(member -> member != leader).toList();
            others.get(0).stop();

            assertThat(leader.group().removePeer(others.get(1).address()).get(20, TimeUnit.SECONDS))
                    .isInstanceOfSatisfying(
                            Change.Refused.class,
                            refused -> assertThat(refused.reason()).isEqualTo(Change.Reason.WOULD_LOSE_MAJORITY));
            assertThat(leader.group().removePeer(others.get(0).address()).get(20, TimeUnit.SECONDS))
                    .isEqualTo(new Change.Done());
            assertThat(leader.group().status().members()).hasSize(2);
            assertThat(leader.send("orders", "m0").get(20, TimeUnit.SECONDS)).isZero();
        }
    }

    @Test
    void neverLeadsWithThePriorityZero(@TempDir Path folder) throws Exception {
        try (TestGroup group =
                TestGroup.of(3, folder, LogConfig.DEFAULT, config -> config.withPriorities(100, 50, 0))) {
            TestMember leader = group.leader();
            TestMember copy = group.members.get(2);
            assertThat(leader).isNotSameAs(copy);
            assertThat(leader.group().transfer(copy.address())).isInstanceOf(Change.Refused.class);
            assertThat(leader.send("orders", "m0").get(20, TimeUnit.SECONDS)).isZero();
            group.requireAll("orders", 1);
            assertThat(copy.group().status().members())
                    .filteredOn(member -> member.address().equals(copy.address()))
                    .allSatisfy(member -> assertThat(member.priority()).isZero());
        }
    }

    @Test
    void goesOnThoughTheOnlyOneThatHasAllNeverLeads(@TempDir Path folder) {
        try (TestGroup group = TestGroup.of(
                3,
                folder,
                LogConfig.DEFAULT,
                config -> config.withPriorities(100, 100, 0).withElectionTimeout(Duration.ofMillis(200)))) {
            TestMember leader = group.leader();
            TestMember copy = group.members.get(2);
            TestMember other = group.members.get(leader == group.members.get(0) ? 1 : 0);
            other.stop();
            for (int i = 0; i < 10; i++) {
                group.send("orders", "m" + i, 0);
            }
            leader.stop();
            other.start();

            TestGroup.await("the one that may lead does", () -> {
                assertThat(copy.isLeading).isFalse();
                assertThat(copy.role()).isNotEqualTo(Role.LEADER);
                return other.isLeading;
            });
            group.send("orders", "m10", 0);
            leader.start();
            group.requireAll("orders", 11);
            TestGroup.requireSameLogs(group.members);
        }
    }

    @Test
    void neitherALearnerNorAMajorityThatNeverLeadsLeads(@TempDir Path folder) throws Exception {
        List<String> addresses = TestGroup.addresses(4);
        List<String> voters = addresses.subList(0, 3);
        Map<String, Integer> priorities = Map.of(voters.get(0), 100, voters.get(1), 0, voters.get(2), 0);
        Duration timeout = Duration.ofMillis(200);
        try (TestGroup group = new TestGroup(folder, LogConfig.DEFAULT)) {
            addresses.forEach(address -> group.add(
                            address,
                            voters,
                            config -> config.withPriorities(priorities)
                                    .withLearners(addresses.subList(3, 4))
                                    .withElectionTimeout(timeout))
                    .start());
            TestMember first = group.members.getFirst();
            TestMember learner = group.members.getLast();
            assertThat(group.leader()).isSameAs(first);
            group.send("orders", "m0", 0);
            group.requireAll("orders", 1);
            assertThat(learner.role()).isEqualTo(Role.LEARNER);
            assertThat(first.group().status().members())
                    .filteredOn(member -> !member.isVoter())
                    .extracting(MemberStatus::address)
                    .containsExactly(learner.address());
            assertThat(first.group().transfer(learner.address())).isInstanceOf(Change.Refused.class);

            first.stop();
            // The learner does not look for one, and knows the first until another one comes.
            TestGroup.await(
                    "the others know that it is gone",
                    () -> group.members.subList(1, 3).stream()
                            .allMatch(member -> member.group().leader() == null));
            long endNs = System.nanoTime() + 5 * timeout.toNanos();
            while (System.nanoTime() < endNs) {
                assertThat(group.members).noneMatch(member -> member.isLeading);
                LockSupport.parkNanos(10_000_000);
            }

            first.start();
            assertThat(group.leader()).isSameAs(first);
            group.send("orders", "m1", 0);
            group.requireAll("orders", 2);
        }
    }
}
