package io.carillon.broker.transaction;

/**
 * A producer's decision about a half.
 *
 * @param group the producer's
 * @param logOffset where the half stands in the log
 * @param half its offset in the queue of halves
 * @param isFromCheck whether the broker asked
 * @param uniqueId the half's unique id, or an empty text
 */
public record EndTransaction(
        String group, long logOffset, long half, Decision decision, boolean isFromCheck, String uniqueId) {}
