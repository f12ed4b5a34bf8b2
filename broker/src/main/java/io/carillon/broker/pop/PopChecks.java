package io.carillon.broker.pop;

import io.carillon.broker.consume.PullResult;
import io.carillon.broker.consume.PullResult.Reason;
import io.carillon.broker.consume.ReadRefusals;
import io.carillon.broker.filter.Filters;
import io.carillon.broker.filter.Filters.Outcome;
import io.carillon.broker.filter.MessageFilter;
import io.carillon.broker.metadata.Groups;
import io.carillon.broker.metadata.TopicState;
import io.carillon.broker.metadata.Topics;
import io.carillon.message.ConsumerGroup;
import io.carillon.message.Topic;
import java.util.function.BiPredicate;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** Whether a consumer may pop what it asks for, in the order in which RocketMQ's clients have learnt to be refused. */
final class PopChecks {
    private final Topics topics;
    private final Groups groups;
    private final BiPredicate<String, String> forbidden;
    private final Filters filters;
    private final BooleanSupplier autoCreateGroups;

    /** @param forbidden whether a group must not read a topic */
    PopChecks(
            Topics topics,
            Groups groups,
            BiPredicate<String, String> forbidden,
            Filters filters,
            BooleanSupplier autoCreateGroups) {
        this.topics = topics;
        this.groups = groups;
        this.forbidden = forbidden;
        this.filters = filters;
        this.autoCreateGroups = autoCreateGroups;
    }

    /** @return null when it may */
    @Nullable
    PopResult check(Pop pop) {
        TopicState state = topics.find(pop.topic());
        if (state == null) {
            return refused(ReadRefusals.noTopic(pop.topic()));
        }
        Topic topic = state.config();
        PullResult.Refused unreadable = ReadRefusals.unreadable(topic, "peeking");
        if (unreadable != null) {
            return refused(unreadable);
        }
        if (pop.queue() >= topic.readQueues()) {
            return refused(ReadRefusals.badQueue(pop.queue(), topic, pop.group()));
        }
        ConsumerGroup group = groups.find(pop.group());
        if (group == null) {
            return Groups.mayBeMade(pop.group(), autoCreateGroups.getAsBoolean())
                    ? new PopResult.GroupMissing(pop.group())
                    : noGroup(pop.group());
        }
        if (!group.consumeEnabled()) {
            return refused(ReadRefusals.disabled(pop.group()));
        }
        if (forbidden.test(pop.group(), pop.topic())) {
            return refused(ReadRefusals.forbidden(pop.group(), pop.topic()));
        }
        return switch (filters.of(pop.expression(), pop.expressionType())) {
            case Outcome.Ready _ -> null;
            case Outcome.Bad(String error) -> new PopResult.Refused(Reason.BAD_EXPRESSION, error);
            case Outcome.Unsupported(String error) -> new PopResult.Refused(Reason.FILTER_UNSUPPORTED, error);
        };
    }

    static PopResult.Refused noGroup(String group) {
        return refused(ReadRefusals.noGroup(group));
    }

    /** What the consumer wants; everything where that is not understood, which {@link #check} refuses. */
    MessageFilter filter(Pop pop) {
        return filters.of(pop.expression(), pop.expressionType()) instanceof Outcome.Ready(MessageFilter filter)
                ? filter
                : MessageFilter.ALL;
    }

    private static PopResult.Refused refused(PullResult.Refused as) {
        return new PopResult.Refused(as.reason(), as.text());
    }
}
