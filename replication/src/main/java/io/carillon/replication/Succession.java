package io.carillon.replication;

import com.alipay.sofa.jraft.core.NodeImpl;
import com.alipay.sofa.jraft.entity.PeerId;
import com.alipay.sofa.jraft.rpc.Connection;
import com.alipay.sofa.jraft.rpc.RpcContext;
import com.alipay.sofa.jraft.rpc.RpcRequestClosure;
import com.alipay.sofa.jraft.rpc.RpcRequests.TimeoutNowRequest;
import com.alipay.sofa.jraft.rpc.RpcRequests.TimeoutNowResponse;
import com.google.protobuf.Message;
import io.carillon.base.Ticker;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Has a follower stand for election as soon as the process that led is gone: the connections that it had made broke, and its
 * machine answers that nobody listens at its port. That it is silent tells so only after the election timeout, which must be
 * long enough for a leader that is merely slow. Followers stand one after the other, or their votes would be split. One thread,
 * but for {@link #connectionBroke}.
 */
final class Succession {
    private static final Logger LOG = System.getLogger(Succession.class.getName());
    private static final int CONNECT_MS = 200;
    /** A process that dies closes what it has one after the other: somebody may still listen when a connection breaks. */
    private static final long LOOK_NS = TimeUnit.SECONDS.toNanos(1);

    private static final long LOOK_EACH_NS = TimeUnit.MILLISECONDS.toNanos(50);

    /** What an election takes, on a machine that is busy: two that stand at once split the votes, which costs an election timeout. */
    private static final long TURN_NS = TimeUnit.MILLISECONDS.toNanos(400);

    private final NodeImpl node;
    private final LongSupplier heardTerm;
    private final Predicate<PeerId> isGone;
    private final Ticker ticker;
    private volatile boolean isBroken;
    private long lookUntilNs;
    private long lookNextNs;
    private @Nullable PeerId gone;
    private long goneTerm;
    private long term;
    private long turnNs;

    /**
     * @param heardTerm the number of the leadership that this replica heard of last
     * @param isGone whether a member's machine says that nobody listens at its port
     */
    Succession(NodeImpl node, LongSupplier heardTerm, Predicate<PeerId> isGone, Ticker ticker) {
        this.node = node;
        this.heardTerm = heardTerm;
        this.isGone = isGone;
        this.ticker = ticker;
        lookUntilNs = ticker.nanoTime();
        lookNextNs = lookUntilNs;
    }

    /** Another member closed a connection to this one, or is gone. Any thread. */
    void connectionBroke() {
        isBroken = true;
    }

    /** Called while this replica follows and has a vote. */
    void tick() {
        if (isBroken) {
            isBroken = false;
            lookUntilNs = ticker.nanoTime() + LOOK_NS;
        }
        if (gone != null) {
            standInTurn();
        } else if (lookUntilNs - ticker.nanoTime() > 0 && lookNextNs - ticker.nanoTime() <= 0) {
            lookNextNs = ticker.nanoTime() + LOOK_EACH_NS;
            lookForLeader();
        }
    }

    private void lookForLeader() {
        PeerId leader = node.getLeaderId();
        if (leader != null && !leader.isEmpty() && isGone.test(leader)) {
            gone = leader.copy();
            goneTerm = heardTerm.getAsLong();
            term = goneTerm;
            turnNs = ticker.nanoTime() + placeInLine() * TURN_NS;
            standInTurn();
        }
    }

    /** Only the machine itself can say so: silence may be the network's. */
    static boolean isGone(PeerId leader) {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(leader.getIp(), leader.getPort()), CONNECT_MS);
            return false;
        } catch (ConnectException e) {
            return String.valueOf(e.getMessage()).contains("refused");
        } catch (IOException e) {
            return false;
        }
    }

    /** By priority, then by address, the leader left out: all followers count alike. */
    private int placeInLine() {
        List<PeerId> line = Members.of(node).getPeers().stream()
                .filter(peer -> !peer.equals(gone))
                .sorted(Comparator.comparingInt(PeerId::getPriority).reversed().thenComparing(Members::address))
                .toList();
        return Math.max(0, line.indexOf(node.getServerId()));
    }

    private void standInTurn() {
        PeerId leader = node.getLeaderId();
        long nowNs = ticker.nanoTime();
        if (leader != null && !leader.isEmpty() && (!leader.equals(gone) || heardTerm.getAsLong() != goneTerm)) {
            gone = null; // somebody leads, be it the same one, started again
        } else if (nowNs - turnNs >= 0) {
            long found = stand();
            if (found == term) {
                gone = null;
            } else {
                term = found; // another one stands: it has its turn first
                turnNs = nowNs + TURN_NS;
            }
        }
    }

    /** The number of the term that this replica finds itself in: when that is another one, it did not stand. */
    private long stand() {
        if (node.getServerId().isPriorityNotElected()) {
            return term;
        }
        TimeoutNowRequest request = TimeoutNowRequest.newBuilder()
                .setGroupId(node.getGroupId())
                .setServerId(String.valueOf(gone))
                .setPeerId(node.getServerId().toString())
                .setTerm(term)
                .build();
        Message refused = node.handleTimeoutNowRequest(request, new RpcRequestClosure(NOBODY));
        if (refused instanceof TimeoutNowResponse other) {
            return other.getTerm();
        }
        LOG.log(Level.INFO, "the process of the leader {0} is gone: stood for election", gone);
        return term;
    }

    /** Whoever leads asks for an election so; here nobody waits for the answer. */
    private static final RpcContext NOBODY = new RpcContext() {
        @Override
        public void sendResponse(Object response) {}

        @Override
        public @Nullable Connection getConnection() {
            return null;
        }

        @Override
        public String getRemoteAddress() {
            return "";
        }
    };
}
