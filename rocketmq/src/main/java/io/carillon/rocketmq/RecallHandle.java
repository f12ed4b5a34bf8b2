package io.carillon.rocketmq;

import java.nio.charset.StandardCharsets;
import java.util.Base64;

/**
 * What a sender gets to recall a message that is due later: base64url of {@code v1 topic broker dueMs uniqueId} (format:
 * Apache RocketMQ), and as a sixth word the message's place in its hour, which spares looking for it. Official clients
 * read the first five, and handles without the sixth are as good. Written by {@link HandleWriter}.
 *
 * @param place -1 when the handle does not say
 */
record RecallHandle(String topic, String broker, long dueMs, String uniqueId, int place) {
    static final String VERSION = "v1";
    /** Some ten thousand years: what is later has no hour. */
    private static final long DUE_MAX_MS = 1_000_000_000_000_000L;

    /** @throws IllegalArgumentException when it is none: says why */
    static RecallHandle decode(String handle) {
        String[] words;
        try {
            words = new String(Base64.getUrlDecoder().decode(handle), StandardCharsets.UTF_8).split(" ");
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("recall handle is invalid: it is not base64", e);
        }
        if (words.length < 5 || !words[0].equals(VERSION)) {
            throw new IllegalArgumentException("recall handle is invalid: it should say 'v1 topic broker time id'");
        }
        try {
            int place = words.length > 5 ? Integer.parseUnsignedInt(words[5]) : -1;
            long dueMs = Long.parseLong(words[3]);
            if (dueMs < 0 || dueMs > DUE_MAX_MS) {
                throw new IllegalArgumentException("recall handle is invalid: no message is due at " + dueMs);
            }
            return new RecallHandle(words[1], words[2], dueMs, words[4], place);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("recall handle is invalid: its time or place is no number", e);
        }
    }
}
