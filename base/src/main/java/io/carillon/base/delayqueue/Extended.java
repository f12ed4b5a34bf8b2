package io.carillon.base.delayqueue;

/**
 * A message that is kept longer.
 *
 * @param receipt the one that counts from now on
 */
public record Extended(String receipt, long visibleAtMs) {}
