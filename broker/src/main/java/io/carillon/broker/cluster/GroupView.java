package io.carillon.broker.cluster;

import java.util.List;

/**
 * A group, as one of its members knows it.
 *
 * @param group its name
 * @param self the address at which the others find the one who knows it so
 * @param role what that one is
 * @param term the leadership that it knows of
 * @param leader the address of the member that leads; empty when nobody is known to
 * @param firstIndex the oldest entry that is brought to a follower one by one; who lacks earlier ones copies files
 * @param committedIndex the last entry that it knows to be on a majority
 * @param members all of them, that one too
 */
public record GroupView(
        String group,
        String self,
        MemberRole role,
        long term,
        String leader,
        long firstIndex,
        long committedIndex,
        List<MemberView> members) {
    public GroupView {
        members = List.copyOf(members);
    }
}
