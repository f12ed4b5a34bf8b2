package io.carillon.systemtests.history;

/**
 * What can happen to a group of three replicas. Each ends with the group whole again. First stand those in which the log is copied,
 * which takes long once others have made it long.
 */
enum Fault {
    /** A broker with nothing gets the vote of a member, which leads, follows, or has died. */
    REPLACE_MEMBER(Needs.NOTHING),
    /** The leader dies just when it gives a learner a vote, in the place of another member or beside it. */
    KILL_LEADER_IN_CHANGE(Needs.NOTHING),
    /** Another one leads while a member that lost all it had copies the log. */
    CHANGE_LEADER_IN_COPY(Needs.NOTHING),
    KILL_LEADER(Needs.NOTHING),
    KILL_FOLLOWER(Needs.NOTHING),
    KILL_MAJORITY(Needs.NOTHING),
    KILL_ALL(Needs.NOTHING),
    PAUSE_LEADER(Needs.NOTHING),
    PAUSE_FOLLOWER(Needs.NOTHING),
    PAUSE_MAJORITY(Needs.NOTHING),
    PAUSE_ALL(Needs.NOTHING),
    ROLLING_RESTART(Needs.NOTHING),
    /** The leader and the others hear nothing of each other; clients reach all of them. */
    CUT_LEADER(Needs.HOSTS),
    /** The others do not hear the leader, it hears them. */
    CUT_LEADER_OUT(Needs.HOSTS),
    /** The leader does not hear the others, they hear it. */
    CUT_LEADER_IN(Needs.HOSTS),
    CUT_FOLLOWER(Needs.HOSTS),
    CUT_FOLLOWER_OUT(Needs.HOSTS),
    CUT_FOLLOWER_IN(Needs.HOSTS),
    /** Two are heard by nobody, and hear the third, which may lead in vain. */
    CUT_MAJORITY_OUT(Needs.HOSTS),
    /** Two hear nobody, and the third hears them. */
    CUT_MAJORITY_IN(Needs.HOSTS),
    /** Nobody hears anybody. */
    CUT_ALL(Needs.HOSTS),
    POWER_LEADER(Needs.DISKS),
    POWER_FOLLOWER(Needs.DISKS),
    POWER_MAJORITY(Needs.DISKS),
    POWER_ALL(Needs.DISKS),
    FULL_DISK_LEADER(Needs.DISKS),
    FULL_DISK_FOLLOWER(Needs.DISKS),
    /** Every write and every force is an input/output error from now on. */
    FAILED_DISK_LEADER(Needs.DISKS),
    FAILED_DISK_FOLLOWER(Needs.DISKS),
    /** One byte that was forced, before the end of the log, is another one when a follower starts again. */
    FLIPPED_BYTE(Needs.NOTHING),
    /** The last entry of a follower that was killed is not whole. */
    TORN_TAIL(Needs.NOTHING);

    /** What there must be for it. */
    enum Needs {
        NOTHING,
        HOSTS,
        DISKS
    }

    private final Needs needs;

    Fault(Needs needs) {
        this.needs = needs;
    }

    /** Whether it may cost a copy, and so a vote until there is another copy; or changes who votes. */
    boolean takesVote() {
        return switch (this) {
            case FLIPPED_BYTE, TORN_TAIL, REPLACE_MEMBER, KILL_LEADER_IN_CHANGE, CHANGE_LEADER_IN_COPY -> true;
            default -> false;
        };
    }

    Needs needs() {
        return needs;
    }
}
