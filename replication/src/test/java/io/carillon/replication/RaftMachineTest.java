package io.carillon.replication;

import static org.assertj.core.api.Assertions.assertThat;

import com.alipay.sofa.jraft.Closure;
import com.alipay.sofa.jraft.Iterator;
import com.alipay.sofa.jraft.Status;
import io.carillon.base.Counters;
import io.carillon.base.Ticker;
import io.carillon.log.MessageLog;
import io.carillon.log.Proposal;
import io.carillon.log.Replica;
import io.carillon.log.Replica.Item;
import io.carillon.log.Replica.Kind;
import io.carillon.testkit.LossyStorage;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Queue;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the Raft library tells of, in orders that are rare. */
class RaftMachineTest {
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final TestMember member = new TestMember(
            new ReplicationConfig("g", "127.0.0.1:1", List.of("127.0.0.1:1"), Path.of("none"), TestGroup.ELECTION),
            new LossyStorage(),
            TestGroup.SMALL_SEGMENTS);
    private final MessageLog log =
            MessageLog.openReplica(member.logConfig, member.storage, Ticker.system(), member, new Counters());
    private final Replica replica = log.replica();
    private final Queue<Proposal> proposed = new ArrayDeque<>();
    private final RaftMachine machine =
            new RaftMachine(replica, (proposal, _) -> proposed.add(proposal), member, false);

    @BeforeEach
    void start() {
        member.startAlone(log);
    }

    @AfterEach
    void stop() {
        member.stopAlone();
        log.close();
    }

    /** One entry that the library hands over. */
    private static final class One implements Iterator {
        private final long index;
        private final long term;
        private final @Nullable Closure done;
        private boolean isPassed;

        One(long index, long term, @Nullable Closure done) {
            this.index = index;
            this.term = term;
            this.done = done;
        }

        @Override
        public boolean hasNext() {
            return !isPassed;
        }

        @Override
        public ByteBuffer next() {
            if (isPassed) {
                throw new NoSuchElementException();
            }
            isPassed = true;
            return NOTHING;
        }

        @Override
        public ByteBuffer getData() {
            return NOTHING;
        }

        @Override
        public long getIndex() {
            return index;
        }

        @Override
        public long getTerm() {
            return term;
        }

        @Override
        public @Nullable Closure done() {
            return done;
        }

        @Override
        public boolean commit() {
            throw new UnsupportedOperationException();
        }

        @Override
        public void commitAndSnapshotSync(Closure told) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void setAutoCommitPerLog(boolean isEach) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void setErrorAndRollback(long count, Status status) {
            throw new UnsupportedOperationException();
        }
    }

    private static Item data(long index, long term, Proposal proposal) {
        return new Item(index, term, Kind.DATA, proposal.entry());
    }

    private static Item configuration(long index, long term) {
        return new Item(index, term, Kind.CONFIGURATION, ByteBuffer.wrap(new byte[] {1}));
    }

    @Test
    void waitsForTheCommittedEntryWhereAnotherOneIsYetToBeCutOff() throws InterruptedException {
        replica.append(List.of(configuration(1, 1)));
        replica.lead(1, (proposal, _) -> proposed.add(proposal));
        member.send("orders", "stale");
        member.send("orders", "right");
        replica.follow();
        replica.append(List.of(data(2, 1, proposed.remove())));

        Thread applying = Thread.ofPlatform().daemon().start(() -> machine.onApply(new One(2, 2, null)));
        TestGroup.await(
                "it waits or has applied something",
                () -> applying.getState() == Thread.State.TIMED_WAITING || !applying.isAlive());
        assertThat(replica.appliedIndex()).isZero();
        replica.truncate(1);
        replica.append(List.of(data(2, 2, proposed.remove())));
        applying.join();

        assertThat(replica.appliedIndex()).isEqualTo(2);
        assertThat(member.body("orders", 0)).isEqualTo("right");
    }

    @Test
    void letsNothingTakeEffectAtTheBeginningOfATermBehindWhatTheTermBeginsWith() {
        replica.append(List.of(configuration(1, 1), configuration(2, 2), configuration(3, 2)));
        machine.onLeaderStart(2);

        assertThat(replica.appliedIndex()).isEqualTo(2);
        assertThat(member.isLeading).isTrue();
    }

    @Test
    void leadsOnAfterAHandOverInVainWhenAllThatItProposedTookEffect() {
        replica.append(List.of(configuration(1, 1)));
        machine.onLeaderStart(1);
        member.send("orders", "first");
        member.send("orders", "second");
        Proposal first = proposed.remove();
        Proposal second = proposed.remove();
        replica.append(List.of(data(2, 1, first)));
        machine.onLeaderStop(Status.OK());
        machine.onLeaderStart(1);
        assertThat(member.isLeading).isFalse();

        machine.onApply(new One(2, 1, new RaftMachine.Waiting(replica, first)));
        assertThat(member.isLeading).isFalse();
        new RaftMachine.Waiting(replica, second).run(new Status(1, "it came while the leadership was handed over"));
        assertThat(member.isLeading).isTrue();
        member.send("orders", "third");
        assertThat(proposed).hasSize(1);
        assertThat(member.count("orders")).isEqualTo(1);
    }

    @Test
    void doesNotLeadWhenWhatItProposedEndsAfterTheLeadershipDid() {
        replica.append(List.of(configuration(1, 1)));
        machine.onLeaderStart(1);
        member.send("orders", "first");
        machine.onLeaderStop(Status.OK());
        machine.onLeaderStart(1);
        machine.onLeaderStop(Status.OK());
        replica.refuse(proposed.remove());

        assertThat(member.isLeading).isFalse();
    }
}
