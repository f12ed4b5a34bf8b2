package io.carillon.server;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * A broker's place in a group of replicas that bears the broker's name.
 *
 * @param nodeId this member's number in the group, from 1 on; 0 for a broker that has its log for itself
 * @param peers the members that the group begins with, this one among them, as {@code 1=host:port;2=host:port;3=host:port}:
 *     where they find each other, which is no port for clients
 * @param electionTimeout how long the leader may be silent before the others elect another one
 * @param joins whether this member is to be taken into a group that there is, and waits for that when it has nothing yet
 */
public record ReplicationSettings(int nodeId, List<PeerAddress> peers, Duration electionTimeout, boolean joins) {
    private static final Duration ELECTION_MIN = Duration.ofMillis(100);

    public static final ReplicationSettings DEFAULT =
            new ReplicationSettings(0, List.of(), Duration.ofSeconds(1), false);

    public ReplicationSettings {
        peers = List.copyOf(peers);
        if (nodeId < 0) {
            throw new IllegalArgumentException("replication.node-id must be from 1 on, or 0 for none, not " + nodeId);
        }
        if (nodeId == 0 && !peers.isEmpty()) {
            throw new IllegalArgumentException(
                    "replication.peers are named: say with replication.node-id which this is");
        }
        int self = nodeId;
        if (nodeId > 0 && peers.stream().noneMatch(peer -> peer.node() == self)) {
            throw new IllegalArgumentException(
                    "replication.peers must name member " + nodeId + " itself, too: " + peers);
        }
        Set<Object> seen = new HashSet<>();
        for (PeerAddress peer : peers) {
            if (!seen.add(peer.node()) || !seen.add(peer.at())) {
                throw new IllegalArgumentException("replication.peers name a number or an address twice: " + peers);
            }
        }
        if (electionTimeout.compareTo(ELECTION_MIN) < 0) {
            throw new IllegalArgumentException(
                    "replication.election-timeout must be 100ms or more, not " + electionTimeout.toMillis() + "ms");
        }
    }

    /** Whether the broker is a member of a group of replicas. */
    boolean isMember() {
        return nodeId > 0;
    }

    /** Where the others find this member. */
    HostPort self() {
        return peers.stream()
                .filter(peer -> peer.node() == nodeId)
                .findFirst()
                .orElseThrow()
                .at();
    }
}
