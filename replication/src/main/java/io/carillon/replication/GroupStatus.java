package io.carillon.replication;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A group, as one of its members sees it.
 *
 * @param group its name
 * @param self who sees it so
 * @param role what this one is
 * @param term the number of the leadership
 * @param leader who leads; null when nobody is known to
 * @param firstIndex the oldest entry that is brought to a follower one by one; who lacks earlier ones copies files
 * @param lastIndex the last entry of this one's log
 * @param committedIndex the last entry that this one knows to be on a majority
 * @param appliedIndex the last entry that took effect here
 * @param isChanging whether the last change of the members is not agreed on yet, as far as this one knows: as long as that is
 *     so, majorities of the old members and of the new ones are needed
 * @param members all of them, this one too; as this one knows them
 */
public record GroupStatus(
        String group,
        String self,
        Role role,
        long term,
        @Nullable String leader,
        long firstIndex,
        long lastIndex,
        long committedIndex,
        long appliedIndex,
        boolean isChanging,
        List<MemberStatus> members) {
    /** So many entries behind, a member has all but what is under way: nobody waits long for it, whether it votes or leads. */
    public static final long BEHIND_MAX = 1000;

    public GroupStatus {
        members = List.copyOf(members);
    }
}
