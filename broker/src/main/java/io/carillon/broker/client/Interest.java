package io.carillon.broker.client;

import io.carillon.broker.filter.MessageFilter;
import io.carillon.broker.filter.TagFilter;
import io.carillon.message.Subscription;

/** A subscription as a group's members told it, with its filter made ready. */
public record Interest(Subscription subscription, MessageFilter filter) {
    /** Of an SQL subscription the filter lets everything through: it is evaluated on properties, not on tags. */
    public static Interest of(Subscription subscription) {
        return new Interest(
                subscription,
                subscription.isByTag() ? MessageFilter.of(TagFilter.of(subscription)) : MessageFilter.ALL);
    }
}
