package io.carillon.broker.transaction;

import java.util.function.Predicate;

/**
 * A producer's decision about a half.
 *
 * @param group the producer's
 * @param logOffset where the half stands in the log
 * @param half its offset in the queue of halves
 * @param isFromCheck whether the broker asked
 * @param uniqueId the half's unique id, or an empty text
 * @param maySendTo whether who decides may send to a topic: what he says of the half proves nothing, as its place can be
 *     guessed
 */
public record EndTransaction(
        String group,
        long logOffset,
        long half,
        Decision decision,
        boolean isFromCheck,
        String uniqueId,
        Predicate<String> maySendTo) {

    /** The decision of somebody who may send to every topic. */
    public EndTransaction(
            String group, long logOffset, long half, Decision decision, boolean isFromCheck, String uniqueId) {
        this(group, logOffset, half, decision, isFromCheck, uniqueId, _ -> true);
    }
}
