package io.carillon.replication;

import com.alipay.sofa.jraft.core.NodeImpl;
import io.carillon.base.Ticker;
import io.carillon.log.MessageLog;
import io.carillon.log.Refusal;
import io.carillon.log.Replica;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** What a member that takes part does now and then. One thread. */
final class Keeper {
    private static final Logger LOG = System.getLogger(Keeper.class.getName());
    private static final long ASK_NS = 1_000_000_000;
    /** Whoever is a member hears of a leader much sooner, unless there is none. */
    private static final long SILENT_NS = 5_000_000_000L;

    private static final long SHORT_NS = 60_000_000_000L;

    private final ReplicationConfig config;
    private final MessageLog log;
    private final Replica replica;
    private final NodeImpl node;
    private final Membership membership;
    private final Roster roster;
    private final GroupLine line;
    private final Ticker ticker;
    private final Runnable comeBack;
    private final AtomicBoolean isSaving = new AtomicBoolean();
    private long savedIndex;
    private long savedNs;
    private long askedNs;
    private long heardNs;
    /** Whether it asked for a vote, and has not had one since: then it is meant to be a member, though it is none. */
    private boolean hasAsked;

    private long shortNs;

    /** @param comeBack asks whoever leads to make this one a learner again; waits for that */
    Keeper(
            ReplicationConfig config,
            MessageLog log,
            NodeImpl node,
            Membership membership,
            Roster roster,
            GroupLine line,
            Ticker ticker,
            Runnable comeBack) {
        this.comeBack = comeBack;
        this.config = config;
        this.log = log;
        this.replica = log.replica();
        this.node = node;
        this.membership = membership;
        this.roster = roster;
        this.line = line;
        this.ticker = ticker;
        savedIndex = replica.checkpointIndex();
        savedNs = ticker.nanoTime();
        askedNs = savedNs;
        heardNs = savedNs;
        shortNs = savedNs - SHORT_NS;
    }

    void tick(Role role, @Nullable String leader) {
        letGo();
        membership.tick();
        long nowNs = ticker.nanoTime();
        if (role == Role.FOLLOWER || role == Role.LEADER) {
            hasAsked = false; // it has its vote: whoever removes it from now on means it
        }
        if (leader != null) {
            heardNs = nowNs;
        }
        if (isForgotten(role, nowNs) && nowNs - askedNs >= ASK_NS) {
            askedNs = nowNs;
            comeBack.run();
        }
        if (role == Role.LEARNER && leader != null && wantsVote() && nowNs - askedNs >= ASK_NS) {
            askedNs = nowNs;
            hasAsked = true;
            askForVote(leader);
        }
        if (log.isDiskShort() && node.isLeader(false) && nowNs - shortNs >= SHORT_NS) {
            shortNs = nowNs;
            handOverForRoom();
        }
    }

    /**
     * Whether it is on its way to a vote, and no member any more: its leader took it out, as it must before it makes it a voter, and
     * was gone then; or did so while it was away, so that its own log does not tell.
     */
    private boolean isForgotten(Role role, long nowNs) {
        return (role == Role.WAITING && hasAsked)
                || (role == Role.LEARNER && wantsVote() && nowNs - heardNs >= SILENT_NS);
    }

    /** Whether the log takes nothing more. */
    boolean isBroken() {
        return log.state() == Refusal.FAULT;
    }

    /**
     * What followers get one by one begins later from now on: from where it was taken to end the last time. By then the
     * checkpoint must have all of that, for a start begins there. Not while somebody copies files, who would lack again what
     * came after them; unless the disk is full.
     */
    private void letGo() {
        boolean isDue = ticker.nanoTime() - savedNs >= config.keepForFollowers().toNanos();
        boolean isWanted = replica.takeIsRoomWanted();
        boolean isKept = log.copies().isFollowed() && !log.isDiskShort();
        if ((isDue || isWanted)
                && !isKept
                && replica.checkpointIndex() >= savedIndex
                && replica.appliedIndex() > savedIndex
                && isSaving.compareAndSet(false, true)) {
            savedNs = ticker.nanoTime();
            savedIndex = node.getLastAppliedLogIndex();
            node.snapshot(_ -> isSaving.set(false));
        }
    }

    private boolean wantsVote() {
        return !config.learners().contains(config.self());
    }

    private void askForVote(String leader) {
        byte[] answer = Roster.await(
                line.ask(leader, Questions.of(Questions.WITH_VOTE, config.self(), 0), RaftGroup.CHANGE_MS));
        if (answer != null && Questions.change(answer) instanceof Change.Refused(Change.Reason reason, String why)) {
            LOG.log(Level.DEBUG, "no vote yet: {0}: {1}", reason, why);
        }
    }

    /** Sends are refused here; where there is room they need not be. */
    private void handOverForRoom() {
        String next = membership.transferToAnother(address -> {
            Questions.Told told = roster.ask(address);
            return told != null && !told.isDiskShort();
        });
        if (next != null) {
            LOG.log(Level.WARNING, "the disk is nearly full: {0} leads instead", next);
        }
    }
}
