package io.carillon.broker.cluster;

/**
 * A member of a group, as one of them knows it.
 *
 * @param node its number; 0 when that is not known
 * @param address at which the others find it, {@code host:port}
 * @param clients where clients reach it, {@code host:port}; empty when it never said
 * @param isVoter whether it has a vote
 * @param priority 0 for one that never leads, -1 when nobody has one
 * @param term the leadership that it knows of; -1 when that is not known
 * @param lastIndex the last entry of its log; -1 when that is not known
 * @param appliedIndex the last entry that took effect there; -1 when that is not known
 * @param answeredAgoMs how long ago it answered last, in ms; -1 when it never did
 * @param copiedBytes how much it has copied of what the leader has, while it does that; else -1
 * @param copyBytes how much that is in all; else -1
 */
public record MemberView(
        int node,
        String address,
        String clients,
        boolean isVoter,
        int priority,
        MemberRole role,
        long term,
        long lastIndex,
        long appliedIndex,
        long answeredAgoMs,
        long copiedBytes,
        long copyBytes) {}
