package io.carillon.base.delayqueue;

/**
 * How a topic is.
 *
 * @param partitions into how many parts it is split, as far as the engine does that; 0 for the engine's choice
 */
public record TopicSettings(int partitions) {
    public static final TopicSettings DEFAULT = new TopicSettings(0);
}
