package io.carillon.broker.consume;

import org.jspecify.annotations.Nullable;

/**
 * What a consumer asks of one queue.
 *
 * @param messagesMax how many messages it takes at most; the broker's own limit applies too
 * @param bytesMax how many bytes it takes at most; 0 leaves it to the broker
 * @param commitOffset what the group has consumed of this queue, to be noted on the way; -1 for nothing
 * @param expression what it wants, or null to use what its heartbeat said
 * @param expressionType the language of {@code expression}, or of what its heartbeat said; {@code TAG} when it is empty
 * @param subscriptionVersion the version of the subscription that the consumer knows, when {@code expression} is null
 */
public record Pull(
        String group,
        String topic,
        int queue,
        long offset,
        int messagesMax,
        int bytesMax,
        long commitOffset,
        @Nullable String expression,
        String expressionType,
        long subscriptionVersion) {}
