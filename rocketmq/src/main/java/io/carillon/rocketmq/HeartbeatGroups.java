package io.carillon.rocketmq;

import io.carillon.broker.client.Subscriber;
import io.carillon.broker.metadata.Change;
import io.carillon.broker.metadata.Groups;
import io.carillon.broker.metadata.Topics;
import io.carillon.message.ConsumerGroup;
import io.carillon.message.Topic;
import io.carillon.message.TopicName;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * Sees to it that the consumer groups of a heartbeat and their retry topics exist: clients ask for the retry topic's
 * route right after their first heartbeat. Also the group whose way of consuming is set before its first one. Never
 * blocks.
 */
final class HeartbeatGroups {
    private final Groups groups;
    private final Topics topics;
    private final BooleanSupplier autoCreate;

    HeartbeatGroups(Groups groups, Topics topics, BooleanSupplier autoCreate) {
        this.groups = groups;
        this.topics = topics;
        this.autoCreate = autoCreate;
    }

    /**
     * Makes what is missing and then tells, once, which of the subscribers have a group now; on the calling thread when
     * nothing was missing. One without a group is passed over: its next heartbeat tries again.
     *
     * @param unitGroups those that belong to a unit, of which their retry topics tell
     */
    void prepare(List<Subscriber> subscribers, Set<String> unitGroups, Consumer<List<Subscriber>> then) {
        AtomicInteger pending = new AtomicInteger(subscribers.size() + 1);
        Runnable step = () -> {
            if (pending.decrementAndGet() == 0) {
                then.accept(subscribers.stream()
                        .filter(one -> groups.find(one.group()) != null)
                        .toList());
            }
        };
        subscribers.forEach(one -> prepare(one.group(), unitGroups.contains(one.group()), step));
        step.run();
    }

    /** Whether a group exists, or is made by its first use. */
    boolean mayUse(String name) {
        return groups.find(name) != null || Groups.mayBeMade(name, autoCreate.getAsBoolean());
    }

    /** Makes a group that {@link #mayUse} allows, unless it exists. */
    void makeIfAbsent(String name, Change change) {
        groups.createIfAbsent(name, change);
    }

    private void prepare(String name, boolean isOfUnit, Runnable step) {
        ConsumerGroup group = groups.find(name);
        if (group != null) {
            prepareRetryTopic(group, isOfUnit, step);
        } else if (Groups.mayBeMade(name, autoCreate.getAsBoolean())) {
            groups.createIfAbsent(name, _ -> {
                ConsumerGroup made = groups.find(name);
                if (made == null) {
                    step.run();
                } else {
                    prepareRetryTopic(made, isOfUnit, step);
                }
            });
        } else {
            step.run();
        }
    }

    /** A refusal is not passed on: a consumer without retries is better off than one that does not consume. */
    private void prepareRetryTopic(ConsumerGroup group, boolean isOfUnit, Runnable step) {
        String name = TopicName.retryOf(group.name());
        if (topics.find(name) != null) {
            step.run();
            return;
        }
        Topic topic = Topic.of(name, Math.max(1, group.retryQueues()))
                .withSystemFlag(isOfUnit ? Topic.SystemFlag.UNIT_SUBSCRIBED : 0);
        topics.createIfAbsent(topic, _ -> step.run());
    }
}
