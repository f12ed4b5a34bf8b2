package io.carillon.broker.consume;

/** What a look at a queue gave. */
public sealed interface PullResult {
    /**
     * The queue was looked at.
     *
     * @param next the queue offset to ask for next
     * @param min the queue's offsets as they were at that moment
     */
    record Looked(Status status, long next, long min, long max) implements PullResult {
        /** Whether the reader stands at the queue's end, so that it may wait for the next message. */
        public boolean mayWait() {
            return status == Status.AT_END;
        }
    }

    /** The consumer must not or cannot read here; {@code text} tells it why. */
    record Refused(Reason reason, String text) implements PullResult {}

    /** The group does not exist yet, and may be made: see {@link PullService#createGroup}. */
    record GroupMissing(String group) implements PullResult {}

    /** A light queue to which nothing was dispatched yet, and may be made: see {@link PullService#createLight}. */
    record LightMissing(String topic) implements PullResult {}

    /**
     * The filter must see the messages from this queue offset on, and they are likely not in memory any more: see {@link
     * PullService#lookCold}.
     */
    record Cold(long offset) implements PullResult {}

    /** What there was at the offset. */
    enum Status {
        /** Messages: they stand in the plan. */
        FOUND,
        /** Messages, but none that the subscription wants. */
        NONE_MATCHED,
        /** Messages that retention removed while they were looked at. */
        REMOVED,
        /** Nothing yet: the offset is the queue's end. */
        AT_END,
        /** The index has no entry where one should be. */
        HOLE,
        /** The offset is behind the queue's end. */
        TOO_LARGE,
        /** The offset is before the oldest message. */
        TOO_SMALL,
        /** The queue never had a message, and the offset is not 0. */
        NEVER_FILLED,
        /** An administrator wants the group to go on from elsewhere. */
        RESET
    }

    /** Why a consumer was refused. */
    enum Reason {
        NO_GROUP,
        NO_TOPIC,
        NO_PERMISSION,
        BAD_QUEUE,
        BAD_EXPRESSION,
        NO_SUBSCRIPTION,
        OLD_SUBSCRIPTION,
        /** The expression that its heartbeat told is wrong. */
        BAD_SUBSCRIPTION,
        FILTER_UNSUPPORTED
    }
}
