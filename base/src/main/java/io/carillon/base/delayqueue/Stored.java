package io.carillon.base.delayqueue;

import java.util.Map;

/**
 * A message that is known.
 *
 * @param dueMs when it is or was due
 * @param sentMs when it was taken
 * @param attempts how often it was handed out to the group that is asked for, as far as that is known; 0 for never
 * @param ttlMs 0 for always worth
 * @param bodyBytes how long the body is
 * @param body empty in lists; do not change
 */
@SuppressWarnings("ArrayRecordComponent") // handed on, never compared
public record Stored(
        String topic,
        String id,
        MessageState state,
        long dueMs,
        long sentMs,
        int attempts,
        String key,
        String tag,
        String orderingKey,
        long ttlMs,
        int priority,
        Map<String, String> headers,
        int bodyBytes,
        byte[] body) {
    public Stored {
        headers = Map.copyOf(headers);
    }
}
