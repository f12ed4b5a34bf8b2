package io.carillon.broker.client;

import io.carillon.broker.filter.Filters;
import io.carillon.message.Subscription;
import org.jspecify.annotations.Nullable;

/**
 * A subscription as a group's members told it, and its filter. One by tags is made at once. One by properties is asked of
 * {@link Filters}, which bounds how much memory they all take, each time.
 */
public final class Interest {
    private final Subscription subscription;
    private final Filters filters;
    private final Filters.@Nullable Outcome byTags;

    private Interest(Subscription subscription, Filters filters, Filters.@Nullable Outcome byTags) {
        this.subscription = subscription;
        this.filters = filters;
        this.byTags = byTags;
    }

    static Interest of(Subscription subscription, Filters filters) {
        boolean isByTag = subscription.isByTag();
        return new Interest(
                subscription, filters, isByTag ? filters.of(subscription.expression(), Subscription.TAG) : null);
    }

    public Subscription subscription() {
        return subscription;
    }

    /** The filter, or why there is none. */
    public Filters.Outcome outcome() {
        return byTags != null ? byTags : filters.of(subscription.expression(), subscription.type());
    }
}
