package io.carillon.broker.client;

import io.carillon.message.Subscription;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A consumer's part of a heartbeat.
 *
 * @param subscriptions all that the group wants, or null when the client left it out because it did not change
 */
public record Subscriber(
        String group, ConsumerKind kind, @Nullable List<Subscription> subscriptions) {}
