package io.carillon.base.delayqueue;

/**
 * A message in the hands of a receiver.
 *
 * @param receipt by which it alone settles, extends or releases it; without spaces
 * @param attempt how often it was handed out to the group, this time included
 * @param visibleAtMs when it is due again, if it is not settled before
 */
public record Delivery(Stored message, String receipt, int attempt, long visibleAtMs) {}
