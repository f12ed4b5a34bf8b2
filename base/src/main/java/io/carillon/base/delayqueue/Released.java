package io.carillon.base.delayqueue;

/**
 * A message that was given back.
 *
 * @param visibleAtMs when it is due again
 * @param isDead whether that was its last try: it is a dead letter now, or when it would be due again
 */
public record Released(long visibleAtMs, boolean isDead) {}
