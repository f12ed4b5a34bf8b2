package io.carillon.broker.cluster;

/** What a member is in its group at a moment. */
public enum MemberRole {
    LEADER,
    /** It has led, and is handing that over. */
    HANDING_OVER,
    /** It wants to lead. */
    CANDIDATE,
    FOLLOWER,
    /** It has a copy, and no vote. */
    LEARNER,
    /** It has nothing yet, and waits to be taken in. */
    WAITING,
    /** It takes part no more until it is started again. */
    FAILED,
    /** It does not answer. */
    SILENT
}
