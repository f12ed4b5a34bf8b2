package io.carillon.broker.cluster;

import java.util.concurrent.CompletableFuture;

/**
 * PORT: the group of brokers that this one is a member of. A member is named by its number or by the address at which the
 * others find it, {@code host:port}. Only the member that leads changes the group; any other answers with who leads. Any
 * thread but an I/O thread: to look, and to check whether a change is safe, others are asked and waited for, for two seconds
 * at most.
 */
public interface Membership {
    /** How the group is, as this member knows it. */
    GroupView view();

    /** Hands the leadership over; sends are refused from now on until the other one leads. */
    CompletableFuture<Outcome> transfer(String member);

    /**
     * Takes in a member, which runs and waits for that. It gets a copy of the log, and then a vote unless it is a learner.
     *
     * @param node the number that it was started with
     */
    CompletableFuture<Outcome> add(int node, String address, boolean isLearner);

    /** Lets a member go. */
    CompletableFuture<Outcome> remove(String member);

    /** Gives the vote of a member, which is one no more, to a learner that has all of the log. */
    CompletableFuture<Outcome> replace(String member, String learner);

    /** Gives a vote to a learner that has all of the log. */
    CompletableFuture<Outcome> promote(String learner);

    /**
     * Lets this very member vote with what it has, though it may have lost something that was acknowledged: where nobody can lead
     * the group otherwise. Asked of that member itself, not of one that leads.
     */
    CompletableFuture<Outcome> acceptLoss(String member);
}
