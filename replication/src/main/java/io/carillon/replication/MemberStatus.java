package io.carillon.replication;

import org.jspecify.annotations.Nullable;

/**
 * A member of a group, as one of them sees it.
 *
 * @param address at which the others find it
 * @param isVoter whether its vote counts; a learner only has a copy
 * @param priority 0 for one that never leads, -1 when the group has none
 * @param role what it says that it is; null when it does not answer
 * @param term of its leader, as it says; -1 when unknown
 * @param lastIndex of its log, as it said last; -1 when unknown
 * @param appliedIndex the last entry that took effect there, as it said last; -1 when unknown
 * @param answeredAgoMs when it answered last, in ms ago; -1 when it never did
 * @param copiedBytes how much it has copied of what the leader has, while it does that; else -1
 * @param copyBytes how much that is all together; else -1
 */
public record MemberStatus(
        String address,
        boolean isVoter,
        int priority,
        @Nullable Role role,
        long term,
        long lastIndex,
        long appliedIndex,
        long answeredAgoMs,
        long copiedBytes,
        long copyBytes) {
    static MemberStatus of(String address, boolean isVoter, int priority, Questions.Told told, long agoMs) {
        return new MemberStatus(
                address,
                isVoter,
                priority,
                agoMs > Roster.RECENT_MS ? null : told.role(),
                told.term(),
                told.lastIndex(),
                told.appliedIndex(),
                agoMs,
                told.copiedBytes(),
                told.copyBytes());
    }
}
