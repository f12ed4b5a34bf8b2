package io.carillon.base.delayqueue;

/**
 * What an engine takes at most.
 *
 * @param nameLengthMax how many characters the name of a topic or a group has
 * @param batchMax how many messages one send, and how many receipts one acknowledgement, has
 * @param bodyBytesMax how long a body is
 * @param headersMax how many headers a message has
 * @param headerBytesMax how long all names and values of a message's headers, its keys and its tag are together, in UTF-8
 * @param delayMaxMs how far away a message is due
 * @param pullMax how many messages one pull gets
 * @param waitMaxMs how long a pull waits
 * @param waitingMax how many pulls wait at once, at this node
 * @param visibilityMinMs the shortest time that a receiver has a message
 * @param visibilityMaxMs the longest
 * @param visibilityDefaultMs what holds where nobody says otherwise
 * @param pageMax how many items one part of a list has
 * @param groupsPerTopicMax how many groups a topic has
 * @param idempotencyWindowMs for how long an idempotency key is remembered
 */
public record Limits(
        int nameLengthMax,
        int batchMax,
        int bodyBytesMax,
        int headersMax,
        int headerBytesMax,
        long delayMaxMs,
        int pullMax,
        long waitMaxMs,
        int waitingMax,
        long visibilityMinMs,
        long visibilityMaxMs,
        long visibilityDefaultMs,
        int pageMax,
        int groupsPerTopicMax,
        long idempotencyWindowMs) {}
