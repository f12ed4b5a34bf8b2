package io.carillon.base.delayqueue;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A message as a sender wants it.
 *
 * @param idempotencyKey of two sends to a topic with the same key within {@link Limits.Times#idempotencyWindowMs}, only the first
 *     one is stored, and the other is answered as it was; empty for none
 * @param key what it is about, to be found by; need not be unique; empty for none
 * @param tag what receivers may filter by; empty for none
 * @param orderingKey messages of a topic with the same one are handed out in the order in which they became due, as far as
 *     retries let it; empty for none
 * @param ttlMs so many ms after it is due it is worth nothing any more, and is not handed out; 0 for always worth
 * @param priority from 0 to 9, of those due at the same time the greater goes first; {@link #PRIORITY_DEFAULT} otherwise
 * @param retry null: as the group has it
 * @param headers names and values that the receiver gets
 * @param body belongs to the message from now on: do not change
 */
@SuppressWarnings("ArrayRecordComponent") // handed on, never compared
public record NewMessage(
        When when,
        String idempotencyKey,
        String key,
        String tag,
        String orderingKey,
        long ttlMs,
        int priority,
        @Nullable RetryPolicy retry,
        Map<String, String> headers,
        byte[] body) {
    public static final int PRIORITY_DEFAULT = 4;
    public static final int PRIORITY_MAX = 9;

    public NewMessage {
        headers = Map.copyOf(headers);
        if (priority < 0 || priority > PRIORITY_MAX) {
            throw new IllegalArgumentException("priority must be from 0 to " + PRIORITY_MAX + ", not " + priority);
        }
        if (ttlMs < 0) {
            throw new IllegalArgumentException("ttl must not be negative: " + ttlMs + " ms");
        }
    }

    /** With nothing but a body. */
    public static NewMessage of(byte[] body, When when) {
        return new NewMessage(when, "", "", "", "", 0, PRIORITY_DEFAULT, null, Map.of(), body);
    }

    // ---- the same message but for one thing

    public NewMessage withWhen(When when) {
        return new NewMessage(when, idempotencyKey, key, tag, orderingKey, ttlMs, priority, retry, headers, body);
    }

    public NewMessage withIdempotencyKey(String idempotencyKey) {
        return new NewMessage(when, idempotencyKey, key, tag, orderingKey, ttlMs, priority, retry, headers, body);
    }

    public NewMessage withKey(String key) {
        return new NewMessage(when, idempotencyKey, key, tag, orderingKey, ttlMs, priority, retry, headers, body);
    }

    public NewMessage withTag(String tag) {
        return new NewMessage(when, idempotencyKey, key, tag, orderingKey, ttlMs, priority, retry, headers, body);
    }

    public NewMessage withOrderingKey(String orderingKey) {
        return new NewMessage(when, idempotencyKey, key, tag, orderingKey, ttlMs, priority, retry, headers, body);
    }

    public NewMessage withTtlMs(long ttlMs) {
        return new NewMessage(when, idempotencyKey, key, tag, orderingKey, ttlMs, priority, retry, headers, body);
    }

    public NewMessage withPriority(int priority) {
        return new NewMessage(when, idempotencyKey, key, tag, orderingKey, ttlMs, priority, retry, headers, body);
    }

    public NewMessage withRetry(@Nullable RetryPolicy retry) {
        return new NewMessage(when, idempotencyKey, key, tag, orderingKey, ttlMs, priority, retry, headers, body);
    }

    public NewMessage withHeaders(Map<String, String> headers) {
        return new NewMessage(when, idempotencyKey, key, tag, orderingKey, ttlMs, priority, retry, headers, body);
    }
}
