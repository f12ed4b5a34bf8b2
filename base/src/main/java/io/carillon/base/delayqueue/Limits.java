package io.carillon.base.delayqueue;

/**
 * What an engine takes at most. Whoever refuses something for one of these names it as the API does, by its place here in
 * lower case with underscores.
 */
public record Limits(Contents contents, Times times, Calls calls, Room room) {
    /** Stands where an engine has no limit. */
    public static final int NONE = Integer.MAX_VALUE;

    /**
     * How large things are.
     *
     * @param nameLengthMax how many characters the name of a topic or a group has
     * @param keyLengthMax how many bytes a key, a tag, an ordering key or an idempotency key has, in UTF-8
     * @param bodyBytesMax how long a body is
     * @param headersMax how many headers a message has
     * @param headerBytesMax how long all names and values of a message's headers, its keys and its tag are together, in UTF-8
     */
    public record Contents(int nameLengthMax, int keyLengthMax, int bodyBytesMax, int headersMax, int headerBytesMax) {}

    /**
     * How long things take.
     *
     * @param delayMaxMs how far away a message is due
     * @param ttlMaxMs how long it is worth something after that
     * @param waitMaxMs how long a pull waits
     * @param visibilityMinMs the shortest time that a receiver has a message
     * @param visibilityMaxMs the longest; also how long one that is given back waits
     * @param visibilityDefaultMs what holds where nobody says otherwise
     * @param idempotencyWindowMs for how long an idempotency key is remembered
     */
    public record Times(
            long delayMaxMs,
            long ttlMaxMs,
            long waitMaxMs,
            long visibilityMinMs,
            long visibilityMaxMs,
            long visibilityDefaultMs,
            long idempotencyWindowMs) {}

    /**
     * How much one call is about.
     *
     * @param batchMax how many messages one send, and how many receipts one acknowledgement, has
     * @param pullMax how many messages one pull gets
     * @param pageMax how many items one part of a list has
     * @param listedQueuesMax through how many queues one list goes
     */
    public record Calls(int batchMax, int pullMax, int pageMax, int listedQueuesMax) {}

    /**
     * How much there is at once.
     *
     * @param waitingMax how many pulls wait, at this node
     * @param waitingPerGroupMax how many pulls of one group wait for one topic, at this node
     * @param inFlightMax how many messages are in flight in all
     * @param inFlightPerQueueMax how many messages of one queue a group has in flight
     * @param sendsMax how many sends are under way, at this node
     * @param redrivesMax how many redrives of one group are under way
     * @param groupsPerTopicMax how many groups a topic has
     * @param partitionsMax into how many parts a topic is split
     * @param maxAttemptsMax how often a retry policy has a message tried
     */
    public record Room(
            int waitingMax,
            int waitingPerGroupMax,
            int inFlightMax,
            int inFlightPerQueueMax,
            int sendsMax,
            int redrivesMax,
            int groupsPerTopicMax,
            int partitionsMax,
            int maxAttemptsMax) {}
}
