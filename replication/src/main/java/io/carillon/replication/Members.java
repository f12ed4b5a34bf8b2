package io.carillon.replication;

import com.alipay.sofa.jraft.conf.Configuration;
import com.alipay.sofa.jraft.core.NodeImpl;
import com.alipay.sofa.jraft.entity.PeerId;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Who is in a group, in the Raft library's words and in ours. */
final class Members {
    /** Of a learner that is meant to have a vote, and has no priority of its own: those that are to stay learners have none. */
    private static final int MEANT_TO_VOTE = 1;

    private final Map<String, Integer> priorities;

    Members(Map<String, Integer> priorities) {
        this.priorities = priorities;
    }

    static String address(PeerId peer) {
        return peer.getEndpoint().toString();
    }

    /** @throws IllegalArgumentException when it is no address */
    PeerId peer(String address) {
        Integer priority = priorities.get(address);
        String known = priority == null ? address : address + "::" + priority;
        PeerId peer = PeerId.parsePeer(known);
        if (peer == null || peer.getPort() <= 0) {
            throw new IllegalArgumentException("an address of a member is host:port, not '" + address + "'");
        }
        return peer;
    }

    /**
     * A learner that is meant to have a vote, so that the group knows it whoever leads: the library's entries have no other place
     * for that, and look at no priority of a learner.
     */
    static PeerId learnerToVote(PeerId peer) {
        PeerId learner = peer.copy();
        if (learner.isPriorityDisabled()) {
            learner.setPriority(MEANT_TO_VOTE);
        }
        return learner;
    }

    /** Whether this is a learner that is meant to have a vote. */
    static boolean isToVote(Configuration members, String address) {
        PeerId learner = learners(members).get(address);
        return learner != null && !learner.isPriorityDisabled();
    }

    Configuration first(ReplicationConfig config) {
        Configuration first = new Configuration();
        if (config.begins() != ReplicationConfig.Begins.JOINING) {
            config.members().forEach(member -> first.addPeer(peer(member)));
            config.learners().forEach(learner -> first.addLearner(peer(learner)));
        }
        return first;
    }

    Configuration alone(ReplicationConfig config) {
        Configuration alone = new Configuration();
        alone.addPeer(peer(config.self()));
        return alone;
    }

    /** Who they are as a node knows it; nobody before it knows. */
    static Configuration of(NodeImpl node) {
        Configuration known = node.getCurrentConf();
        return known == null ? new Configuration() : known;
    }

    static Map<String, PeerId> voters(Configuration members) {
        return byAddress(members.getPeers());
    }

    static Map<String, PeerId> learners(Configuration members) {
        return byAddress(members.getLearners());
    }

    private static Map<String, PeerId> byAddress(Iterable<PeerId> peers) {
        Map<String, PeerId> found = new LinkedHashMap<>();
        peers.forEach(peer -> found.put(address(peer), peer));
        return found;
    }

    static @Nullable String addressOrNull(@Nullable PeerId peer) {
        return peer == null || peer.isEmpty() ? null : address(Objects.requireNonNull(peer));
    }
}
