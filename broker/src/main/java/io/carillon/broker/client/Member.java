package io.carillon.broker.client;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** One client in one group, and when it was last heard of. Any thread may read. */
public final class Member {
    private final Identity identity;
    private volatile long seenNs;
    private volatile long seenMs;

    Member(Identity identity, long seenNs, long seenMs) {
        this.identity = Objects.requireNonNull(identity);
        this.seenNs = seenNs;
        this.seenMs = seenMs;
    }

    /** Each client once: of its connections all that are direct, else one that is open. */
    static List<Member> nearest(Collection<Member> all) {
        Map<String, Member> relayed = new LinkedHashMap<>();
        List<Member> nearest = new ArrayList<>();
        for (Member member : all) {
            if (!member.channel().isRelayed()) {
                nearest.add(member);
            } else if (member.channel().isOpen()) {
                relayed.putIfAbsent(member.clientId(), member);
            }
        }
        nearest.forEach(member -> relayed.remove(member.clientId()));
        nearest.addAll(relayed.values());
        return nearest;
    }

    public Identity identity() {
        return identity;
    }

    public String clientId() {
        return identity.clientId();
    }

    public ClientChannel channel() {
        return identity.channel();
    }

    /** When its last heartbeat came, in epoch ms. */
    public long seenMs() {
        return seenMs;
    }

    long seenNs() {
        return seenNs;
    }

    void touch(long nowNs, long nowMs) {
        seenNs = nowNs;
        seenMs = nowMs;
    }
}
