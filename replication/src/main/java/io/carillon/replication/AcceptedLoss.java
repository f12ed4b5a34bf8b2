package io.carillon.replication;

import io.carillon.log.Replica;
import io.carillon.replication.Change.Reason;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The way out of a group that cannot go on by itself, because too many of its members may have lost something that they told
 * others to have: an operator says of one that it may vote with what it has. What none of those has that vote then is lost,
 * though it was acknowledged; so it is never done unasked.
 */
final class AcceptedLoss {
    private static final Logger LOG = System.getLogger(AcceptedLoss.class.getName());

    private final ReplicationConfig config;
    private final Replica replica;
    private final Roster roster;
    private final Runnable start;

    /** @param start takes part from now on */
    AcceptedLoss(ReplicationConfig config, Replica replica, Roster roster, Runnable start) {
        this.config = config;
        this.replica = replica;
        this.roster = roster;
        this.start = start;
    }

    /** Lets this replica vote, if others cannot do without it. Waits for the others' answers, some seconds at most. */
    synchronized Change accept() {
        String why = replica.noVote();
        if (why == null) {
            return refused(Reason.ALREADY_SO, "this member knows of nothing that it lost, and its vote was not taken");
        }
        if (replica.indexMax() == 0) {
            return refused(
                    Reason.WOULD_LOSE_MAJORITY,
                    "this member has no log that it could vote with: " + why
                            + "; it copies the log of a leader. If another member has one, let that one vote, or take a"
                            + " backup of it with --all-written");
        }
        Set<String> voters = voters();
        Change obstacle = obstacle(voters, ask(voters));
        if (obstacle != null) {
            return obstacle;
        }
        replica.acceptLoss();
        LOG.log(
                Level.WARNING,
                "an operator lets this replica vote with what it has, up to entry {0,number,#}, though {1}: what was"
                        + " acknowledged and no voter of the group {2} has is lost",
                replica.indexMax(),
                why,
                config.group());
        start.run();
        return new Change.Done();
    }

    /** As this replica's log has them. */
    private Set<String> voters() {
        List<Replica.Item> known = replica.configurations();
        return known.isEmpty()
                ? Set.copyOf(config.members())
                : Members.voters(Configurations.of(known.getLast()).getConf()).keySet();
    }

    private Map<String, Questions.Told> ask(Set<String> voters) {
        Map<String, CompletableFuture<Questions.@Nullable Told>> asked = new LinkedHashMap<>();
        voters.stream()
                .filter(voter -> !voter.equals(config.self()))
                .forEach(voter -> asked.put(voter, roster.asking(voter)));
        Map<String, Questions.Told> told = new LinkedHashMap<>();
        asked.forEach((voter, answer) -> {
            Questions.Told came = Roster.await(answer);
            if (came != null && came.group().equals(config.group())) {
                told.put(voter, came);
            }
        });
        return told;
    }

    /** Why the group can go on without that, of which these are all that answer beside this one; null when it cannot. */
    static @Nullable Change obstacle(Set<String> voters, Map<String, Questions.Told> others) {
        long taking = 0;
        for (Map.Entry<String, Questions.Told> other : others.entrySet()) {
            switch (other.getValue().role()) {
                case LEADER, HANDING_OVER -> {
                    return refused(
                            Reason.WOULD_LOSE_MAJORITY,
                            other.getKey()
                                    + " leads the group: this member copies what it lacks from there, and gets its"
                                    + " vote back by itself");
                }
                case FOLLOWER, CANDIDATE -> taking++;
                case LEARNER, WAITING, FAILED -> {}
            }
        }
        return taking > voters.size() / 2
                ? refused(
                        Reason.WOULD_LOSE_MAJORITY,
                        taking + " of " + voters.size() + " voters take part without this one, and elect a leader by"
                                + " themselves: this member copies what it lacks from there")
                : null;
    }

    private static Change refused(Reason reason, String why) {
        return new Change.Refused(reason, why);
    }
}
