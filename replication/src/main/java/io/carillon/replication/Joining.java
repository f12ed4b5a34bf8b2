package io.carillon.replication;

import io.carillon.log.Replica;
import io.carillon.replication.ReplicationConfig.Begins;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * How a replica begins that may have lost what it had: it takes no part before the others said what there is. When none of
 * them has anything, the group is new. When there is a leader, it takes this one's vote and gives a copy. A vote of one that
 * forgot what it had could make somebody lead who lacks what was acknowledged.
 */
final class Joining {
    private static final Logger LOG = System.getLogger(Joining.class.getName());
    private static final long SILENT_TICKS = 50;

    private final ReplicationConfig config;
    private final Replica replica;
    private final GroupLine line;
    private final Roster roster;
    private final FileCopy copy;
    private final Runnable start;
    /** Who began with this one, and as which process. */
    private final Map<String, Long> born = new ConcurrentHashMap<>();

    private long ticks;
    private boolean isTold;

    /** @param start takes part from now on */
    Joining(ReplicationConfig config, Replica replica, GroupLine line, Roster roster, FileCopy copy, Runnable start) {
        this.config = config;
        this.replica = replica;
        this.line = line;
        this.roster = roster;
        this.copy = copy;
        this.start = start;
    }

    static boolean isNeeded(ReplicationConfig config, Replica replica) {
        return replica.noVote() != null
                || isOfOneProcess(config, replica)
                || (replica.indexMax() == 0 && (config.begins() == Begins.CAREFULLY || isJoiningOthers(config)));
    }

    /** It may have been a member already, and have lost what it had. */
    private static boolean isJoiningOthers(ReplicationConfig config) {
        return config.begins() == Begins.JOINING && !config.others().isEmpty();
    }

    /** A log that no group has written to, but one process for itself: a group grows out of it, or has one already. */
    private static boolean isOfOneProcess(ReplicationConfig config, Replica replica) {
        return replica.indexMax() > 0
                && replica.configurations().isEmpty()
                && !config.others().isEmpty();
    }

    /** Whether another one began with this one, and is the same process still. Any thread. */
    boolean isSinceBirth(String address, long birth) {
        return birth != 0 && born.getOrDefault(address, 0L) == birth;
    }

    /** Asks the others again. One thread, now and then. */
    void tick() {
        Map<String, Questions.Told> others = askOthers();
        if (replica.noVote() == null && isOfOneProcess(config, replica)) {
            grow(others);
            return;
        }
        if (replica.noVote() == null && begin(others)) {
            return;
        }
        String leader = leaderOf(others);
        if (leader != null) {
            copyFrom(leader);
        } else if (ticks++ % SILENT_TICKS == 0) {
            LOG.log(
                    replica.noVote() == null ? Level.INFO : Level.WARNING,
                    "waiting for the group {0}: {1}; this replica asks those whom its own --peers name: {2}",
                    config.group(),
                    whyWaiting(others),
                    config.others());
        }
    }

    /**
     * The log becomes the group's when all others are there and have nothing. A group that has one must not get another
     * beside it: members would follow one of them, and clients find both.
     */
    private void grow(Map<String, Questions.Told> others) {
        boolean isThere = others.values().stream().anyMatch(other -> other.lastIndex() > 0);
        if (!isThere && others.keySet().containsAll(config.others())) {
            start.run();
        } else if (isThere && !isTold) {
            isTold = true;
            LOG.log(
                    Level.ERROR,
                    "the group {0} has a log, and the data folder of this replica holds another one, of one process for"
                            + " itself (was it restored from a backup?): this replica takes no part. Stop it, and delete"
                            + " its data folder, so that it copies the log of the group; or stop the others and delete"
                            + " theirs, so that the group begins with this log",
                    config.group());
        } else if (!isThere && ticks++ % SILENT_TICKS == 0) {
            LOG.log(
                    Level.INFO,
                    "waiting for the group {0}: it begins with the log of this replica when all others are there and have"
                            + " nothing, but only {1} answer",
                    config.group(),
                    others.keySet());
        }
    }

