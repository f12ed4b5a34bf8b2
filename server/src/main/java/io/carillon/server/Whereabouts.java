package io.carillon.server;

import io.carillon.base.Agent;
import io.carillon.broker.metadata.Members;
import io.carillon.remoting.Relay;
import io.carillon.remoting.Reply;
import io.carillon.remoting.RequestCode;
import io.carillon.remoting.ResponseCode;
import io.carillon.rocketmq.NameServerCalls;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.HashSet;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Agent: where the members of the group are. Finds out where clients reach the one that leads, so that requests go on to it, and
 * tells that one where this one is. Any thread, but for the work of the agent.
 */
final class Whereabouts implements Agent {
    private static final Logger LOG = LoggerFactory.getLogger(Whereabouts.class);
    private static final long LOOK_NS = TimeUnit.SECONDS.toNanos(1);
    private static final long TELL_TIMEOUT_MS = 3_000;

    private final ReplicationSettings settings;
    private final Serving.Parts parts;
    private final GroupMembership membership;
    private final Relay relay;
    private final NameServerCalls calls;
    private final HostPort here;
    /** Where the others find the one that leads; null when that is not known, and while this one does. */
    private volatile @Nullable String leader;

    private volatile @Nullable InetSocketAddress leaderAt;
    /** Null when this node has no such port, or not over the group's messages. */
    private @Nullable MemberHttp http;

    private volatile Set<InetAddress> hosts = Set.of();
    /** Looks names up: on a thread of its own, for that may take long. */
    private final OnDemand lookUps;

    private volatile boolean isTelling;
    private long lookAtNs;

    /**
     * @param relay passes on what clients ask, to where the leader is
     * @param calls asks other members
     * @param here where clients reach this node
     */
    Whereabouts(ReplicationSettings settings, Serving.Parts parts, Relay relay, NameServerCalls calls, HostPort here) {
        this.settings = settings;
        this.parts = parts;
        this.membership = Objects.requireNonNull(parts.membership());
        this.relay = relay;
        this.calls = calls;
        this.here = here;
        lookAtNs = parts.ticker().nanoTime();
        lookUps = new OnDemand(parts.threads().lookUps(), this::lookUp);
    }

    /** This node has this port, too. Before {@link #follow}. */
    void http(@Nullable MemberHttp port) {
        http = port;
    }

    /** Knows the others from now on, and follows what the log says of them. */
    void follow() {
        lookUp();
        members().onChange(lookUps::ask);
    }

    private Members members() {
        return parts.store().members();
    }

    /** This node leads. */
    void leadsHere() {
        leader = null;
        leaderAt(null, null);
    }

    /** The member leads that the others find there, or nobody. */
    void ledBy(@Nullable String address) {
        leader = address;
        leaderAt(null, null); // until its name is looked up, for which this thread must not wait
        lookUps.ask();
    }

    /** Has the log say that this node leads, and where it is. */
    void tellOfTerm(long number) {
        members().putLeader(settings.nodeId(), here.toString(), peer(), httpAddress(), number, _ -> {});
    }

    /** Where clients reach the leader; null when none is known, and while this node leads. */
    @Nullable
    InetSocketAddress leaderAddress() {
        return leaderAt;
    }

    /** Whether a member of the group is there. */
    boolean isHost(InetAddress address) {
        return hosts.contains(address);
    }

    // ---- the thread that looks names up

    /** Finds out where the others are. */
    private void lookUp() {
        Set<InetAddress> found = new HashSet<>();
        members().addresses().values().forEach(address -> add(found, address));
        settings.peers().forEach(peer -> add(found, peer.at().toString()));
        hosts = found;
        String asked = leader;
        int node = asked == null ? 0 : membership.nodeAt(asked);
        leaderAt(resolved(members().address(node)), resolved(members().httpAddress(node)));
        if (!Objects.equals(asked, leader)) {
            leaderAt(null, null); // somebody else leads meanwhile, or nobody: who said so asked for another look
        }
        relay.retarget();
    }

    private void leaderAt(@Nullable InetSocketAddress forClients, @Nullable InetSocketAddress forHttp) {
        leaderAt = forClients;
        if (http != null) {
            http.leaderAt(forHttp);
        }
    }

    /** Null for what is no address, or none that anybody knows. */
    private static @Nullable InetSocketAddress resolved(@Nullable String address) {
        if (address == null) {
            return null;
        }
        try {
            HostPort at = HostPort.parse(address);
            InetSocketAddress found = new InetSocketAddress(at.host(), at.port());
            return found.isUnresolved() ? null : found;
        } catch (IllegalArgumentException e) {
            LOG.warn("a member said that it is at '{}', which is no address", address);
            return null;
        }
    }

    private static void add(Set<InetAddress> to, String member) {
        InetSocketAddress at = resolved(member);
        if (at != null) {
            to.add(at.getAddress());
        }
    }

    // ---- agent: tells the leader where this node is

    @Override
    public int doWork() {
        long nowNs = parts.ticker().nanoTime();
        if (nowNs - lookAtNs < 0) {
            return 0;
        }
        lookAtNs = nowNs + LOOK_NS;
        lookUps.ask();
        tellLeader();
        return 1;
    }

    /** Where the other members find this one. */
    private String peer() {
        return settings.self().toString();
    }

    /** Empty when there is none. */
    private String httpAddress() {
        return http == null ? "" : http.port().at().toString();
    }

    /** Whether the others know where this node is. */
    private boolean isKnown() {
        int node = settings.nodeId();
        String knownHttp = Objects.requireNonNullElse(members().httpAddress(node), "");
        return here.toString().equals(members().address(node)) && httpAddress().equals(knownHttp);
    }

    private void tellLeader() {
        InetSocketAddress to = leaderAt;
        if (to == null || isTelling || isKnown()) {
            return;
        }
        isTelling = true;
        Reply content = Reply.ok()
                .ext("node", settings.nodeId())
                .ext("address", here.toString())
                .ext("peer", peer());
        if (http != null) {
            content.ext("http", httpAddress());
        }
        calls.call(to, RequestCode.MEMBER_HERE, content, TELL_TIMEOUT_MS).whenComplete((answer, fault) -> {
            isTelling = false;
            if (fault != null || answer.code() != ResponseCode.SUCCESS) {
                LOG.debug("the leader was not told where this node is leader={} fault={}", to, fault);
            }
        });
    }

    @Override
    public long restNs() {
        return Math.max(0, lookAtNs - parts.ticker().nanoTime());
    }

    @Override
    public void wakeBy(Runnable waker) {
        // looks once a second
    }

    @Override
    public String name() {
        return "member";
    }
}
