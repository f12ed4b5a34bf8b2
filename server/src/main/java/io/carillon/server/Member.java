package io.carillon.server;

import io.carillon.base.Agent;
import io.carillon.broker.delayqueue.EmbeddedEngine;
import io.carillon.log.Replica;
import io.carillon.remoting.Dispatcher;
import io.carillon.remoting.Relay;
import io.carillon.remoting.RemotingServer;
import io.carillon.replication.Change;
import io.carillon.replication.LibraryErrors;
import io.carillon.replication.LibraryRefusal;
import io.carillon.replication.MemberStatus;
import io.carillon.replication.RaftGroup;
import io.carillon.replication.ReplicationConfig;
import io.carillon.replication.Role;
import io.carillon.replication.RoleListener;
import io.carillon.replication.Transport;
import io.carillon.rocketmq.BrokerIdentity;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A broker as a member of a group of replicas. While another one leads, it follows the log, and its clients' requests go on
 * to that one; when it is elected, it begins to serve, for a term. Changes of roles are made one after the other, on a thread
 * of their own: what they make waits for the log.
 */
final class Member implements RoleListener, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Member.class);
    private static final long HAND_OVER_NS = TimeUnit.SECONDS.toNanos(2);
    private static final long OFFSETS_PATIENCE_MS = 1_000;
    private static final long LOOK_AGAIN_NS = TimeUnit.MILLISECONDS.toNanos(2);
    private static final Duration STOP_PATIENCE = Duration.ofSeconds(2);

    private final ServerConfig config;
    private final Serving.Parts parts;
    private final RemotingServer listener;
    private final Dispatcher following;
    private final Relay relay;
    private final Registration registration;
    private final Whereabouts whereabouts;
    private final HostPort here;
    private final Consumer<String> notices;
    private final GroupMembership membership;
    private final Consumer<Boolean> onEnd;

    private volatile @Nullable RaftGroup group;
    private volatile Threads.@Nullable Running groupAgents;
    /** Null when this node has no such port, or not over the group's messages. */
    private @Nullable MemberHttp http;

    /** The term that this node leads in; 0 when it does not. */
    private volatile long leading;

    /** What serves while this node leads. Only the thread of the roles changes it, and when that has ended the one that stops. */
    private volatile @Nullable Term term;

    /** @param delayQueue what the HTTP port answers by; null when there is none */
    private record Term(
            long number,
            Serving serving,
            Threads.Running agents,
            @Nullable EmbeddedEngine delayQueue) {
        /** Lets nobody wait any more, so that all answers are due. */
        void answerAll() {
            if (delayQueue != null) {
                delayQueue.leadsNoMore();
            }
            serving.answerAll();
        }
    }

    /**
     * @param following answers what this node answers for itself while another one leads
     * @param relay takes the rest to that one
     * @param whereabouts where the others are
     * @param here where clients reach this node
     * @param notices takes what to tell the one who started the process, this once
     * @param onEnd told when this node must be stopped and started again, and whether because of a fault
     */
    Member(
            ServerConfig config,
            Serving.Parts parts,
            RemotingServer listener,
            Dispatcher following,
            Relay relay,
            Registration registration,
            Whereabouts whereabouts,
            HostPort here,
            Consumer<String> notices,
            Consumer<Boolean> onEnd) {
        this.config = config;
        this.parts = parts;
        this.listener = listener;
        this.following = following;
        this.relay = relay;
        this.registration = registration;
        this.whereabouts = whereabouts;
        this.here = here;
        this.notices = notices;
        membership = Objects.requireNonNull(parts.membership());
        this.onEnd = onEnd;
    }

    /** Has this port, too. Before it joins. */
    void http(@Nullable MemberHttp port) {
        http = port;
        whereabouts.http(port);
    }

    /** Takes part in the group from now on. */
    void join(Path data, Transport transport) {
        requireLogOfAGroup();
        whereabouts.follow();
        RaftGroup joined = take(config.replication().part(config.broker().name(), data.resolve("raft")), transport);
        group = joined;
        List<Agent> agents = new ArrayList<>(joined.agents());
        agents.add(ReadyFile.in(data, config.replication().votes(), joined::status));
        groupAgents = parts.threads().run(agents);
        membership.of(joined);
    }

    private RaftGroup take(ReplicationConfig part, Transport transport) {
        try {
            return new RaftGroup(part, transport, parts.store().log(), this);
        } catch (LibraryRefusal e) {
            throw new StartFailure(ExitCode.FAULT, "cannot take part in the group: " + e.getMessage(), e);
        }
    }

    /** A log that one process had for itself becomes that of the group only by whoever has it leading first. */
    private void requireLogOfAGroup() {
        Replica replica = parts.store().log().replica();
        if (config.replication().neverLeads()
                && replica.indexMax() > 0
                && replica.configurations().isEmpty()) {
            throw new StartFailure(
                    ExitCode.USAGE,
                    "the data folder holds the log of a process that had it for itself, and this member would never lead: begin the"
                            + " group with this one as a voter that may lead, or delete the folder so that it gets a copy of"
                            + " the group's log");
        }
    }

    // ---- what the group tells

    @Override
    public void leads(long number, Runnable open) {
        leading = number;
        whereabouts.leadsHere();
        inTurn(() -> lead(number, open));
    }

    @Override
    public void follows() {
        leading = 0;
        // At once: whatever the thread of the roles is at, nothing more is answered out of the state of a term that is
        // over.
        serveBy(following, null);
        inTurn(this::follow);
    }

    @Override
    public void hears(@Nullable String address) {
        whereabouts.ledBy(address);
        if (address != null) {
            LOG.info("another member leads node={} at={}", membership.nodeAt(address), address);
        }
    }

    @Override
    public LibraryErrors libraryErrors() {
        return RaftErrors.begin();
    }

    @Override
    public void failed() {
        onEnd.accept(true);
    }

    @Override
    public void reopen(String why) {
        LOG.info("begins anew because=\"{}\"", why);
        onEnd.accept(false);
    }

    private void inTurn(Runnable change) {
        try {
            parts.threads().roles().execute(change);
        } catch (RejectedExecutionException e) {
            LOG.debug("the process is stopping, no change of roles any more", e);
        }
    }

    // ---- the thread of the roles

    private void lead(long number, Runnable open) {
        if (leading != number) {
            return; // over before it began
        }
        LOG.info("elected, begins to serve term={}", number);
        try {
            begin(number, open);
        } catch (RuntimeException | Error e) {
            LOG.error("could not begin to serve term={}", number, e);
            follow();
            if (leading == number) { // still elected: nobody serves until this node lets go
                handOver();
                onEnd.accept(true);
            }
        }
    }

    private void begin(long number, Runnable open) {
        open.run();
        Serving serving = Serving.begin(parts);
        Threads.Running agents = parts.threads().run(serving.agents());
        term = new Term(number, serving, agents, null);
        EmbeddedEngine delayQueue = http == null ? null : http.make(serving.broker());
        term = new Term(number, serving, agents, delayQueue);
        if (parts.security() != null) {
            parts.security().makeAdmin(serving.broker().access()).ifPresent(notices);
        }
        whereabouts.tellOfTerm(number);
        serveBy(serving.dispatcher(), delayQueue);
        if (leading != number) {
            serveBy(following, null); // over meanwhile: what ends this term stands in line already
        }
        relay.retarget();
        listener.disconnectAll();
        registration.as(identity(0, number));
        LOG.info("leads term={}", number);
    }

    private void serveBy(Dispatcher dispatcher, @Nullable EmbeddedEngine delayQueue) {
        listener.serveBy(dispatcher);
        if (http != null && delayQueue != null) {
            http.serveBy(delayQueue);
        } else if (http != null) {
            http.serveNoMore();
        }
    }

    private void follow() {
        Term over = term;
        if (over == null) {
            return;
        }
        term = null;
        LOG.info("leads no more term={}", over.number());
        serveBy(following, null);
        over.answerAll();
        listener.disconnectAll();
        try {
            end(over);
        } finally {
            registration.as(identity(config.replication().nodeId(), over.number()));
        }
    }

    private static void end(Term over) {
        try {
            over.agents().stop(STOP_PATIENCE);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            over.serving().close();
        }
    }

    /** How name servers know this node: 0 is the master, the others have the numbers that they have in the group. */
    BrokerIdentity identity(long id, long number) {
        HostPort forSlaves = config.replication().self();
        return new BrokerIdentity(
                config.broker().cluster(), config.broker().name(), id, here.toString(), forSlaves.toString(), number);
    }

    /** If this node leads, lets another one do so, so that nobody need notice that the leader is gone. */
    void handOver() {
        RaftGroup joined = group;
        if (joined == null || joined.role() != Role.LEADER) {
            return;
        }
        List<MemberStatus> others = joined.status().members().stream()
                .filter(other -> other.isVoter() && other.priority() != 0 && other.role() == Role.FOLLOWER)
                .sorted(Comparator.comparingLong(MemberStatus::lastIndex).reversed())
                .toList();
        keepOffsets();
        for (MemberStatus other : others) {
            if (!(joined.transfer(other.address()) instanceof Change.Refused)) {
                awaitFollowing(joined);
                return;
            }
        }
    }

    /** What consumers said last, and nobody waits for, goes along. */
    private void keepOffsets() {
        Term now = term;
        if (now != null) {
            CountDownLatch kept = new CountDownLatch(1);
            now.serving().broker().offsets().whenDurable(_ -> kept.countDown());
            try {
                kept.await(OFFSETS_PATIENCE_MS, TimeUnit.MILLISECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void awaitFollowing(RaftGroup joined) {
        long deadlineNs = parts.ticker().nanoTime() + HAND_OVER_NS;
        while (joined.leader() == null || joined.role() == Role.LEADER || joined.role() == Role.HANDING_OVER) {
            if (parts.ticker().nanoTime() - deadlineNs > 0) {
                LOG.warn("no other member leads yet, goes all the same");
                return;
            }
            LockSupport.parkNanos(this, LOOK_AGAIN_NS);
        }
    }

    /** Leads no more and takes part no more; another one is elected. */
    @Override
    public void close() {
        RaftGroup joined = group;
        Threads.Running keeping = groupAgents;
        if (keeping != null) {
            keeping.askToStop();
        }
        if (joined != null) {
            joined.close();
        }
    }

    /** Ends what serves, if anything does; no change of roles comes any more. */
    void endTerm() {
        Term over = term;
        if (over != null) {
            term = null;
            over.answerAll();
            end(over);
        }
    }
}
