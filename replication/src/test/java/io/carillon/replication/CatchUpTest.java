package io.carillon.replication;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.base.ByteSize;
import io.carillon.base.Counters;
import io.carillon.base.Ticker;
import io.carillon.log.FileStorage;
import io.carillon.log.LogConfig;
import io.carillon.log.MessageLog;
import io.carillon.replication.ReplicationConfig.Begins;
import io.carillon.testkit.Changed;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Replicas that lack what the leader sends no more, or lost what they had. */
class CatchUpTest {
    /** Small segments, of which all but the last are dropped as soon as nobody needs them; checkpoints at once. */
    private static final LogConfig SMALL = new LogConfig(
            LogConfig.Flush.SYNC,
            ByteSize.kib(64),
            Duration.ofMillis(500),
            Duration.ofMillis(50),
            ByteSize.mib(256),
            ByteSize.mib(32),
            Duration.ofDays(3),
            ByteSize.kib(192),
            100,
            new ByteSize(0),
            Duration.ofMinutes(10),
            1_000_000,
            ByteSize.gib(1),
            Duration.ofDays(7));

    private static final LogConfig KEEPING = TestGroup.SMALL_SEGMENTS;

    private static void send(TestGroup group, int from, int to) {
        for (int i = from; i < to; i++) {
            assertThat(group.send("orders", "m" + i, 2000)).isEqualTo(i);
        }
    }

    @Test
    void startsAtItsCheckpointAndDropsWhatIsOldThoughItIsAReplica(@TempDir Path folder) {
        try (TestGroup group = TestGroup.of(3, folder, SMALL, config -> config)) {
            int sent = 0;
            long endNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
            while (group.members.stream().anyMatch(member -> member.log().offsetMin() < 65_536)) {
                assertThat(System.nanoTime()).isLessThan(endNs);
                send(group, sent, sent + 20);
                sent += 20;
            }
            TestMember follower = group.follower();
            long first = follower.log().replica().firstIndex();
            assertThat(first).isGreaterThan(1);
            int before = sent;
            TestGroup.await("it has all", () -> follower.count("orders") == before);
            follower.stop();
            send(group, sent, sent + 5);
            follower.start();

            assertThat(follower.log().replica().checkpointIndex()).isPositive();
            TestGroup.await("it has all", () -> follower.count("orders") == before + 5);
            assertThat(follower.body("orders", before + 4)).isEqualTo("m" + (before + 4));
            assertThat(follower.reopened).isZero();
        }
    }

    @Test
    void copiesTheFilesOfALeaderThatSendsThemNoMore(@TempDir Path folder) {
        try (TestGroup group =
                TestGroup.of(3, folder, KEEPING, config -> config.withKeepForFollowers(Duration.ofMillis(200)))) {
            send(group, 0, 10);
            TestMember behind = group.follower();
            behind.stop();
            send(group, 10, 200);
            TestMember leader = group.leader();
            TestGroup.await("the leader sends no more what is old", () -> {
                group.send("other", "x" + leader.count("other"), 10);
                return leader.log().replica().firstIndex() > 200;
            });
            behind.start();

            TestGroup.await("it has all", () -> behind.count("orders") == 200);
            assertThat(behind.reopened).isPositive();
            group.requireAll("orders", 200);
            send(group, 200, 210);
            group.requireAll("orders", 210);
            TestGroup.requireSameLogs(group.members);
        }
    }

    @Test
    void takesAWipedMemberInAgainWithoutAskingAnybody(@TempDir Path folder) throws IOException {
        try (TestGroup group = TestGroup.of(3, folder, KEEPING, config -> config.withBegins(Begins.CAREFULLY))) {
            send(group, 0, 20);
            TestMember wiped = group.follower();
            wiped.stop();
            send(group, 20, 30);
            wipe(folder.resolve("m" + group.members.indexOf(wiped)));
            wiped.start();

            TestGroup.await("it has all", () -> wiped.count("orders") == 30);
            TestGroup.await("it has its vote again", () -> wiped.role() == Role.FOLLOWER);
            TestMember leader = group.leader();
            TestGroup.awaitVoters(leader, 3);
            TestMember third = group.members.stream()
                    .filter(member -> member != leader && member != wiped)
                    .findFirst()
                    .orElseThrow();
            third.stop();
            send(group, 30, 35);
            third.start();
            group.requireAll("orders", 35);
            TestGroup.requireSameLogs(group.members);
        }
    }

