package io.carillon.replication;

import io.carillon.base.Storage;
import io.carillon.log.ReplicaCopy;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * A replica's part in its group.
 *
 * @param group the group's name
 * @param self the address at which the others find this one, {@code host:port}
 * @param members the addresses of all voters when the group begins, this one among them unless it is a learner; later the
 *     log says who they are
 * @param folder where the vote is kept
 * @param electionTimeout how long a leader may be silent before another one is elected
 * @param learners the addresses of those who have copies when the group begins, and no vote
 * @param priorities who should rather lead than others, by address: whoever has more; with 0 one never leads. Either all
 *     members have one, or none
 * @param begins how this replica begins when its data folder is empty
 * @param keepForFollowers for how long entries are brought to a follower one by one before it has to copy files; what
 *     is dropped by age or for want of room is dropped later by up to twice of it
 * @param copyBytesPerSecond how quickly a replica that is far behind copies files from its leader; 0 for as quickly as it
 *     can
 */
public record ReplicationConfig(
        String group,
        String self,
        List<String> members,
        Path folder,
        Duration electionTimeout,
        List<String> learners,
        Map<String, Integer> priorities,
        Begins begins,
        Duration keepForFollowers,
        long copyBytesPerSecond) {

    /** How a replica begins that has nothing. */
    public enum Begins {
        /** As one of a new group, at once: whoever says so knows that no member ever held anything. */
        NEW,
        /**
         * As one of a new group when all other members say that they have nothing either; if one of them has something, this
         * one lost what it had, and has no vote until it has copied what the leader has.
         */
        CAREFULLY,
        /** In a group that there is, which is told to take it in: it waits for the leader to come. */
        JOINING
    }

    public static final Duration KEEP_FOR_FOLLOWERS = Duration.ofHours(1);

    public ReplicationConfig {
        members = List.copyOf(members);
        learners = List.copyOf(learners);
        priorities = Map.copyOf(priorities);
        if (self.lastIndexOf(':') <= 0) {
            throw new IllegalArgumentException("an address of a member is host:port, not '" + self + "'");
        }
        for (String learner : learners) {
            if (members.contains(learner)) {
                throw new IllegalArgumentException(learner + " cannot be a voter and a learner of the group " + group);
            }
        }
        for (Map.Entry<String, Integer> priority : priorities.entrySet()) {
            if (priority.getValue() < 0) {
                throw new IllegalArgumentException("the priority of " + priority.getKey()
                        + " must be 0, so that it never leads, or more, not " + priority.getValue());
            }
        }
        if (electionTimeout.toMillis() < 50 || electionTimeout.toMinutes() > 10) {
            throw new IllegalArgumentException(
                    "the election timeout must be from 50 ms to 10 minutes, not " + electionTimeout.toMillis() + " ms");
        }
    }

    /** What is said of a member; the rest as it is by default. */
    public ReplicationConfig(
            String group,
            String self,
            List<String> members,
            Path folder,
            Duration electionTimeout,
            List<String> learners,
            Map<String, Integer> priorities,
            Begins begins) {
        this(group, self, members, folder, electionTimeout, learners, priorities, begins, KEEP_FOR_FOLLOWERS, 0);
    }

    /** A new group of voters that are alike. */
    public ReplicationConfig(String group, String self, List<String> members, Path folder, Duration electionTimeout) {
        this(group, self, members, folder, electionTimeout, List.of(), Map.of(), Begins.NEW);
    }

    /**
     * Whether the log in this folder, which does not open, may be set aside to be copied from others: there are some, and they have
     * what was acknowledged of it. Not so of a log that this replica had for itself, nor when it is the only voter, or a group of
     * several is just beginning with its log. Nothing else may have the folder open.
     */
    public boolean isHeldByOthers(Storage data) {
        return !(others().isEmpty() && begins != Begins.JOINING)
                && ReplicaCopy.isHeldByOthers(data, last -> Configurations.hasOtherVoters(last, self));
    }

    /** The addresses of all but this one, as they were when the group began. */
    List<String> others() {
        return Stream.concat(members.stream(), learners.stream())
                .filter(member -> !member.equals(self))
                .toList();
    }

    /** Whether this replica must not lead, whatever others say. A learner may: when it has a vote. */
    boolean neverLeads() {
        return priorities.getOrDefault(self, 1) == 0;
    }
}
