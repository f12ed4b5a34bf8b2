package io.carillon.log;

/** PORT: whoever agrees with the other replicas in which order proposals become entries. */
@FunctionalInterface
public interface Consensus {
    /**
     * Takes the proposal of a leader. It becomes an entry of {@link Replica#append} on this replica and all others, the
     * same buffer on this one, in the order of the calls, and then {@link Replica#commit} is told of it; or it is {@link
     * Proposal#refused}. Must not wait for the disk or for others.
     *
     * @param term the term in which this replica leads: a proposal is not for another one
     */
    void propose(Proposal proposal, long term);
}
