package io.carillon.replication;

import com.alipay.sofa.jraft.core.NodeImpl;
import io.carillon.base.Ticker;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A member that never leads may be the only one to have the last entries when the leader dies: nobody can be elected who lacks them,
 * and it does not stand. The group would wait for the dead. So it has itself elected then, serves nobody, and hands over to whoever
 * may lead as soon as that one has all. One thread.
 */
final class Caretaker {
    private static final Logger LOG = System.getLogger(Caretaker.class.getName());
    /** Whoever may lead and has all is elected within less, unless its priority is low. */
    private static final int SILENT_ELECTIONS = 4;

    private static final long AGAIN_NS = TimeUnit.MILLISECONDS.toNanos(500);

    private final boolean neverLeads;
    private final long silentNs;
    private final NodeImpl node;
    private final Membership membership;
    private final Roster roster;
    private final Ticker ticker;
    private long heardNs;
    private long againNs;

    Caretaker(ReplicationConfig config, NodeImpl node, Membership membership, Roster roster, Ticker ticker) {
        neverLeads = config.neverLeads();
        silentNs = SILENT_ELECTIONS * config.electionTimeout().toNanos();
        this.node = node;
        this.membership = membership;
        this.roster = roster;
        this.ticker = ticker;
        heardNs = ticker.nanoTime();
        againNs = heardNs;
    }

    void tick(Role role, @Nullable String leader) {
        long nowNs = ticker.nanoTime();
        if (leader != null) {
            heardNs = nowNs;
        }
        if (!neverLeads || nowNs - againNs < 0) {
            return;
        }
        if (node.isLeader(false)) {
            againNs = nowNs + AGAIN_NS;
            membership.transferToAnother(_ -> true);
        } else if (role == Role.FOLLOWER && nowNs - heardNs >= silentNs) {
            againNs = nowNs + silentNs;
            standForOthers();
        }
    }

    private void standForOthers() {
        boolean isForSomebody = Members.of(node).getPeers().stream()
                .filter(voter -> !voter.isPriorityNotElected())
                .map(Members::address)
                .anyMatch(roster::isAnswering);
        if (isForSomebody) {
            LOG.log(Level.INFO, "nobody was elected: stands, to bring those who may lead what they lack");
            RaftInternals.standIfOthersAgree(node);
        }
    }
}
