package io.carillon.server;

import io.carillon.base.ByteSize;
import io.carillon.replication.ReplicationConfig;
import io.carillon.replication.ReplicationConfig.Begins;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A broker's place in a group of replicas that bears the broker's name.
 *
 * @param nodeId this member's number in the group, from 1 on; 0 for a broker that has its log for itself
 * @param peers the members that the group begins with, this one among them, as {@code 1=host:port;2=host:port;3=host:port}:
 *     where they find each other, which is no port for clients. One with {@code /learner} behind its address has a copy and no
 *     vote; one with {@code /priority=0} votes and never leads, and of 1 to 100, which is what those have that say none,
 *     whoever has more leads rather. The same for all members
 * @param electionTimeout how long the leader may be silent before the others elect another one
 * @param joins whether this member is to be taken into a group that there is, and waits for that when it has nothing yet
 * @param learner whether this member has a copy and no vote, as if {@code /learner} stood behind its own address
 * @param tls whether members encrypt what they send each other: by {@code tls.certificate}, which must bear the address of this
 *     member in {@code peers} and be vouched for by the others' {@code tls.trust}, as theirs by its own. The same for all members
 * @param copyRateMax how many bytes a second this member copies at most when it is far behind and gets the files of the leader's
 *     log; 0 for as many as it can
 * @param keepForFollowers for how long the leader brings a member that is behind one entry after the other, before that one has to
 *     copy files; what is dropped from the log is dropped later by up to twice of it
 */
public record ReplicationSettings(
        int nodeId,
        List<Peer> peers,
        Duration electionTimeout,
        boolean joins,
        boolean learner,
        boolean tls,
        ByteSize copyRateMax,
        Duration keepForFollowers) {
    private static final Duration ELECTION_MIN = Duration.ofMillis(100);
    /** With less, a part of a file would take so long that the leader gives the copy up. */
    private static final ByteSize COPY_RATE_MIN = ByteSize.kib(64);

    private static final Duration KEEP_MIN = Duration.ofSeconds(1);

    public static final ReplicationSettings DEFAULT = new ReplicationSettings(
            0,
            List.of(),
            Duration.ofSeconds(1),
            false,
            false,
            false,
            new ByteSize(0),
            ReplicationConfig.KEEP_FOR_FOLLOWERS);

    public ReplicationSettings {
        peers = List.copyOf(peers);
        if (nodeId < 0) {
            throw new IllegalArgumentException("replication.node-id must be from 1 on, or 0 for none, not " + nodeId);
        }
        if (nodeId == 0 && !peers.isEmpty()) {
            throw new IllegalArgumentException(
                    "replication.peers are named: say with replication.node-id which this is");
        }
        if (nodeId == 0 && learner) {
            throw new IllegalArgumentException("replication.learner is for a member of a group: say with"
                    + " replication.node-id and replication.peers of which");
        }
        int self = nodeId;
        if (nodeId > 0 && peers.stream().noneMatch(peer -> peer.node() == self)) {
            throw new IllegalArgumentException(
                    "replication.peers must name member " + nodeId + " itself, too: " + peers);
        }
        Set<Object> seen = new HashSet<>();
        for (Peer peer : peers) {
            if (!seen.add(peer.node()) || !seen.add(peer.at())) {
                throw new IllegalArgumentException("replication.peers name a number or an address twice: " + peers);
            }
            if (learner && peer.node() == nodeId && peer.said() != null) {
                throw new IllegalArgumentException("member " + nodeId
                        + " is a learner, which never leads: leave its priority out of replication.peers");
            }
        }
        if (nodeId > 0 && !joins) {
            requireThatSomebodyMayLead(peers, learner ? nodeId : 0);
        }
        if (electionTimeout.compareTo(ELECTION_MIN) < 0) {
            throw new IllegalArgumentException(
                    "replication.election-timeout must be 100ms or more, not " + electionTimeout.toMillis() + "ms");
        }
        requireRange(copyRateMax, keepForFollowers);
    }

    private static void requireRange(ByteSize copyRateMax, Duration keepForFollowers) {
        if (copyRateMax.bytes() > 0 && copyRateMax.compareTo(COPY_RATE_MIN) < 0) {
            throw new IllegalArgumentException("replication.copy-rate-max must be " + COPY_RATE_MIN
                    + " or more, or 0 for no bound, not " + copyRateMax);
        }
        if (keepForFollowers.compareTo(KEEP_MIN) < 0) {
            throw new IllegalArgumentException(
                    "replication.keep-for-followers must be 1s or more, not " + keepForFollowers.toMillis() + "ms");
        }
    }

    private static void requireThatSomebodyMayLead(List<Peer> peers, int learner) {
        List<Peer> voters = peers.stream()
                .filter(peer -> !peer.isLearner() && peer.node() != learner)
                .toList();
        if (voters.isEmpty()) {
            throw new IllegalArgumentException("all of replication.peers are learners, so that nobody could lead: "
                    + peers + "; to take a learner into a group that there is, say replication.joins");
        }
        if (voters.stream().allMatch(peer -> peer.priority() == 0)) {
            throw new IllegalArgumentException(
                    "all voters of replication.peers have the priority 0, so that nobody could lead: " + peers);
        }
    }

    /** Whether the broker is a member of a group of replicas. */
    boolean isMember() {
        return nodeId > 0;
    }

    /** Where the others find this member. */
    HostPort self() {
        return own().at();
    }

    private Peer own() {
        return peers.stream().filter(peer -> peer.node() == nodeId).findFirst().orElseThrow();
    }

    /** Whether this member can never lead: it has no vote, or the priority 0. */
    boolean neverLeads() {
        return isLearner(own()) || own().priority() == 0;
    }

    /** Whether this member is to have a vote. */
    boolean votes() {
        return !isLearner(own());
    }

    private boolean isLearner(Peer peer) {
        return peer.isLearner() || (learner && peer.node() == nodeId);
    }

    /** This member's part in the group of this name. */
    ReplicationConfig part(String group, Path folder) {
        List<Peer> voters = peers.stream().filter(peer -> !isLearner(peer)).toList();
        boolean isAnySaid = voters.stream().anyMatch(peer -> peer.said() != null);
        Map<String, Integer> priorities = isAnySaid
                ? voters.stream().collect(Collectors.toMap(peer -> peer.at().toString(), Peer::priority))
                : Map.of();
        return new ReplicationConfig(
                group,
                self().toString(),
                addresses(voters),
                folder,
                electionTimeout,
                addresses(peers.stream().filter(this::isLearner).toList()),
                priorities,
                joins ? Begins.JOINING : Begins.CAREFULLY,
                keepForFollowers,
                copyRateMax.bytes());
    }

    private static List<String> addresses(List<Peer> of) {
        return of.stream().map(peer -> peer.at().toString()).toList();
    }
}
