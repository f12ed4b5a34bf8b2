package io.carillon.replication;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.carillon.base.Counters;
import io.carillon.base.Ticker;
import io.carillon.log.LogConfig;
import io.carillon.log.MessageLog;
import io.carillon.replication.ReplicationConfig.Begins;
import io.carillon.testkit.Call;
import io.carillon.testkit.Fault;
import io.carillon.testkit.Loss;
import io.carillon.testkit.LossyStorage;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Disks that fail, machines that lose power, and copies that are not let end. */
class FaultTest {
    private static void send(TestGroup group, int from, int to) {
        for (int i = from; i < to; i++) {
            assertThat(group.send("orders", "m" + i, 2000)).isEqualTo(i);
        }
    }

    private static TestGroup onLossyDisks(Path folder, LogConfig logConfig, Begins begins) {
        TestGroup group = new TestGroup(folder, logConfig);
        List<String> addresses = TestGroup.addresses(3);
        for (String address : addresses) {
            group.add(address, addresses, config -> config.withBegins(begins)).storage = new LossyStorage();
        }
        group.members.forEach(TestMember::start);
        return group;
    }

    private static LossyStorage diskOf(TestMember member) {
        return (LossyStorage) member.storage;
    }

    @Test
    void whoseDiskFailsLeadsNoMore(@TempDir Path folder) {
        try (TestGroup group = onLossyDisks(folder, TestGroup.SMALL_SEGMENTS, Begins.NEW)) {
            send(group, 0, 10);
            TestMember broken = group.leader();
            diskOf(broken).failFrom(Call.Kind.FORCE, 1, Fault.IO_ERROR);
            send(group, 10, 30);
            TestGroup.await("it is out", () -> broken.hasFailed);
            assertThat(group.leader()).isNotSameAs(broken);
            assertThat(broken.log().state()).isNotNull();

            broken.stop();
            broken.storage = diskOf(broken).afterPowerLoss(Loss.seeded(3));
            broken.start();
            group.requireAll("orders", 30);
            TestGroup.requireSameLogs(group.members);
        }
    }

    @Test
    void losesNothingThatWasAcknowledgedWhenAllLosePowerAtOnce(@TempDir Path folder) {
        try (TestGroup group = onLossyDisks(folder, TestGroup.SMALL_SEGMENTS, Begins.NEW)) {
            Random random = new Random(7);
            int sent = 0;
            for (int round = 0; round < 3; round++) {
                send(group, sent, sent + 30);
                sent += 30;
                for (int i = 0; i < 5; i++) {
                    group.leader().send("noise", "n" + round + "-" + i, 3000);
                }
                List<LossyStorage> left = new ArrayList<>();
                group.members.forEach(
                        member -> left.add(diskOf(member).afterPowerLoss(Loss.seeded(random.nextLong()))));
                for (int i = 0; i < 3; i++) {
                    group.members.get(i).stop();
                    group.members.get(i).storage = left.get(i);
                }
                int first = random.nextInt(3);
                for (int i = 0; i < 3; i++) {
                    group.members.get((first + i) % 3).start();
                }
                group.requireAll("orders", sent);
            }
            send(group, sent, sent + 5);
            group.requireAll("orders", sent + 5);
            TestGroup.requireSameLogs(group.members);
        }
    }

    @Test
    void goesOnWithAnotherLeaderWhenACopyIsInterrupted(@TempDir Path folder) {
        try (TestGroup group = TestGroup.of(
                3,
                folder,
                TestGroup.SMALL_SEGMENTS,
                config -> config.withKeepForFollowers(Duration.ofMillis(100)).withCopyBytesPerSecond(4_000_000))) {
            send(group, 0, 10);
            TestMember behind = group.follower();
            behind.stop();
            for (int i = 0; i < 60; i++) {
                group.send("bulk", "b" + i, 60_000);
            }
            for (TestMember member : group.members) {
                if (member != behind) {
                    TestGroup.await("no old entries are sent any more", () -> {
                        group.send("other", "x" + member.count("other"), 10);
                        return member.log().replica().firstIndex() > 60;
                    });
                }
            }
            TestMember first = group.leader();
            behind.start();
            TestGroup.await("it copies", () -> behind.copiedBytes() > 1_000_000);
            TestMember second = group.members.stream()
                    .filter(member -> member != first && member != behind)
                    .findFirst()
                    .orElseThrow();
            assertThat(first.group().transfer(second.address())).isInstanceOf(Change.Begun.class);
            TestGroup.await("another one leads", () -> second.isLeading);
            first.stop();
            send(group, 10, 15);
            first.start();

            TestGroup.await("it has all", () -> behind.count("orders") == 15);
            group.requireAll("orders", 15);
            TestGroup.await("the bulk is there", () -> behind.count("bulk") == 60);
            TestGroup.requireSameLogs(group.members);
        }
    }

