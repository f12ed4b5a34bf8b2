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
    private static final long SHORT_NS = 60_000_000_000L;

    private final ReplicationConfig config;
    private final MessageLog log;
    private final Replica replica;
    private final NodeImpl node;
    private final Membership membership;
    private final Roster roster;
    private final WayToVote wayToVote;
    private final Ticker ticker;
    private final AtomicBoolean isSaving = new AtomicBoolean();
    private long savedIndex;
    private long savedNs;
    private long shortNs;

    Keeper(
            ReplicationConfig config,
            MessageLog log,
            NodeImpl node,
            Membership membership,
            Roster roster,
            WayToVote wayToVote,
            Ticker ticker) {
        this.config = config;
        this.log = log;
        this.replica = log.replica();
        this.node = node;
        this.membership = membership;
        this.roster = roster;
        this.wayToVote = wayToVote;
        this.ticker = ticker;
        savedIndex = replica.checkpointIndex();
        savedNs = ticker.nanoTime();
        shortNs = savedNs - SHORT_NS;
    }

    void tick(Role role, @Nullable String leader) {
        letGo();
        membership.tick();
        wayToVote.tick(role, leader);
        long nowNs = ticker.nanoTime();
        if (log.isDiskShort() && node.isLeader(false) && nowNs - shortNs >= SHORT_NS) {
            shortNs = nowNs;
            handOverForRoom();
        }
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