    @Test
    void aMemberThatJoinedAndLostWhatItHadCopiesTheLogBeforeItVotes(@TempDir Path folder) throws IOException {
        List<String> addresses = TestGroup.addresses(3);
        try (TestGroup group = new TestGroup(folder, KEEPING)) {
            for (String address : addresses) {
                boolean isJoining = address.equals(addresses.getLast());
                group.add(address, addresses, config -> config.withBegins(isJoining ? Begins.JOINING : Begins.NEW));
            }
            group.members.forEach(TestMember::start);
            TestMember joining = group.members.getLast();
            send(group, 0, 10);
            TestGroup.await("it has its vote", () -> joining.role() == Role.FOLLOWER);
            TestGroup.awaitVoters(group, 3);
            int before = joining.reopened;
            joining.stop();
            wipe(folder.resolve("m2"));
            joining.start();

            TestGroup.await("it has all", () -> joining.count("orders") == 10);
            TestGroup.await("it has its vote again", () -> joining.role() == Role.FOLLOWER);
            assertThat(joining.reopened).isGreaterThan(before);
            group.requireAll("orders", 10);
        }
    }

    /** As after {@code carillon cluster replace}: those that were there first know nothing of it but what the log says. */
    @Test
    void oneThatWasAddedAndThatNobodyNamesHasItsVoteAgainAfterAWipe(@TempDir Path folder) throws Exception {
        List<String> addresses = TestGroup.addresses(3);
        String added = addresses.getLast();
        try (TestGroup group = new TestGroup(folder, KEEPING)) {
            for (String address : addresses) {
                boolean isJoining = address.equals(added);
                group.add(
                        address,
                        isJoining ? addresses : addresses.subList(0, 2),
                        config -> config.withBegins(isJoining ? Begins.JOINING : Begins.NEW));
            }
            group.members.forEach(TestMember::start);
            TestMember joining = group.members.getLast();
            send(group, 0, 10);
            TestGroup.await("it waits", () -> joining.role() == Role.WAITING);
            assertThat(group.leader().group().addPeer(added).get(20, TimeUnit.SECONDS))
                    .isInstanceOf(Change.Begun.class);
            TestGroup.await("it has its vote", () -> joining.role() == Role.FOLLOWER);
            TestGroup.awaitVoters(group, 3);
            joining.stop();
            wipe(folder.resolve("m2"));
            joining.start();

            TestGroup.await("it has all", () -> joining.count("orders") == 10);
            TestGroup.await("it has its vote again", () -> joining.role() == Role.FOLLOWER);
            TestGroup.awaitVoters(group, 3);
        }
    }

    private static void wipe(Path folder) throws IOException {
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }

    @Test
    void growsALogOfOneProcessIntoAGroupOfThree(@TempDir Path folder) throws Exception {
        List<String> addresses = TestGroup.addresses(3);
        try (TestGroup group = new TestGroup(folder, KEEPING)) {
            addresses.forEach(address -> group.add(address, addresses, config -> config.withBegins(Begins.CAREFULLY)));
            TestMember first = group.members.getFirst();
            for (int i = 0; i < 3; i++) {
                // opened and closed several times, so that there are several terms
                try (MessageLog alone =
                        MessageLog.open(KEEPING, first.storage, Ticker.system(), first, new Counters())) {
                    first.startAlone(alone);
                    for (int j = 0; j < 10; j++) {
                        assertThat(first.send("orders", "m" + (10 * i + j), 500).get(20, TimeUnit.SECONDS))
                                .isEqualTo(10 * i + j);
                    }
                    first.stopAlone();
                }
            }
            group.members.forEach(TestMember::start);

            TestGroup.await("the first one leads", () -> first.isLeading);
            group.requireAll("orders", 30);
            send(group, 30, 40);
            TestGroup.awaitVoters(first, 3);
            first.stop();
            send(group, 40, 45);
            first.start();
            group.requireAll("orders", 45);
            TestGroup.requireSameLogs(group.members);
        }
    }

    @Test
    void aLogOfOneProcessMakesNoGroupOfItsOwnBesideTheOneThatThereIs(@TempDir Path folder) throws Exception {
        try (TestGroup group = TestGroup.of(3, folder, KEEPING, config -> config)) {
            send(group, 0, 10);
            TestMember restored = group.follower();
            restored.stop();
            wipe(folder.resolve("m" + group.members.indexOf(restored)));
            try (MessageLog alone =
                    MessageLog.open(KEEPING, restored.storage, Ticker.system(), restored, new Counters())) {
                restored.startAlone(alone);
                restored.send("orders", "of the backup").get(20, TimeUnit.SECONDS);
                restored.stopAlone();
            }
            restored.start();

            send(group, 10, 20);
            long endNs = System.nanoTime() + 2 * TestGroup.ELECTION.toNanos();
            while (System.nanoTime() < endNs) {
                assertThat(restored.role()).isEqualTo(Role.WAITING);
                Thread.onSpinWait();
            }
            assertThat(restored.body("orders", 0)).isEqualTo("of the backup");
        }
    }

