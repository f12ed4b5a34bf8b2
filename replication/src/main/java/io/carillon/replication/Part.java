package io.carillon.replication;

import com.alipay.sofa.jraft.Status;
import com.alipay.sofa.jraft.closure.ReadIndexClosure;
import com.alipay.sofa.jraft.conf.Configuration;
import com.alipay.sofa.jraft.conf.ConfigurationEntry;
import com.alipay.sofa.jraft.core.NodeImpl;
import com.alipay.sofa.jraft.entity.Task;
import io.carillon.base.CarillonException.Closed;
import io.carillon.base.Ticker;
import io.carillon.log.MessageLog;
import io.carillon.log.Proposal;
import io.carillon.log.Replica;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What there is while a replica takes part in its group: the Raft library's node, and those who do now and then what it does not.
 * Any thread, but for {@link #tick}, which is one's.
 */
final class Part implements AutoCloseable {
    private final ReplicationConfig config;
    private final Replica replica;
    private final Roster roster;
    private final RaftEngine engine;
    private final NodeImpl node;
    private final Membership membership;
    private final Keeper keeper;
    private final Succession succession;
    private final Caretaker caretaker;
    private final DamagedLog damaged;

    /** @param term the number of the leadership that this replica knows of */
    Part(
            ReplicationConfig config,
            MessageLog log,
            RaftEngine engine,
            Members members,
            Roster roster,
            Joining joining,
            LongSupplier term,
            Ticker ticker) {
        this.config = config;
        this.roster = roster;
        this.engine = engine;
        replica = log.replica();
        node = engine.node();
        membership = new Membership(node, members, roster);
        WayToVote wayToVote = new WayToVote(
                config, replica::configurations, this::committed, ticker, joining::askForVote, joining::comeBack);
        keeper = new Keeper(config, log, node, membership, roster, wayToVote, ticker);
        succession = new Succession(node, term, Succession::isGone, ticker);
        caretaker = new Caretaker(config, node, membership, roster, ticker);
        damaged = new DamagedLog(
                config,
                this::letAnotherLead,
                log.replicaCopy(),
                leader -> leader == null ? joining.giveUpVote() : joining.giveUpVote(leader),
                ticker);
    }

    private long committed() {
        try {
            return node.getLastCommittedIndex();
        } catch (IllegalStateException stopping) {
            return 0;
        }
    }

    /** One that has all: who waits for what is damaged here does not get it, and would be waited for in vain. */
    private void letAnotherLead() {
        long applied = replica.appliedIndex();
        membership.transferToAnother(address -> {
            Questions.Told told = roster.ask(address);
            return told != null && told.lastIndex() >= applied;
        });
    }

    Membership membership() {
        return membership;
    }

    /** Whether it has ended: the log is being replaced, or failed. */
    boolean isClosed() {
        return engine.isClosed();
    }

    /** Whether the log takes nothing more: it must not lead, nor hold up a majority that counts on it. */
    boolean isBroken() {
        return keeper.isBroken();
    }

    void connectionBroke() {
        succession.connectionBroke();
    }

    void propose(Proposal proposal, long term) {
        node.apply(new Task(proposal.entry(), new RaftMachine.Waiting(replica, proposal), term));
    }

    /**
     * Does what is due. Waits for other members at times.
     *
     * @param damage what of the log was found to be damaged; null when nothing was
     * @return why the log must be opened anew, now that it is to be set aside; null when it need not
     */
    @Nullable
    String tick(@Nullable String damage) {
        Role role = role();
        if (role == Role.FOLLOWER) {
            RaftInternals.standForElection(node);
            succession.tick();
        }
        String leader = leader();
        keeper.tick(role, leader);
        caretaker.tick(role, leader);
        if (damage != null) {
            damaged.found(damage);
        }
        return damaged.tick(role, leader);
    }

    // ---- what it is, and who the others are

    boolean leads() {
        return node.isLeader(false);
    }

    Role role() {
        return switch (node.getNodeState()) {
            case STATE_LEADER -> config.neverLeads() ? Role.HANDING_OVER : Role.LEADER;
            case STATE_TRANSFERRING -> Role.HANDING_OVER;
            case STATE_CANDIDATE -> Role.CANDIDATE;
            case STATE_FOLLOWER -> followerRole();
            default -> Role.FAILED;
        };
    }

    private Role followerRole() {
        Configuration known = members();
        if (known.getPeers().contains(node.getServerId())) {
            return Role.FOLLOWER;
        }
        return known.getLearners().contains(node.getServerId()) ? Role.LEARNER : Role.WAITING;
    }

    @Nullable
    String leader() {
        return Members.addressOrNull(node.getLeaderId());
    }

    Configuration members() {
        return Members.of(node);
    }

    long committedIndex() {
        return node.getLastCommittedIndex();
    }

    /** What the library knows to be so already may not be in the log yet. */
    boolean isChanging() {
        if (membership.isUnderWay()) {
            return true;
        }
        List<Replica.Item> known = replica.configurations();
        if (known.isEmpty()) {
            return false;
        }
        ConfigurationEntry last = Configurations.of(known.getLast());
        return known.getLast().index() > node.getLastCommittedIndex()
                || !last.getOldConf().isEmpty()
                || !isSame(last.getConf(), members());
    }

    /** In whatever order they are named. */
    private static boolean isSame(Configuration one, Configuration other) {
        return Set.copyOf(one.getPeers()).equals(Set.copyOf(other.getPeers()))
                && Set.copyOf(one.getLearners()).equals(Set.copyOf(other.getLearners()));
    }

    /** As {@link RaftGroup#readBarrier} has it. */
    CompletableFuture<Long> readBarrier() {
        CompletableFuture<Long> told = new CompletableFuture<>();
        node.readIndex(new byte[0], new ReadIndexClosure() {
            @Override
            public void run(Status status, long index, byte[] context) {
                if (status.isOk()) {
                    told.complete(index);
                } else {
                    told.completeExceptionally(
                            new Closed("no majority of the group says what is committed: " + status.getErrorMsg()));
                }
            }
        });
        return told;
    }

    @Override
    public void close() {
        engine.close();
    }
}
