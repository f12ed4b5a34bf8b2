package io.carillon.base.delayqueue;

/**
 * A message that was taken.
 *
 * @param id by which it is cancelled, rescheduled and looked at; without spaces, safe in a URL
 * @param isRepeat whether it had been taken before, by its idempotency key: then all this is what was answered first, as
 *     far as the engine still knows it
 */
public record Sent(String id, long dueMs, boolean isRepeat) {}