    @Test
    void repairsADamagedSegmentFromItsPeers(@TempDir Path folder) throws IOException {
        try (TestGroup group = TestGroup.of(3, folder, KEEPING, config -> config)) {
            send(group, 0, 100);
            TestMember damaged = group.follower();
            TestGroup.await("it has all", () -> damaged.count("orders") == 100);
            damaged.stop();
            damage((FileStorage) damaged.storage);
            send(group, 100, 110);
            damaged.startOrRepair();

            TestGroup.await("it has all", () -> damaged.count("orders") == 110);
            TestGroup.await("it has its vote again", () -> damaged.role() == Role.FOLLOWER);
            group.requireAll("orders", 110);
            TestGroup.requireSameLogs(group.members);
        }
    }

    /** Flips a bit in the middle of the second segment, and has the indexes built anew so that it is looked at. */
    private static void damage(FileStorage storage) {
        String second = "log/"
                + storage.list("log").stream()
                        .filter(name -> name.matches("\\d+"))
                        .toList()
                        .get(1);
        try (var file = storage.open(second)) {
            var bytes = ByteBuffer.allocate(1);
            file.read(20_000, bytes);
            file.write(20_000, ByteBuffer.wrap(new byte[] {(byte) (bytes.get(0) ^ 4)}));
        }
        storage.delete("checkpoint");
    }

    @Test
    void aLearnerHasACopyAndAVoteWhenItIsPromoted(@TempDir Path folder) throws Exception {
        try (TestGroup group = TestGroup.of(1, folder, KEEPING, config -> config)) {
            send(group, 0, 20);
            TestMember leader = group.leader();
            String address = TestGroup.addresses(1).getFirst();
            TestMember learner = group.add(
                    address,
                    List.of(leader.address()),
                    config -> config.withLearners(List.of(address)).withBegins(Begins.JOINING));
            assertThat(leader.group().addLearner(address).get(20, TimeUnit.SECONDS))
                    .isInstanceOf(Change.Refused.class);
            learner.start();
            TestGroup.await("it waits", () -> learner.role() == Role.WAITING);
            assertThat(leader.group().addLearner(address).get(20, TimeUnit.SECONDS))
                    .isEqualTo(new Change.Done());
            TestGroup.await("it has all", () -> learner.count("orders") == 20);
            TestGroup.await("it is a learner", () -> learner.role() == Role.LEARNER);

            TestGroup.await(
                    "it is promoted",
                    () -> leader.group().promoteLearner(address).join() instanceof Change.Done);
            TestGroup.await("it has a vote", () -> learner.role() == Role.FOLLOWER);
            assertThat(leader.group().transfer(address)).isInstanceOf(Change.Begun.class);
            TestGroup.await("it leads", () -> learner.isLeading);
            send(group, 20, 25);
            group.requireAll("orders", 25);
        }
    }

    /** Neither can do without the other: the one leads only when both have its first entry, the other must copy first. */
    @Test
    void copiesFromALeaderThatNeedsItToAgreeOnAnything(@TempDir Path folder) throws Exception {
        try (TestGroup group =
                TestGroup.of(3, folder, KEEPING, config -> config.withKeepForFollowers(Duration.ofMillis(100)))) {
            send(group, 0, 10);
            TestMember behind = group.follower();
            group.requireAll("orders", 10);
            behind.stop();
            send(group, 10, 20);
            TestMember ahead = group.leader();
            TestGroup.await("no old entries are sent any more", () -> {
                group.send("other", "x" + ahead.count("other"), 10);
                return ahead.log().replica().firstIndex() > 20;
            });
            group.members.forEach(TestMember::stop);
            behind.start();
            ahead.start();

            assertThat(group.send("orders", "m20", 10)).isEqualTo(20);
            group.requireAll("orders", 21);
            assertThat(behind.reopened).isPositive();
        }
    }

