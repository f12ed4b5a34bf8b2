package io.carillon.replication;

/** What became of the wish to change a group. */
public sealed interface Change {
    /** It is so, and a majority knows. */
    record Done() implements Change {}

    /**
     * The member has a copy, or gets one, and its vote as soon as it has all. That goes on for as long as this leader leads.
     */
    record Begun(String what) implements Change {}

    /** Nothing was changed. The text says for people what was wrong, and what to do. */
    record Refused(Reason reason, String why) implements Change {}

    /** Why a group was not changed. */
    enum Reason {
        /** Only a leader changes its group; the text names it when it is known. */
        NOT_LEADER,
        /** One change at a time: another one, or a hand-over, is under way. */
        CHANGE_UNDER_WAY,
        /** There is no member of this address, or it is not of the kind that is needed. */
        UNKNOWN_MEMBER,
        /** It is what it should become. */
        ALREADY_SO,
        /** Fewer members would answer than a majority of those that there would be. */
        WOULD_LOSE_MAJORITY,
        /** It lacks too much of the log. */
        TOO_FAR_BEHIND,
        /** It began, and something went wrong, such as a change of the leader: look at the status. */
        FAILED
    }
}
