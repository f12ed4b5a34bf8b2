package io.carillon.replication;

import static org.assertj.core.api.Assertions.assertThat;

import com.alipay.sofa.jraft.conf.Configuration;
import com.alipay.sofa.jraft.entity.EnumOutter.EntryType;
import com.alipay.sofa.jraft.entity.LogEntry;
import com.alipay.sofa.jraft.entity.LogId;
import com.alipay.sofa.jraft.entity.PeerId;
import io.carillon.log.Replica.Item;
import io.carillon.replication.Change.Reason;
import io.carillon.testkit.ManualTicker;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What a member asks on its way to a vote, by what its log says and whom it hears. */
class WayToVoteTest {
    private static final String SELF = "127.0.0.1:3";
    private static final String LEADER = "127.0.0.1:1";
    private static final List<String> OTHERS = List.of(LEADER, "127.0.0.1:2");
    private static final List<String> ALL = List.of(LEADER, "127.0.0.1:2", SELF);
    private static final Duration ELECTION = Duration.ofSeconds(1);

    private final ManualTicker ticker = new ManualTicker();
    private final List<Item> configurations = new ArrayList<>();
    private long committed = 100;
    private @Nullable Change answer = new Change.Refused(Reason.TOO_FAR_BEHIND, "lacks something");
    private int asked;
    private int cameBack;

    private WayToVote start(List<String> learners) {
        List<String> voters =
                ALL.stream().filter(one -> !learners.contains(one)).toList();
        ReplicationConfig config = new ReplicationConfig(
                "g", SELF, voters, Path.of("unused"), ELECTION, learners, Map.of(), ReplicationConfig.Begins.CAREFULLY);
        return new WayToVote(
                config,
                () -> List.copyOf(configurations),
                () -> committed,
                ticker,
                _ -> {
                    asked++;
                    return answer;
                },
                () -> cameBack++);
    }

    /** The log says from this entry on that these have votes, and this member none or no part. */
    private void configured(long index, List<String> voters, boolean isLearner) {
        configured(index, voters, isLearner ? new Members(Map.of()).peer(SELF) : null);
    }

    private void configured(long index, List<String> voters, @Nullable PeerId learner) {
        Configuration members = new Configuration();
        voters.forEach(voter -> members.addPeer(new Members(Map.of()).peer(voter)));
        if (learner != null) {
            members.addLearner(learner);
        }
        LogEntry entry = new LogEntry(EntryType.ENTRY_TYPE_CONFIGURATION);
        entry.setId(new LogId(index, 1));
        entry.setPeers(members.listPeers());
        entry.setLearners(members.listLearners());
        configurations.add(Configurations.item(entry));
    }

    private void pass(WayToVote way, Role role, @Nullable String leader, int seconds) {
        for (int i = 0; i < 10 * seconds; i++) {
            ticker.advanceMs(100);
            way.tick(role, leader);
        }
    }

    @Test
    void asksItsLeaderForAVoteOnceASecondWhileItIsALearner() {
        configured(1, OTHERS, true);
        WayToVote way = start(List.of());

        pass(way, Role.LEARNER, LEADER, 5);

        assertThat(asked).isEqualTo(5);
        assertThat(cameBack).isZero();
    }

    @Test
    void asksForNothingWhenItIsMeantToBeALearner() {
        configured(1, OTHERS, true);
        configured(2, OTHERS, false);
        WayToVote way = start(List.of(SELF));

        pass(way, Role.LEARNER, LEADER, 10);
        pass(way, Role.LEARNER, null, 10);
        pass(way, Role.WAITING, null, 10);

        assertThat(asked + cameBack).isZero();
    }

    /** It was started as a learner, was given a vote, and then lost what it had. */
    @Test
    void asksForTheVoteThatTheGroupTookForAWhile() {
        configured(1, OTHERS, false);
        WayToVote way = start(List.of(SELF));
        configured(2, OTHERS, Members.learnerToVote(new Members(Map.of()).peer(SELF)));

        pass(way, Role.LEARNER, LEADER, 3);

        assertThat(asked).isEqualTo(3);
    }