    @Test
    void copiesALogThatIsFoundDamagedOnItsDiskWhileItRuns(@TempDir Path folder) throws Exception {
        LogConfig scrubbed = Changed.copy(TestGroup.SMALL_SEGMENTS, "scrubInterval", Duration.ofMillis(200));
        try (TestGroup group = TestGroup.of(3, folder, scrubbed, config -> config.withBegins(Begins.CAREFULLY))) {
            for (int i = 0; i < 60; i++) {
                group.send("orders", "m" + i, 5_000);
            }
            group.requireAll("orders", 60);
            for (TestMember damaged : List.of(group.follower(), group.leader())) {
                Path segment =
                        folder.resolve("m" + group.members.indexOf(damaged)).resolve("data/log/00000000000000000000");
                TestGroup.await(
                        "a checkpoint behind it", () -> damaged.log().replica().checkpointIndex() > 30);
                flipByte(segment, 20_000);

                TestGroup.await("it begins anew", () -> damaged.reopened > 0);
                TestGroup.awaitVoters(group, 3);
                group.requireAll("orders", 60);
                TestGroup.requireSameLogs(group.members);
            }
        }
    }

    /** Nothing but the checksum tells that what the follower lacks is damaged on the leader's disk. */
    @Test
    void aLeaderSendsNothingDamagedAndCopiesWhatItsFollowersHave(@TempDir Path folder) throws Exception {
        try (TestGroup group = TestGroup.of(3, folder, KEEPING, config -> config.withBegins(Begins.CAREFULLY))) {
            send(group, 0, 5);
            TestMember behind = group.follower();
            TestGroup.await("it has all", () -> behind.count("orders") == 5);
            behind.stop();
            send(group, 5, 60);
            TestMember damaged = group.leader();
            TestMember whole = group.follower();
            TestGroup.await("the other one has all", () -> whole.count("orders") == 60);
            TestGroup.await(
                    "a checkpoint behind it", () -> damaged.log().replica().checkpointIndex() > 30);
            flipByte(
                    folder.resolve("m" + group.members.indexOf(damaged)).resolve("data/log/00000000000000000000"),
                    30_000);
            behind.start();

            group.awaitOrTell("what is behind has all", () -> behind.count("orders") == 60);
            group.awaitOrTell("the leader begins anew", () -> damaged.reopened > 0);
            assertThat(behind.hasFailed).isFalse();
            TestGroup.awaitVoters(group, 3);
            group.requireAll("orders", 60);
            TestGroup.requireSameLogs(group.members);
        }
    }

    @Test
    void hasNoVoteWhenTheFileWithItsVoteIsGone(@TempDir Path folder) throws Exception {
        requireWithoutVote(folder, Files::delete);
    }

    /** It reads as well as before, but as a vote in another term. */
    @Test
    void hasNoVoteWhenTheFileWithItsVoteIsDamaged(@TempDir Path folder) throws Exception {
        int termEndsAt = 31;
        requireWithoutVote(folder, file -> flipByte(file, termEndsAt));
    }

    private interface Spoiling {
        void spoil(Path file) throws IOException;
    }

    private static void requireWithoutVote(Path folder, Spoiling spoiling) throws IOException {
        try (TestGroup group = TestGroup.of(3, folder, KEEPING, config -> config)) {
            send(group, 0, 20);
            TestMember lost = group.follower();
            TestGroup.await("it has all", () -> lost.count("orders") == 20);
            lost.stop();
            Path vote = lost.config.folder().resolve(VoteFile.NAME);
            spoiling.spoil(vote);
            send(group, 20, 25);
            lost.start();
            assertThat(lost.log().replica().noVote()).contains("voted");

            group.awaitOrTell("it begins anew", () -> lost.reopened > 0);
            TestGroup.awaitVoters(group, 3);
            assertThat(lost.reopened).isEqualTo(1);
            assertThat(lost.log().replica().noVote()).isNull();
            group.requireAll("orders", 25);

            lost.stop();
            lost.start();
            assertThat(lost.log().replica().noVote()).isNull();
            group.requireAll("orders", 25);
        }
    }

    /** It asked nobody but itself, and there is nobody who could give it a copy. */
    @Test
    void aGroupOfOneGoesOnWithoutTheFileWithItsVote(@TempDir Path folder) throws Exception {
        try (TestGroup group = TestGroup.of(1, folder, KEEPING, config -> config)) {
            send(group, 0, 5);
            TestMember only = group.leader();
            only.stop();
            Files.delete(only.config.folder().resolve(VoteFile.NAME));
            only.start();
            send(group, 5, 10);
            group.requireAll("orders", 10);
        }
    }

    private static void flipByte(Path file, long at) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            ByteBuffer one = ByteBuffer.allocate(1);
            channel.read(one, at);
            channel.write(one.put(0, (byte) (one.get(0) ^ 1)).flip(), at);
            channel.force(true);
        }
    }
}
