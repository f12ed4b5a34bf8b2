package io.carillon.replication;

import static org.assertj.core.api.Assertions.assertThat;

import com.alipay.sofa.jraft.NodeManager;
import com.alipay.sofa.jraft.core.NodeImpl;
import com.alipay.sofa.jraft.entity.PeerId;
import io.carillon.testkit.ManualTicker;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Among members of which all are there: one of them is told that the leader's process is gone. */
class SuccessionTest {
    private static final Duration TURN = Duration.ofSeconds(1);

    @TempDir
    Path folder;

    private final ManualTicker ticker = new ManualTicker();
    private TestGroup group;
    private TestMember leader;
    private TestMember last;
    private Succession succession;
    private boolean isGone = true;

    @BeforeEach
    void tellTheLastInLineThatTheLeaderIsGone() {
        group = TestGroup.of(3, folder);
        group.send("orders", "m0", 0);
        group.requireAll("orders", 1);
        leader = group.leader();
        last = group.members.stream()
                .filter(member -> member != leader)
                .max((one, other) -> one.address().compareTo(other.address()))
                .orElseThrow();
        NodeImpl node = (NodeImpl) NodeManager.getInstance().get(group.name, PeerId.parsePeer(last.address()));
        succession = new Succession(node, last.group()::term, _ -> isGone, ticker);
        succession.connectionBroke();
        succession.tick();
        isGone = false;
    }

    @AfterEach
    void end() {
        group.close();
    }

    @Test
    void standsWhenTheTurnsOfTheOthersAreOver() {
        long term = last.group().term();
        succession.tick();
        assertThat(last.role()).isEqualTo(Role.FOLLOWER);

        ticker.advance(TURN);
        succession.tick();

        TestGroup.await("it leads", () -> last.isLeading);
        assertThat(last.group().term()).isGreaterThan(term);
    }

    @Test
    void doesNotStandAgainstTheOneThatWasGoneAndLeadsAgain() {
        TestMember other = group.members.stream()
                .filter(member -> member != leader && member != last)
                .findFirst()
                .orElseThrow();
        handOver(leader, other);
        handOver(other, leader);
        TestGroup.await(
                "it is heard", () -> leader.address().equals(last.group().leader()));
        TestGroup.await(
                "its term is", () -> last.group().term() == leader.group().term());
        long term = last.group().term();

        for (int turn = 0; turn < 3; turn++) {
            ticker.advance(TURN);
            succession.tick();
        }

        group.send("orders", "m1", 0);
        assertThat(leader.isLeading).isTrue();
        assertThat(leader.group().term()).isEqualTo(term);
    }

    private static void handOver(TestMember from, TestMember to) {
        TestGroup.await("the hand-over", () -> {
            if (from.isLeading) {
                from.group().transfer(to.address());
            }
            return to.isLeading;
        });
    }
}
