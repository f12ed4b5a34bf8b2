package io.carillon.replication;

import com.alipay.sofa.jraft.Closure;
import com.alipay.sofa.jraft.Iterator;
import com.alipay.sofa.jraft.Status;
import com.alipay.sofa.jraft.core.StateMachineAdapter;
import com.alipay.sofa.jraft.entity.LeaderChangeContext;
import com.alipay.sofa.jraft.entity.RaftOutter.SnapshotMeta;
import com.alipay.sofa.jraft.error.RaftException;
import com.alipay.sofa.jraft.storage.snapshot.SnapshotReader;
import com.alipay.sofa.jraft.storage.snapshot.SnapshotWriter;
import io.carillon.log.Consensus;
import io.carillon.log.Proposal;
import io.carillon.log.Replica;
import io.carillon.log.Replica.Item;
import io.carillon.log.Replica.Kind;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import org.jspecify.annotations.Nullable;

/** Lets take effect what the Raft library says to be committed. The library's one thread for that. */
final class RaftMachine extends StateMachineAdapter {
    private static final Logger LOG = System.getLogger(RaftMachine.class.getName());

    private final Replica replica;
    private final Consensus consensus;
    private final RoleListener roles;
    private final boolean neverLeads;
    private volatile long term;
    private volatile boolean isLeading;
    /** How often it began to lead: a hand-over that failed begins anew in the same term. */
    private volatile long leadership;
    /** The term in which it led last. */
    private long ledTerm;

    /** Whose proposal an entry is. */
    static final class Waiting implements Closure {
        private final Replica replica;
        private final Proposal proposal;

        Waiting(Replica replica, Proposal proposal) {
            this.replica = replica;
            this.proposal = proposal;
        }

        /** Success was told when the entry was applied. */
        @Override
        public void run(Status status) {
            if (!status.isOk()) {
                replica.refuse(proposal);
            }
        }
    }

    /** @param neverLeads it serves nobody when it is elected: see {@link Caretaker} */
    RaftMachine(Replica replica, Consensus consensus, RoleListener roles, boolean neverLeads) {
        this.replica = replica;
        this.consensus = consensus;
        this.roles = roles;
        this.neverLeads = neverLeads;
    }

    @Override
    public void onApply(Iterator entries) {
        for (; entries.hasNext(); entries.next()) {
            if (entries.getIndex() > replica.appliedIndex()) {
                applyOwn(entries.getIndex() - 1, entries.getIndex(), entries.getTerm());
                replica.commit(entries.getIndex(), entries.getTerm(), proposalOf(entries.done()));
            }
            if (entries.done() != null) {
                entries.done().run(Status.OK());
            }
        }
    }

    private static @Nullable Proposal proposalOf(@Nullable Closure done) {
        return done instanceof Waiting waiting ? waiting.proposal : null;
    }

    /**
     * The library's own entries, which it does not hand over, come before what it does. What it has in memory is ahead of the
     * log, which may still have others in their place: those are gone when the entry that it hands over is there.
     */
    private void applyOwn(long to, long index, long ofTerm) {
        if (replica.appliedIndex() < to) {
            replica.awaitStored(index, ofTerm);
            while (replica.appliedIndex() < to) {
                applyNext();
            }
        }
    }

    private void applyNext() {
        long next = replica.appliedIndex() + 1;
        replica.commit(next, replica.term(next), null);
    }

    /** The number of the leadership that this replica knows of. Any thread. */
    long term() {
        return term;
    }

    /** The snapshot is a checkpoint of this log, or the leader's of one that this has, too: all before it is settled. */
    @Override
    public boolean onSnapshotLoad(SnapshotReader reader) {
        SnapshotMeta meta = reader.load();
        if (meta == null || meta.getLastIncludedIndex() > replica.indexMax()) {
            return false;
        }
        applyOwn(meta.getLastIncludedIndex(), meta.getLastIncludedIndex(), meta.getLastIncludedTerm());
        return true;
    }

    /** There is nothing to save: the log's checkpoints are. They can have all from now on that the library lets go. */
    @Override
    public void onSnapshotSave(SnapshotWriter writer, Closure done) {
        SnapshotMeta meta = writer.getCurrentMeta();
        applyOwn(meta.getLastIncludedIndex(), meta.getLastIncludedIndex(), meta.getLastIncludedTerm());
        done.run(Status.OK());
    }

    @Override
    public void onStartFollowing(LeaderChangeContext leader) {
        term = leader.getTerm();
        roles.hears(leader.getLeaderId().getEndpoint().toString());
    }

    @Override
    public void onLeaderStart(long newTerm) {
        term = newTerm;
        applyTo(newTerm);
        if (neverLeads) {
            return;
        }
        isLeading = true;
        long begun = leadership + 1;
        leadership = begun;
        boolean isAgain = newTerm == ledTerm;
        ledTerm = newTerm;
        if (isAgain) {
            // Nothing that a term begins with says that all before is committed: what it proposed itself may not be.
            replica.whenSettled(() -> tellLeads(newTerm, begun));
        } else {
            tellLeads(newTerm, begun);
        }
    }

    private synchronized void tellLeads(long ofTerm, long begun) {
        if (isLeading && leadership == begun) {
            roles.leads(ofTerm, () -> open(ofTerm, begun));
        }
    }

    /** What a term begins with is committed when it leads; what is behind that need not be. */
    private void applyTo(long newTerm) {
        replica.awaitTerm(newTerm);
        while (replica.term(replica.appliedIndex()) < newTerm && isNextOwn()) {
            applyNext();
        }
    }

    private boolean isNextOwn() {
        Item next = replica.item(replica.appliedIndex() + 1);
        return next != null && next.kind() != Kind.DATA;
    }

    /** Lets the log take what is appended, if this leadership still lasts. */
    private synchronized void open(long ofTerm, long begun) {
        if (isLeading && leadership == begun) {
            replica.lead(ofTerm, consensus);
        }
    }

    private synchronized void follow() {
        isLeading = false;
        replica.follow();
    }

    @Override
    public void onLeaderStop(Status status) {
        follow();
        roles.follows();
    }

    @Override
    public void onStopFollowing(LeaderChangeContext followed) {
        roles.hears(null);
    }

    @Override
    public void onError(RaftException e) {
        LOG.log(Level.ERROR, "this replica takes part no more until it is started again", e);
        follow();
        roles.failed();
    }
}
