package io.carillon.broker.client;

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
