package io.carillon.replication;

import static org.assertj.core.api.Assertions.assertThat;

import com.alipay.sofa.jraft.entity.LogEntry;
import com.alipay.sofa.jraft.entity.LogId;
import io.carillon.base.Counters;
import io.carillon.base.Ticker;
import io.carillon.log.MessageLog;
import io.carillon.log.Replica;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A member that was taken out on its way to a vote, by a leader that was gone before it made it a voter: it comes back by itself. It
 * is held on its way as one that asks for no vote, until it is started anew as one that does.
 */
class ComeBackTest {
    private static final long PATIENCE_S = 20;

    private TestGroup group;
    private TestMember member;
    private TestMember again;

    @BeforeEach
    void startWithALearner(@TempDir Path folder) throws Exception {
        List<String> addresses = TestGroup.addresses(4);
        String address = addresses.getLast();
        group = new TestGroup(folder, TestGroup.SMALL_SEGMENTS);
        addresses.subList(0, 3).forEach(other -> group.add(other, addresses, config -> config));
        member = group.add(address, addresses.subList(0, 3), config -> config.withLearners(List.of(address)));
        again = new TestMember(
                new ReplicationConfig(group.name, address, addresses, member.config.folder(), TestGroup.ELECTION),
                member.storage,
                member.logConfig);
        group.members.forEach(TestMember::start);
        for (int i = 0; i < 10; i++) {
            assertThat(group.send("orders", "m" + i, 0)).isEqualTo(i);
        }
        assertThat(group.leader().group().removePeer(address).get(PATIENCE_S, TimeUnit.SECONDS))
                .isEqualTo(new Change.Done());
        takeIn();
    }

    @AfterEach
    void close() {
        group.close();
    }

    private void takeIn() throws Exception {
        assertThat(group.leader().group().addLearner(member.address()).get(PATIENCE_S, TimeUnit.SECONDS))
                .isEqualTo(new Change.Done());
        TestGroup.await("it knows that it is a learner", () -> member.role() == Role.LEARNER);
    }

    private void takeOut() throws Exception {
        assertThat(group.leader().group().removeLearner(member.address()).get(PATIENCE_S, TimeUnit.SECONDS))
                .isEqualTo(new Change.Done());
    }

    /** Whoever is taken out need not hear of it. */
    private void takeOutAndSaySo() throws Exception {
        takeOut();
        while (!isWaitingSoon()) {
            takeIn();
            takeOut();
        }
    }

    private boolean isWaitingSoon() {
        long endNs = System.nanoTime() + TestGroup.ELECTION.toNanos();
        while (member.role() != Role.WAITING && System.nanoTime() < endNs) {
            LockSupport.parkNanos(1_000_000);
        }
        return member.role() == Role.WAITING;
    }

    private void startAgain() {
        group.members.set(group.members.indexOf(member), again);
        again.start();
    }

    private void requireItsVote() {
        TestGroup.awaitVoters(group, 4);
        group.awaitOrTell("it has its vote", () -> again.role() == Role.FOLLOWER);
        assertThat(group.send("orders", "m10", 0)).isEqualTo(10);
        group.requireAll("orders", 11);
        TestGroup.requireSameLogs(group.members);
    }

    @Test
    void comesBackWhenItKnowsThatItWasTakenOutAndIsStartedAnew() throws Exception {
        takeOutAndSaySo();
        member.stop();

        startAgain();
        requireItsVote();
    }

    @Test
    void comesBackWhenItWasTakenOutWhileItWasAway() throws Exception {
        member.stop();
        takeOut();

        startAgain();
        requireItsVote();
    }

    /** The leader sent it to this one alone, and died. */
    @Test
    void comesBackWhenNobodyElseHasTheEntryThatGivesItAVote() throws Exception {
        takeOutAndSaySo();
        member.stop();
        TestMember leader = group.leader();
        leader.stop();
        TestGroup.await("another one leads", () -> group.members.stream().anyMatch(one -> one.isLeading));
        leader.start();
        appendItsVote();

        startAgain();
        assertThat(again.role()).isEqualTo(Role.FOLLOWER);
        requireItsVote();
    }

    private void appendItsVote() {
        try (MessageLog log =
                MessageLog.openReplica(member.logConfig, member.storage, Ticker.system(), member, new Counters())) {
            member.startAlone(log);
            Replica replica = log.replica();
            LogEntry vote = Configurations.entry(replica.configurations().getLast());
            assertThat(vote.getId().getIndex()).isEqualTo(replica.indexMax());
            vote.setOldPeers(List.copyOf(vote.getPeers()));
            vote.setId(new LogId(replica.indexMax() + 1, vote.getId().getTerm()));
            vote.getPeers().add(new Members(member.config.priorities()).peer(member.address()));
            replica.append(List.of(Configurations.item(vote)));
            member.stopAlone();
        }
    }
}
