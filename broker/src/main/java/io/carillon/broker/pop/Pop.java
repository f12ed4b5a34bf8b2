package io.carillon.broker.pop;

import org.jspecify.annotations.Nullable;

/**
 * What a consumer wants to be handed.
 *
 * @param queue the queue to take from, -1 for all
 * @param messagesMax how many messages it takes at most
 * @param invisibleMs how long nobody else gets them
 * @param isFromEnd whether a group that is new to the topic begins with its youngest message
 * @param expression what it wants of the topic, empty for all
 * @param expressionType the language of the expression, empty for tags
 * @param isOrdered whether a queue is handed out to one consumer at a time, in order
 * @param attemptId names the attempt, so that one that is repeated gets the same messages again; only in order
 */
public record Pop(
        String group,
        String topic,
        int queue,
        int messagesMax,
        long invisibleMs,
        boolean isFromEnd,
        String expression,
        String expressionType,
        boolean isOrdered,
        @Nullable String attemptId) {}