    private String whyWaiting(Map<String, Questions.Told> others) {
        String why = replica.noVote();
        if (why != null) {
            return "nobody leads it who could give a copy, and this replica has no vote: " + why
                    + ". Its log ends with entry "
                    + replica.indexMax() + ends(others)
                    + "; when none of the others can ever lead again, an operator can let members vote with what they have,"
                    + " and take the loss ('carillon cluster accept-loss', docs/operations.md)";
        }
        boolean isThere = others.values().stream().anyMatch(other -> other.lastIndex() > 0);
        return isThere
                ? "it has a log, this replica has none, and nobody leads it who could give a copy"
                : "a new one begins when all have nothing and are there, but of the other members only "
                        + others.keySet() + " answer";
    }

    private static String ends(Map<String, Questions.Told> others) {
        StringBuilder ends = new StringBuilder();
        others.forEach((address, other) ->
                ends.append(", that of ").append(address).append(" with entry ").append(other.lastIndex()));
        return ends.toString();
    }

    private Map<String, Questions.Told> askOthers() {
        Map<String, CompletableFuture<Questions.@Nullable Told>> asked = new LinkedHashMap<>();
        config.others().forEach(other -> asked.put(other, roster.asking(other)));
        Map<String, Questions.Told> told = new LinkedHashMap<>();
        asked.forEach((other, answer) -> {
            Questions.Told came = Roster.await(answer);
            if (came != null && came.group().equals(config.group())) {
                told.put(other, came);
            }
        });
        return told;
    }

    private static @Nullable String leaderOf(Map<String, Questions.Told> others) {
        for (Map.Entry<String, Questions.Told> other : others.entrySet()) {
            if (other.getValue().role() == Role.LEADER) {
                return other.getKey();
            }
        }
        return null;
    }

    /** Takes part if the group is new, or began with this very process. */
    private boolean begin(Map<String, Questions.Told> others) {
        boolean isNew = others.values().stream().allMatch(other -> other.lastIndex() == 0 && other.birth() != 0);
        boolean isWhole = config.members().stream()
                .allMatch(member -> member.equals(config.self()) || others.containsKey(member));
        boolean isSinceBirth = others.values().stream().anyMatch(Questions.Told::isSinceBirth);
        if (!(isNew && isWhole) && !isSinceBirth) {
            return false;
        }
        others.forEach((address, other) -> born.put(address, other.birth()));
        start.run();
        return true;
    }

    private void copyFrom(String leader) {
        Change change = giveUpVote(leader);
        if (isUnknown(change) && isJoiningOthers(config) && replica.noVote() == null) {
            start.run(); // it has no vote that it could cast twice: it waits to be taken in
            return;
        }
        if (!isTold) {
            isTold = true;
            String why = replica.noVote();
            LOG.log(
                    Level.WARNING,
                    "the group {0} has a log, and this replica takes a copy of it before it votes: {1}",
                    config.group(),
                    why == null ? "its data folder was empty" : why);
        }
        if (change instanceof Change.Done) {
            copy.wantFrom(leader);
        } else if (change instanceof Change.Refused refused && refused.reason() != Change.Reason.CHANGE_UNDER_WAY) {
            LOG.log(Level.WARNING, "the leader {0} does not take this replica in: {1}", leader, refused.why());
        }
    }

    private static boolean isUnknown(@Nullable Change change) {
        return change instanceof Change.Refused refused && refused.reason() == Change.Reason.UNKNOWN_MEMBER;
    }

    /** Asks whoever leads to make this replica a learner if it is no member any more. Waits for that. */
    void comeBack() {
        String leader = leaderOf(askOthers());
        if (leader != null && ask(leader, Questions.BACK) instanceof Change.Refused(Change.Reason reason, String why)) {
            LOG.log(Level.DEBUG, "the leader {0} does not take this replica back: {1}: {2}", leader, reason, why);
        }
    }

    /** Asks whoever leads to make this replica one without a vote; null when nobody answers. Waits for that. */
    @Nullable
    Change giveUpVote() {
        String leader = leaderOf(askOthers());
        return leader == null ? null : giveUpVote(leader);
    }

    /** Asks a leader to make this replica one without a vote; null when it does not answer. Waits for that. */
    @Nullable
    Change giveUpVote(String leader) {
        return ask(leader, Questions.WITHOUT_VOTE);
    }

    /** Asks a leader for a vote; null when it does not answer. Waits for that. */
    @Nullable
    Change askForVote(String leader) {
        return ask(leader, Questions.WITH_VOTE);
    }

    private @Nullable Change ask(String leader, byte kind) {
        byte[] answer = Roster.await(line.ask(leader, Questions.of(kind, config.self(), 0), RaftGroup.CHANGE_MS));
        return answer == null ? null : Questions.change(answer);
    }
}