    @Test
    void comesBackWhenItWasTakenOutWhileItWaitedForItsVote() {
        configured(1, OTHERS, true);
        WayToVote way = start(List.of());
        pass(way, Role.LEARNER, LEADER, 1);
        configured(2, OTHERS, false);

        pass(way, Role.WAITING, null, 3);

        assertThat(cameBack).isEqualTo(3);
    }

    @Test
    void comesBackWhenItWasTakenOutAndStartedAnewThen() {
        configured(1, OTHERS, true);
        configured(2, OTHERS, false);
        WayToVote way = start(List.of());

        pass(way, Role.WAITING, null, 3);

        assertThat(cameBack).isEqualTo(3);
    }

    @Test
    void staysAwayWhenItsVoteWasTaken() {
        configured(1, ALL, false);
        configured(2, OTHERS, false);
        WayToVote way = start(List.of());

        pass(way, Role.WAITING, null, 20);

        assertThat(asked + cameBack).isZero();
    }

    @Test
    void staysAwayWhenItsVoteWasTakenThatItHadAskedFor() {
        configured(1, OTHERS, true);
        WayToVote way = start(List.of());
        pass(way, Role.LEARNER, LEADER, 1);
        configured(3, ALL, false);
        pass(way, Role.FOLLOWER, LEADER, 1);
        configured(4, OTHERS, false);

        pass(way, Role.WAITING, null, 20);

        assertThat(cameBack).isZero();
    }

    /** It alone got the entry that gives it a vote; the others elected somebody who does not have it. */
    @Test
    void comesBackWhenNobodyAgreedOnItsVote() {
        configured(1, OTHERS, true);
        WayToVote way = start(List.of());
        pass(way, Role.LEARNER, LEADER, 1);
        configured(committed + 1, ALL, false);

        pass(way, Role.FOLLOWER, null, 4);
        assertThat(cameBack).isZero();
        pass(way, Role.FOLLOWER, null, 2);
        assertThat(cameBack).isPositive();
    }

    @Test
    void comesBackWhenNobodyAgreedOnItsVoteAndItWasStartedAnewThen() {
        configured(1, OTHERS, true);
        configured(2, OTHERS, false);
        configured(committed + 1, ALL, false);
        WayToVote way = start(List.of());

        pass(way, Role.FOLLOWER, null, 6);

        assertThat(cameBack).isPositive();
    }

    @Test
    void doesNotComeBackForSilenceWhenItsVoteIsAgreedOn() {
        configured(1, OTHERS, false);
        configured(2, ALL, false);
        WayToVote way = start(List.of());

        pass(way, Role.FOLLOWER, null, 20);

        assertThat(cameBack).isZero();
    }

    /** A learner knows its leader until another one finds it, which one that does not know it never does. */
    @Test
    void comesBackWhenTheLeaderThatItKnowsIsGoneOrLeadsNoMore() {
        configured(1, OTHERS, true);
        WayToVote way = start(List.of());

        answer = null;
        pass(way, Role.LEARNER, LEADER, 1);
        assertThat(cameBack).isEqualTo(1);
        answer = new Change.Refused(Reason.NOT_LEADER, "ask another one");
        pass(way, Role.LEARNER, LEADER, 1);
        assertThat(cameBack).isEqualTo(2);
        answer = new Change.Refused(Reason.UNKNOWN_MEMBER, "is not a learner of this group");
        pass(way, Role.LEARNER, LEADER, 1);
        assertThat(cameBack).isEqualTo(3);
    }

    @Test
    void comesBackWhenItIsALearnerToWhomNobodySpeaks() {
        configured(1, OTHERS, true);
        WayToVote way = start(List.of());

        pass(way, Role.LEARNER, null, 4);
        assertThat(cameBack).isZero();
        pass(way, Role.LEARNER, null, 2);
        assertThat(cameBack).isPositive();
    }
}
