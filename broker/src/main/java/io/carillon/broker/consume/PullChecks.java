package io.carillon.broker.consume;

import io.carillon.broker.BrokerConfig;
import io.carillon.broker.client.Clients;
import io.carillon.broker.client.Interest;
import io.carillon.broker.client.LiveGroup;
import io.carillon.broker.consume.PullResult.GroupMissing;
import io.carillon.broker.consume.PullResult.Reason;
import io.carillon.broker.consume.PullResult.Refused;
import io.carillon.broker.filter.Filters.Outcome;
import io.carillon.broker.filter.MessageFilter;
import io.carillon.broker.metadata.Groups;
import io.carillon.message.ConsumerGroup;
import io.carillon.message.Subscription;
import io.carillon.message.Topic;
import java.util.function.BiPredicate;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Whether a consumer may read what it asks for, in the order in which RocketMQ's clients have learnt to be refused. */
final class PullChecks {
    private final Supplier<BrokerConfig> config;
    private final Function<String, @Nullable ConsumerGroup> groups;
    private final BiPredicate<String, String> forbidden;
    private final Clients clients;

    /** @param forbidden whether a group must not read a topic */
    PullChecks(
            Supplier<BrokerConfig> config,
            Function<String, @Nullable ConsumerGroup> groups,
            BiPredicate<String, String> forbidden,
            Clients clients) {
        this.config = config;
        this.groups = groups;
        this.forbidden = forbidden;
        this.clients = clients;
    }

    /**
     * Checks all that stands before the filter.
     *
     * @return null when the group may read this queue of the topic
     */
    @Nullable
    PullResult check(Pull pull, @Nullable Topic topic) {
        ConsumerGroup group = groups.apply(pull.group());
        if (group == null) {
            return missing(pull.group());
        }
        if (!group.consumeEnabled()) {
            return ReadRefusals.disabled(pull.group());
        }
        if (topic == null) {
            return ReadRefusals.noTopic(pull.topic());
        }
        Refused unreadable = ReadRefusals.unreadable(topic, "pulling");
        if (unreadable != null) {
            return unreadable;
        }
        if (pull.queue() < 0 || pull.queue() >= topic.readQueues()) {
            return ReadRefusals.badQueue(pull.queue(), topic, pull.group());
        }
        if (forbidden.test(pull.group(), pull.topic())) {
            return ReadRefusals.forbidden(pull.group(), pull.topic());
        }
        return pull.expression() == null ? checkSubscription(pull, group) : checkExpression(pull);
    }

    private PullResult missing(String group) {
        return Groups.mayBeMade(group, config.get().autoCreateGroups())
                ? new GroupMissing(group)
                : ReadRefusals.noGroup(group);
    }

    private @Nullable PullResult checkExpression(Pull pull) {
        return switch (outcome(pull)) {
            case Outcome.Ready _ -> null;
            case Outcome.Bad(String error) -> new Refused(Reason.BAD_EXPRESSION, error);
            case Outcome.Unsupported(String error) -> new Refused(Reason.FILTER_UNSUPPORTED, error);
        };
    }

    private @Nullable PullResult checkSubscription(Pull pull, ConsumerGroup group) {
        LiveGroup live = clients.group(pull.group());
        if (isUntold(pull, live)) {
            return null;
        }
        if (live == null) {
            return new Refused(Reason.NO_SUBSCRIPTION, "the consumer's group info not exist");
        }
        if (live.isBroadcast() && !group.broadcastEnabled()) {
            return new Refused(
                    Reason.NO_PERMISSION, "the consumer group[" + pull.group() + "] can not consume by broadcast way");
        }
        Interest interest = live.interest(pull.topic());
        if (interest == null) {
            return noSubscription();
        }
        Subscription subscription = interest.subscription();
        if (subscription.version() < pull.subscriptionVersion()) {
            return new Refused(Reason.OLD_SUBSCRIPTION, "the consumer's subscription not latest");
        }
        return switch (interest.outcome()) {
            case Outcome.Ready _ -> null;
            case Outcome.Bad(String error) ->
                new Refused(
                        Reason.BAD_SUBSCRIPTION,
                        "The broker's consumer filter data is not exist! Your expression may be wrong: " + error);
            case Outcome.Unsupported(String error) -> new Refused(Reason.FILTER_UNSUPPORTED, error);
        };
    }

    /**
     * Whether this broker leads since a moment ago, and the consumer has not told it yet what it wants. By tags it reads
     * all, and sorts out for itself as it does always, for the broker knows tags by their hashes alone: so it need not
     * stand still until its next heartbeat.
     */
    private boolean isUntold(Pull pull, @Nullable LiveGroup live) {
        if (!clients.mayReturn() || !pull.expressionType().equals(Subscription.TAG)) {
            return false;
        }
        Interest interest = live == null ? null : live.interest(pull.topic());
        return interest == null || interest.subscription().version() < pull.subscriptionVersion();
    }

    static Refused noSubscription() {
        return new Refused(Reason.NO_SUBSCRIPTION, "the consumer's subscription not exist");
    }

    /** What the consumer wants, after {@link #check} found nothing wrong; null when it has left between the two. */
    @Nullable
    MessageFilter filter(Pull pull) {
        if (pull.expression() != null) {
            return outcome(pull) instanceof Outcome.Ready ready ? ready.filter() : null;
        }
        LiveGroup live = clients.group(pull.group());
        if (isUntold(pull, live)) {
            return MessageFilter.ALL;
        }
        Interest interest = live == null ? null : live.interest(pull.topic());
        return interest != null && interest.outcome() instanceof Outcome.Ready ready ? ready.filter() : null;
    }

    private Outcome outcome(Pull pull) {
        String expression = pull.expression();
        return clients.filters().of(expression == null ? Subscription.ALL : expression, pull.expressionType());
    }
}
