package io.carillon.broker.delayqueue;

import io.carillon.base.delayqueue.Requests.Where;
import io.carillon.broker.pop.RetryKind;

/**
 * Which message a receiver has, and how it would be tried again.
 *
 * @param offset its place in the queue
 * @param poppedMs since when it is his: the broker's own receipt
 * @param visibleMs until when
 * @param attempt how often it was handed out, this time included
 * @param attemptsMax after how many it is a dead letter
 * @param backoffMs how long it waits when it is given back without a delay
 */
record Receipt(
        RetryKind kind,
        int queue,
        long offset,
        long poppedMs,
        long visibleMs,
        int attempt,
        int attemptsMax,
        long backoffMs) {

    /** The topic whose queue it is in: that of the group's retries, maybe. */
    String topic(Where where) {
        return kind.topic(where.topic(), where.group());
    }

    Receipt until(long newPoppedMs, long newVisibleMs) {
        return new Receipt(kind, queue, offset, newPoppedMs, newVisibleMs, attempt, attemptsMax, backoffMs);
    }
}
