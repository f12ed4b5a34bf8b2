package io.carillon.replication;

import io.carillon.base.CarillonException.StorageFault;
import io.carillon.base.Ticker;
import io.carillon.log.ReplicaCopy;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What a member does whose log was found to be damaged on its disk while it takes part: it lets another one lead, gives up its vote
 * where the others can do without, and begins anew with a copy of the leader's log, in which what is intact of its own is used. One
 * member at a time, for the leader takes one vote at a time; and not the last one that there is. One thread, but for
 * {@link #found}.
 */
final class DamagedLog {
    private static final Logger LOG = System.getLogger(DamagedLog.class.getName());
    private static final long AGAIN_NS = TimeUnit.SECONDS.toNanos(1);

    private final ReplicationConfig config;
    private final Runnable letAnotherLead;
    private final ReplicaCopy copy;
    private final Function<@Nullable String, @Nullable Change> giveUpVote;
    private final Ticker ticker;
    private volatile @Nullable String damage;
    private long againNs;
    /** A leader that was asked may have taken it out, and be gone before it took it in without a vote: the others know of neither. */
    private boolean hasAsked;

    /**
     * @param letAnotherLead hands the leadership over, to whoever can take it
     * @param giveUpVote asks the leader to make this replica a learner, or whoever leads when this replica hears of none; null when
     *     nobody answers
     */
    DamagedLog(
            ReplicationConfig config,
            Runnable letAnotherLead,
            ReplicaCopy copy,
            Function<@Nullable String, @Nullable Change> giveUpVote,
            Ticker ticker) {
        this.config = config;
        this.letAnotherLead = letAnotherLead;
        this.copy = copy;
        this.giveUpVote = giveUpVote;
        this.ticker = ticker;
        againNs = ticker.nanoTime();
    }

    /** Any thread. */
    void found(String why) {
        damage = why;
    }

    /** Why this replica must be opened anew, now that its log is to be set aside; null while it need not or cannot. */
    @Nullable
    String tick(Role role, @Nullable String leader) {
        String why = damage;
        if (why == null || ticker.nanoTime() - againNs < 0) {
            return null;
        }
        againNs = ticker.nanoTime() + AGAIN_NS;
        if (role == Role.LEADER) {
            letAnotherLead.run();
        } else if (canAsk(role, leader)) {
            hasAsked = true;
            return isWithoutVote(leader) ? condemn(why) : null;
        }
        return null;
    }

    private boolean canAsk(Role role, @Nullable String leader) {
        return switch (role) {
            case FOLLOWER, LEARNER -> leader != null || hasAsked;
            case WAITING -> hasAsked;
            default -> false;
        };
    }

    private boolean isWithoutVote(@Nullable String leader) {
        Change change = giveUpVote.apply(leader);
        if (change instanceof Change.Refused(Change.Reason reason, String why)) {
            LOG.log(Level.WARNING, "the log is damaged, and cannot be replaced yet: {0}: {1}", reason, why);
        }
        return change instanceof Change.Done;
    }

    /** Null when the disk refuses: that is tried again, for it may pass. */
    private @Nullable String condemn(String why) {
        try {
            copy.condemn(config.group(), why);
        } catch (StorageFault fault) {
            LOG.log(Level.WARNING, "the log is damaged, and that cannot be noted yet: {0}", fault.getMessage());
            return null;
        }
        damage = null;
        return "its log is damaged: " + why;
    }
}
