package io.carillon.replication;

/** What a replica is in its group at a moment. */
public enum Role {
    /** It orders what is sent. */
    LEADER,
    /** It has led, and is handing that over. */
    HANDING_OVER,
    /** It wants to lead. */
    CANDIDATE,
    /** It has a vote, and what the leader sends. */
    FOLLOWER,
    /** It has what the leader sends, and no vote. */
    LEARNER,
    /** It has nothing yet, and waits for those of its group. */
    WAITING,
    /** It takes part no more until it is started again. */
    FAILED
}
