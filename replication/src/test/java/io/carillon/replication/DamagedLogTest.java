package io.carillon.replication;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.base.Counters;
import io.carillon.log.FileStorage;
import io.carillon.log.MessageLog;
import io.carillon.replication.Change.Reason;
import io.carillon.testkit.ManualTicker;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** When a member gives up a log that is damaged. */
class DamagedLogTest {
    private static final String LEADER = "127.0.0.1:1";
    private static final String NOBODY = "nobody";
    private static final Change DONE = new Change.Done();
    private static final Change NO_MAJORITY = new Change.Refused(Reason.WOULD_LOSE_MAJORITY, "two must answer");

    @TempDir
    private Path folder;

    private final ManualTicker ticker = new ManualTicker();
    private final Deque<Change> answers = new ArrayDeque<>();
    private final List<String> asked = new ArrayList<>();
    private int handedOver;
    private MessageLog log;
    private DamagedLog damaged;

    @BeforeEach
    void open() {
        ReplicationConfig config = new ReplicationConfig(
                "g", "127.0.0.1:3", List.of(LEADER, "127.0.0.1:3"), folder.resolve("raft"), Duration.ofSeconds(1));
        TestMember member = new TestMember(config, new FileStorage(folder), TestGroup.SMALL_SEGMENTS);
        log = MessageLog.openReplica(member.logConfig, member.storage, ticker, member, new Counters());
        damaged = new DamagedLog(config, () -> handedOver++, log.replicaCopy(), this::answer, ticker);
    }

    @AfterEach
    void close() {
        log.close();
    }

    private @Nullable Change answer(@Nullable String leader) {
        asked.add(leader == null ? NOBODY : leader);
        return answers.poll();
    }

    private @Nullable String tick(Role role, @Nullable String leader) {
        ticker.advance(Duration.ofSeconds(2));
        return damaged.tick(role, leader);
    }

    private void assertIsCondemned(boolean isCondemned) {
        assertThat(Files.exists(folder.resolve("copy").resolve("condemned"))).isEqualTo(isCondemned);
    }

    @Test
    void asksNobodyWhileNothingIsDamaged() {
        assertThat(tick(Role.FOLLOWER, LEADER)).isNull();
        assertThat(asked).isEmpty();
    }

    @Test
    void keepsTheLogUntilItsVoteIsTaken() {
        damaged.found("a flipped byte");
        answers.add(NO_MAJORITY);
        answers.add(DONE);

        assertThat(tick(Role.FOLLOWER, LEADER)).isNull();
        assertIsCondemned(false);
        assertThat(tick(Role.FOLLOWER, LEADER)).contains("a flipped byte");
        assertIsCondemned(true);
        assertThat(asked).containsExactly(LEADER, LEADER);
    }

    @Test
    void letsAnotherOneLeadFirst() {
        damaged.found("a flipped byte");

        assertThat(tick(Role.LEADER, LEADER)).isNull();
        assertThat(handedOver).isEqualTo(1);
        assertThat(asked).isEmpty();
    }

    @Test
    void notesTheDamageLaterWhenTheDiskRefusesThat() throws Exception {
        Path inTheWay = Files.createFile(folder.resolve("copy"));
        damaged.found("a flipped byte");
        answers.add(DONE);
        answers.add(DONE);

        assertThat(tick(Role.FOLLOWER, LEADER)).isNull();
        Files.delete(inTheWay);
        assertThat(tick(Role.LEARNER, LEADER)).contains("a flipped byte");
        assertIsCondemned(true);
    }

    /** The leader took its vote, and was gone before it took it in again; the next one knows of neither. */
    @Test
    void asksWhoeverLeadsWhenItWasTakenOutAndHearsOfNobody() {
        damaged.found("a flipped byte");
        tick(Role.FOLLOWER, LEADER);
        answers.add(DONE);

        assertThat(tick(Role.WAITING, null)).contains("a flipped byte");
        assertThat(asked).containsExactly(LEADER, NOBODY);
        assertIsCondemned(true);
    }

    @Test
    void asksWhoeverLeadsWhenItDidNotHearThatItWasTakenOut() {
        damaged.found("a flipped byte");
        tick(Role.FOLLOWER, LEADER);
        answers.add(DONE);

        assertThat(tick(Role.FOLLOWER, null)).contains("a flipped byte");
        assertThat(asked).containsExactly(LEADER, NOBODY);
    }

    /** Somebody took its vote by hand. */
    @Test
    void asksNobodyWhenItIsNoMemberAndDidNotAsk() {
        damaged.found("a flipped byte");

        assertThat(tick(Role.WAITING, null)).isNull();
        assertThat(asked).isEmpty();
    }
}
