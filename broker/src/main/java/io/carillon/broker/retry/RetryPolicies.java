package io.carillon.broker.retry;

import io.carillon.message.ConsumerGroup;

/** Knows how to read what clients wrote as a group's retry policy: a front's, for it is in a protocol's own form. */
@FunctionalInterface
public interface RetryPolicies {
    /** The policy of this group; the classic levels when what it has cannot be read. Any thread. */
    RetryPolicy of(ConsumerGroup group);
}
