package io.carillon.broker.cluster;

/** What became of the wish to change a group. The texts are for people. */
public sealed interface Outcome {
    /** It is so, and outlives the loss of any minority. */
    record Done(String what) implements Outcome {}

    /** It goes on by itself for as long as the same member leads; how far it is, {@link Membership#view} tells. */
    record Begun(String what) implements Outcome {}

    /**
     * Another member leads: it must be asked.
     *
     * @param node its number; 0 when nobody is known to lead
     * @param clients where clients, and whoever wants this change, reach it; empty when that is not known
     */
    record LedElsewhere(int node, String clients) implements Outcome {}

    /** Nothing was changed; says why, and what to do. */
    record Refused(Reason reason, String why) implements Outcome {}

    /** Why nothing was changed. */
    enum Reason {
        /** There is no such member, or it is not of the kind that is needed. */
        UNKNOWN_MEMBER,
        /** Another change is under way. */
        BUSY,
        /** The group could lose its majority, or hold up who sends. */
        UNSAFE,
        /** It began, and something went wrong: look how the group is now. */
        FAILED
    }
}
