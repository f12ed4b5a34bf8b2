package io.carillon.replication;

import io.carillon.base.Ticker;
import io.carillon.log.Replica.Item;
import io.carillon.replication.Change.Reason;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A member without a vote, which is meant to have one, asks the leader for it. Its leader takes it out before it makes it a voter, and
 * may be gone then: it asks whoever leads to take it in again. Its own log need not tell what happened: that may have been while it
 * was away, and what makes it a voter may have come to it alone. One thread.
 */
final class WayToVote {
    private static final Logger LOG = System.getLogger(WayToVote.class.getName());
    private static final long ASK_NS = 1_000_000_000;
    /** Whoever is a member hears of a leader much sooner, unless there is none. */
    private static final int SILENT_ELECTIONS = 5;

    private final String self;
    private final boolean isListedToVote;
    private final Supplier<List<Item>> configurations;
    private final LongSupplier committed;
    private final Ticker ticker;
    private final Function<String, @Nullable Change> askForVote;
    private final Runnable comeBack;
    private final long silentNs;
    private long askedNs;
    private long heardNs;
    /** Whether it asked for a vote, now or before it was started anew, and has not had one since. */
    private boolean hasAsked;

    /** Whether the last answer was that it is not meant to have one, of which the log tells once. */
    private boolean isRefused;

    /**
     * @param configurations what the log says of who the members are, oldest first
     * @param committed the index of the last entry that is known to be committed
     * @param askForVote asks the member at an address, which leads, for a vote; null when it does not answer. Waits for that
     * @param comeBack asks whoever leads to make this one a learner if it is no member; waits for that
     */
    WayToVote(
            ReplicationConfig config,
            Supplier<List<Item>> configurations,
            LongSupplier committed,
            Ticker ticker,
            Function<String, @Nullable Change> askForVote,
            Runnable comeBack) {
        self = config.self();
        isListedToVote = !config.learners().contains(self);
        this.configurations = configurations;
        this.committed = committed;
        this.ticker = ticker;
        this.askForVote = askForVote;
        this.comeBack = comeBack;
        silentNs = SILENT_ELECTIONS * config.electionTimeout().toNanos();
        askedNs = ticker.nanoTime();
        heardNs = askedNs;
        hasAsked = isListedToVote && Configurations.isOnItsWay(configurations.get(), self);
    }

    void tick(Role role, @Nullable String leader) {
        long nowNs = ticker.nanoTime();
        if (leader != null) {
            heardNs = nowNs;
        }
        if (hasAsked && isVoteAgreedOn(role)) {
            hasAsked = false; // whoever removes it from now on means it
        }
        if (nowNs - askedNs < ASK_NS || !isMeant(role)) {
            return;
        }
        if (role == Role.LEARNER && leader != null) {
            askedNs = nowNs;
            hasAsked = true;
            ask(leader);
        } else if (isForgotten(role, nowNs)) {
            askedNs = nowNs;
            comeBack.run();
        }
    }

    /** By what it was started with; or the group took its vote for a while, which it was given later than it was started. */
    private boolean isMeant(Role role) {
        if (isListedToVote || role != Role.LEARNER) {
            return isListedToVote;
        }
        List<Item> known = configurations.get();
        return !known.isEmpty()
                && Members.isToVote(Configurations.of(known.getLast()).getConf(), self);
    }

    private boolean isVoteAgreedOn(Role role) {
        List<Item> known = configurations.get();
        return (role == Role.FOLLOWER || role == Role.LEADER)
                && !known.isEmpty()
                && known.getLast().index() <= committed.getAsLong();
    }

    private boolean isForgotten(Role role, long nowNs) {
        boolean isSilent = nowNs - heardNs >= silentNs;
        return switch (role) {
            case WAITING -> hasAsked;
            case LEARNER -> isSilent;
            case FOLLOWER -> isSilent && hasAsked;
            default -> false;
        };
    }

    /** A learner does not notice that its leader is gone, and hears of another one only from that, which must know it. */
    private void ask(String leader) {
        Change answer = askForVote.apply(leader);
        if (answer instanceof Change.Refused(Reason reason, String why)) {
            boolean isForGood = reason == Reason.UNKNOWN_MEMBER;
            LOG.log(isForGood && !isRefused ? Level.WARNING : Level.DEBUG, "no vote yet: {0}: {1}", reason, why);
            isRefused = isForGood;
        }
        if (answer == null
                || (answer instanceof Change.Refused refused
                        && (refused.reason() == Reason.NOT_LEADER || refused.reason() == Reason.UNKNOWN_MEMBER))) {
            comeBack.run();
        }
    }
}