    @Test
    void cutsOffWhatALeaderAloneHad(@TempDir Path folder) throws Exception {
        try (TestGroup group = TestGroup.of(3, folder, TestGroup.SMALL_SEGMENTS, config -> config)) {
            send(group, 0, 10);
            TestMember alone = group.leader();
            List<TestMember> others =
                    group.members.stream().filter(member -> member != alone).toList();
            others.forEach(TestMember::stop);
            long before = alone.log().replica().indexMax();
            for (int i = 0; i < 60; i++) {
                alone.send("orders", "lost" + i, 3000); // more than a segment, and nobody agrees
            }
            TestGroup.await("it is written", () -> alone.log().replica().indexMax() > before + 5);
            alone.stop();
            others.forEach(TestMember::start);
            send(group, 10, 20);
            alone.start();

            group.requireAll("orders", 20);
            send(group, 20, 25);
            group.requireAll("orders", 25);
            TestGroup.requireSameLogs(group.members);
        }
    }

    @Test
    void hasNoVoteAfterAPowerLossWhereWrittenIsEnough(@TempDir Path folder) {
        LogConfig written = TestGroup.with(TestGroup.SMALL_SEGMENTS, LogConfig.Flush.ASYNC);
        try (TestGroup group = onLossyDisks(folder, written, Begins.CAREFULLY)) {
            send(group, 0, 20);
            TestMember lost = group.follower();
            TestGroup.await("it has all", () -> lost.count("orders") == 20);
            LossyStorage left = diskOf(lost).afterPowerLoss(Loss.seeded(1));
            lost.stop();
            lost.storage = left;
            send(group, 20, 25);
            lost.start();
            assertThat(lost.log().replica().noVote()).contains("not forced");

            TestGroup.await("it has all", () -> lost.count("orders") == 25);
            TestGroup.awaitVoters(group, 3);
            assertThat(lost.reopened).isPositive();
            assertThat(lost.log().replica().noVote()).isNull();
            group.requireAll("orders", 25);
            TestGroup.requireSameLogs(group.members);

            TestMember clean = group.follower();
            clean.stop();
            clean.start();
            assertThat(clean.log().replica().noVote()).isNull();
            group.requireAll("orders", 25);
        }
    }

    @Test
    void goesOnAfterAllLostPowerWhereWrittenIsEnoughWhenSomebodyTakesTheLoss(@TempDir Path folder) {
        LogConfig written = TestGroup.with(TestGroup.SMALL_SEGMENTS, LogConfig.Flush.ASYNC);
        try (TestGroup group = onLossyDisks(folder, written, Begins.CAREFULLY)) {
            send(group, 0, 20);
            TestGroup.await(
                    "all have all, and some of it forced",
                    () -> group.members.stream()
                            .allMatch(member -> member.count("orders") == 20
                                    && member.log().replica().checkpointIndex() > 5));
            List<LossyStorage> left = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                left.add(diskOf(group.members.get(i)).afterPowerLoss(Loss.seeded(i + 1)));
            }
            for (int i = 0; i < 3; i++) {
                group.members.get(i).stop();
                group.members.get(i).storage = left.get(i);
            }
            group.members.forEach(TestMember::start);
            assertThat(group.members).allSatisfy(member -> {
                assertThat(member.log().replica().noVote()).contains("not forced");
                assertThat(member.role()).isEqualTo(Role.WAITING);
            });

            List<TestMember> byLog = group.members.stream()
                    .sorted(Comparator.comparingLong((TestMember member) ->
                                    member.log().replica().indexMax())
                            .reversed())
                    .toList();
            assertThat(byLog.get(0).group().acceptLoss()).isInstanceOf(Change.Done.class);
            assertThat(byLog.get(0).group().acceptLoss())
                    .isInstanceOfSatisfying(
                            Change.Refused.class,
                            refused -> assertThat(refused.reason()).isEqualTo(Change.Reason.ALREADY_SO));
            assertThat(byLog.get(1).group().acceptLoss()).isInstanceOf(Change.Done.class);

            int kept = Math.toIntExact(group.leader().count("orders"));
            assertThat(kept).isPositive();
            send(group, kept, kept + 5);
            TestGroup.awaitVoters(group, 3);
            assertThat(byLog.get(2).log().replica().noVote()).isNull();
            group.requireAll("orders", kept + 5);
            TestGroup.requireSameLogs(group.members);
        }
    }

    @Test
    void tellsWhoOpensAReplicasLogAlone(@TempDir Path folder) {
        try (TestGroup group = TestGroup.of(1, folder)) {
            send(group, 0, 3);
            TestMember member = group.members.getFirst();
            member.stop();
            assertThat(catchThrowable(() -> MessageLog.open(
                            LogConfig.DEFAULT, member.storage, Ticker.system(), member, new Counters())))
                    .hasMessageContaining("replica of a group");
        }
    }
}
