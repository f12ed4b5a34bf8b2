package io.carillon.broker.pop;

import io.carillon.broker.consume.PullResult;
import io.carillon.log.Refusal;

/** What came of a pop. */
public sealed interface PopResult {
    /** These messages are the consumer's, and that is durable. */
    record Found(Popped popped) implements PopResult {}

    /**
     * There is nothing for it now.
     *
     * @param isFull whether that is so because too much is in flight
     */
    record Nothing(boolean isFull) implements PopResult {}

    /** The consumer must not or cannot pop here; {@code text} tells it why. */
    record Refused(PullResult.Reason reason, String text) implements PopResult {}

    /** The group does not exist yet, and may be made: see {@link PopService#createGroup}. */
    record GroupMissing(String group) implements PopResult {}

    /** It could not be made durable who has the messages, so nobody has them. */
    record NotStored(Refusal why) implements PopResult {}
}
