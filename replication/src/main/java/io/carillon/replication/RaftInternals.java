package io.carillon.replication;

import com.alipay.sofa.jraft.ReplicatorGroup;
import com.alipay.sofa.jraft.core.NodeImpl;
import com.alipay.sofa.jraft.core.Replicator;
import com.alipay.sofa.jraft.core.State;
import com.alipay.sofa.jraft.util.RepeatedTimer;
import com.alipay.sofa.jraft.util.ThreadId;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.invoke.VarHandle;
import java.util.List;
import java.util.concurrent.locks.Lock;

/**
 * What the Raft library, in the version that this is built with, does not do by itself and offers no call for. Any thread, now and
 * then.
 */
final class RaftInternals {
    private static final VarHandle ELECTION_TIMER;
    private static final VarHandle WRITE_LOCK;
    private static final MethodHandle PRE_VOTE;
    private static final VarHandle REPLICATORS;
    private static final VarHandle REPLICATOR_STATE;
    private static final MethodHandle NOTICE_CAUGHT_UP;

    static {
        try {
            MethodHandles.Lookup node = MethodHandles.privateLookupIn(NodeImpl.class, MethodHandles.lookup());
            ELECTION_TIMER = node.findVarHandle(NodeImpl.class, "electionTimer", RepeatedTimer.class);
            WRITE_LOCK = node.findVarHandle(NodeImpl.class, "writeLock", Lock.class);
            PRE_VOTE = node.findVirtual(NodeImpl.class, "preVote", MethodType.methodType(void.class));
            REPLICATORS = node.findVarHandle(NodeImpl.class, "replicatorGroup", ReplicatorGroup.class);
            MethodHandles.Lookup replicator = MethodHandles.privateLookupIn(Replicator.class, MethodHandles.lookup());
            REPLICATOR_STATE = replicator.findVarHandle(Replicator.class, "state", Replicator.State.class);
            NOTICE_CAUGHT_UP = replicator.findVirtual(
                    Replicator.class, "notifyOnCaughtUp", MethodType.methodType(void.class, int.class, boolean.class));
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(
                    "this is another version of the Raft library than the one that was built with", e);
        }
    }

    private RaftInternals() {}

    /**
     * Has a replica stand for election when it hears of no leader; it has a vote. The library starts the timer for that when a
     * node starts, and at the end of each term, but not of one that has no vote then: who got its vote since would wait for ever,
     * and so would a group in which all have.
     */
    static void standForElection(NodeImpl node) {
        if (node.getNodeState() == State.STATE_FOLLOWER) {
            ((RepeatedTimer) ELECTION_TIMER.get(node)).start();
        }
    }

    /**
     * Has a follower that hears of no leader stand for election, whatever its priority, if a majority hears of none either and none of
     * it has more.
     */
    static void standIfOthersAgree(NodeImpl node) {
        Lock lock = (Lock) WRITE_LOCK.get(node);
        lock.lock();
        if (node.getNodeState() == State.STATE_FOLLOWER && Members.addressOrNull(node.getLeaderId()) == null) {
            invoke(() -> {
                PRE_VOTE.invokeExact(node);
            }); // which gives the lock back
        } else {
            lock.unlock();
        }
    }

    /**
     * Has a change of the members go on that waits for one who is to get a vote and has all. The library looks when that one
     * confirms entries, and begins to wait only after it has sent it the first ones: whoever confirmed them in between would be waited for
     * until somebody appends something. A leader; not while its node is locked.
     */
    static void noticeCaughtUp(NodeImpl node) {
        for (ThreadId id : replicators(node)) {
            Replicator replicator = (Replicator) id.lock();
            if (replicator != null) {
                try {
                    if (REPLICATOR_STATE.get(replicator) == Replicator.State.Replicate) {
                        invoke(() -> {
                            NOTICE_CAUGHT_UP.invokeExact(replicator, 0, false);
                        });
                    }
                } finally {
                    id.unlock();
                }
            }
        }
    }

    @FunctionalInterface
    private interface Invocation {
        void run() throws Throwable;
    }

    private static void invoke(Invocation call) {
        try {
            call.run();
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException("the Raft library failed", e);
        }
    }

    /** Who sends to the other members, one for each; of a leader. */
    static List<ThreadId> replicators(NodeImpl node) {
        return ((ReplicatorGroup) REPLICATORS.get(node)).listReplicators();
    }
}
