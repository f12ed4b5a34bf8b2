package io.carillon.replication;

import static org.assertj.core.api.Assertions.assertThat;

import com.alipay.sofa.jraft.entity.EnumOutter.EntryType;
import com.alipay.sofa.jraft.entity.LogEntry;
import com.alipay.sofa.jraft.entity.LogId;
import com.alipay.sofa.jraft.entity.PeerId;
import io.carillon.base.Counters;
import io.carillon.log.FileStorage;
import io.carillon.log.MessageLog;
import io.carillon.log.Replica;
import io.carillon.replication.ReplicationConfig.Begins;
import io.carillon.testkit.ManualTicker;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whether a damaged log may be set aside: only where others have what was acknowledged of it. */
class HeldByOthersTest {
    private static final String A = "127.0.0.1:1";
    private static final String B = "127.0.0.1:2";
    private static final String C = "127.0.0.1:3";

    @TempDir
    private Path folder;

    private FileStorage storage;

    @BeforeEach
    void open() {
        storage = new FileStorage(folder);
    }

    private ReplicationConfig config(String self, List<String> members, List<String> learners, Begins begins) {
        return new ReplicationConfig(
                "g", self, members, folder.resolve("raft"), Duration.ofSeconds(1), learners, Map.of(), begins);
    }

    private ReplicationConfig config() {
        return config(A, List.of(A, B, C), List.of(), Begins.CAREFULLY);
    }

    /** @param old who had a vote before the change that this begins; null when it is none */
    private record Voters(List<String> now, @Nullable List<String> old, List<String> learners) {
        static Voters of(String... now) {
            return new Voters(List.of(now), null, List.of());
        }

        Voters insteadOf(String... before) {
            return new Voters(now, List.of(before), learners);
        }

        Voters withLearner(String learner) {
            return new Voters(now, old, List.of(learner));
        }

        Replica.Item item(long index) {
            LogEntry entry = new LogEntry(EntryType.ENTRY_TYPE_CONFIGURATION);
            entry.setId(new LogId(index, 1));
            entry.setPeers(peers(now));
            entry.setOldPeers(old == null ? null : peers(old));
            entry.setLearners(peers(learners));
            return Configurations.item(entry);
        }

        private static List<PeerId> peers(List<String> addresses) {
            return addresses.stream().map(PeerId::parsePeer).toList();
        }
    }

    private void log(Voters... row) {
        ReplicationConfig config = config();
        TestMember member = new TestMember(config, storage, TestGroup.SMALL_SEGMENTS);
        try (MessageLog log =
                MessageLog.openReplica(member.logConfig, storage, new ManualTicker(), member, new Counters())) {
            for (Voters voters : row) {
                log.replica().append(List.of(voters.item(log.replica().indexMax() + 1)));
            }
        }
    }

    @Test
    void isSoInAGroupOfSeveralVoters() {
        log(Voters.of(A, B, C));

        assertThat(config().isHeldByOthers(storage)).isTrue();
    }

    @Test
    void isNotSoBeforeAGroupHasWritten() {
        log();

        assertThat(config().isHeldByOthers(storage)).isFalse();
    }

    /** A group of three that grows out of the log of one process: nobody else has a copy yet. */
    @Test
    void isNotSoOfTheLogThatAGroupBeginsWithUntilTheFirstOtherOneHasItAndAVote() {
        log(Voters.of(A));
        assertThat(config().isHeldByOthers(storage)).isFalse();

        log(Voters.of(A).withLearner(B));
        assertThat(config().isHeldByOthers(storage)).isFalse();

        log(Voters.of(A, B).insteadOf(A));
        assertThat(config().isHeldByOthers(storage)).isFalse();

        log(Voters.of(A, B));
        assertThat(config().isHeldByOthers(storage)).isTrue();
    }

    @Test
    void isSoUntilTheOthersHaveNoVoteAnyMore() {
        log(Voters.of(A, B), Voters.of(A).insteadOf(A, B));
        assertThat(config().isHeldByOthers(storage)).isTrue();

        log(Voters.of(A));
        assertThat(config().isHeldByOthers(storage)).isFalse();
    }

    /** It has a copy, and is not waited for. */
    @Test
    void isNotSoWhereTheOthersAreLearners() {
        log(Voters.of(A).withLearner(B));

        assertThat(config(A, List.of(A), List.of(B), Begins.CAREFULLY).isHeldByOthers(storage))
                .isFalse();
        assertThat(config(B, List.of(A), List.of(B), Begins.CAREFULLY).isHeldByOthers(storage))
                .isTrue();
    }

    @Test
    void isNotSoWhereThereIsNobodyToCopyFrom() {
        log(Voters.of(A, B, C));

        assertThat(config(A, List.of(A), List.of(), Begins.CAREFULLY).isHeldByOthers(storage))
                .isFalse();
        assertThat(config(A, List.of(A), List.of(), Begins.JOINING).isHeldByOthers(storage))
                .isTrue();
    }

    /** Nobody knows then: what is set aside is kept. */
    @Test
    void isTakenToBeSoWhereTheFileThatWouldTellIsDamaged() throws Exception {
        log(Voters.of(A));
        Files.write(folder.resolve("replica"), new byte[7]);

        assertThat(config().isHeldByOthers(storage)).isTrue();
    }
}
