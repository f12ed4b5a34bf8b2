package io.carillon.broker.metadata;

import io.carillon.log.ConsumeQueue;
import io.carillon.message.Topic;

/** A topic that exists, with what the hot path needs at hand. A change of the topic makes a new one. */
public final class TopicState {
    private TopicState() {}

    public Topic config() {
        throw new IllegalStateException("skeleton");
    }

    /** The topic's name as stored in records; do not change. */
    public byte[] nameBytes() {
        throw new IllegalStateException("skeleton");
    }

    /** The queue of this number, {@code 0 <= number < config().queues()}. */
    public ConsumeQueue queue(int number) {
        throw new IllegalStateException("skeleton");
    }
}
