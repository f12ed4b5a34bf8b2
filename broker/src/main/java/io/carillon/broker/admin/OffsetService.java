package io.carillon.broker.admin;

import io.carillon.broker.admin.ResetPlan.Found;
import io.carillon.broker.admin.ResetPlan.Reason;
import io.carillon.broker.admin.ResetPlan.Refused;
import io.carillon.broker.admin.ResetPlan.Wish;
import io.carillon.broker.metadata.Change;
import io.carillon.broker.metadata.Groups;
import io.carillon.broker.metadata.Offsets;
import io.carillon.broker.metadata.TopicState;
import io.carillon.broker.metadata.Topics;
import io.carillon.log.ConsumeQueue;
import io.carillon.log.MessageLog;
import io.carillon.message.TopicName;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * FACE: what administrators do with how far groups are. Any thread may call; what looks for a time may wait for the
 * disk. A change is durable when it is told.
 */
public final class OffsetService {
    private final Topics topics;
    private final Groups groups;
    private final Offsets offsets;
    private final MessageLog log;
    private final LiveClients clients;

    OffsetService(Topics topics, Groups groups, Offsets offsets, MessageLog log, LiveClients clients) {
        this.topics = topics;
        this.groups = groups;
        this.offsets = offsets;
        this.log = log;
        this.clients = clients;
    }

    /** Finds out what a wish means for each queue; changes nothing. */
    public ResetPlan plan(Wish wish) {
        TopicState topic = topics.find(wish.topic());
        if (topic == null) {
            return new Refused(Reason.NO_TOPIC, "Topic " + wish.topic() + " does not exist");
        }
        if (groups.find(wish.group()) == null) {
            return new Refused(Reason.NO_GROUP, "Group " + wish.group() + " does not exist");
        }
        int queues = topic.config().readQueues();
        if (wish.queue() >= queues || queues == 0) {
            return new Refused(
                    Reason.BAD_QUEUE,
                    "Topic " + wish.topic() + " has " + queues + " queues to read, none of the number "
                            + Math.max(0, wish.queue()));
        }
        return wish.queue() >= 0 ? planOne(wish) : planAll(wish, queues);
    }

    private ResetPlan planOne(Wish wish) {
        if (wish.offset() < 0) {
            return new Found(Map.of(wish.queue(), byTime(wish, wish.queue())));
        }
        ConsumeQueue queue = log.existingQueue(wish.topic(), wish.queue());
        long min = queue == null ? 0 : queue.offsetMin();
        long max = queue == null ? 0 : queue.offsetMax();
        return wish.offset() < min || wish.offset() > max
                ? new Refused(
                        Reason.OUT_OF_RANGE,
                        "Target offset " + wish.offset() + " not in consume queue range [" + min + "-" + max + "]")
                : new Found(Map.of(wish.queue(), wish.offset()));
    }

    private ResetPlan planAll(Wish wish, int queues) {
        Map<Integer, Long> found = new TreeMap<>();
        for (int i = 0; i < queues; i++) {
            found.put(i, byTime(wish, i));
        }
        return new Found(found);
    }

    private long byTime(Wish wish, int number) {
        ConsumeQueue queue = log.existingQueue(wish.topic(), number);
        long target = queue == null ? 0 : byTime(queue, wish.timestampMs());
        long committed = offsets.current(wish.group(), wish.topic(), number);
        return wish.isForced() || committed < 0 ? target : Math.min(target, committed);
    }

    private long byTime(ConsumeQueue queue, long timestampMs) {
        return timestampMs < 0 ? queue.offsetMax() : log.offsetAtOrAfter(queue, timestampMs);
    }

    /** Lets a group go on from elsewhere, see {@link Offsets#reset}. */
    public void reset(String group, String topic, Found plan, Change change) {
        offsets.reset(group, topic, plan.offsets(), change);
    }

    /**
     * Lets one group go on from where another one is.
     *
     * @param topic the only topic that is meant; null for all that the source group has offsets in
     * @param isOffline whether topics count, too, to which the source group is connected without subscribing to them
     * @throws IllegalArgumentException when the name of the destination is not allowed
     */
    public void copy(String from, String to, @Nullable String topic, boolean isOffline, Change change) {
        String fault = TopicName.faultOfGroup(to);
        if (!fault.isEmpty()) {
            throw new IllegalArgumentException(fault);
        }
        Map<String, Map<Integer, Long>> all = offsets.of(from);
        Collection<String> wanted = topic == null ? all.keySet() : Set.of(topic);
        for (String name : wanted) {
            if (topics.find(name) != null && (isOffline || !isLeft(from, name))) {
                all.getOrDefault(name, Map.of()).forEach((queue, offset) -> offsets.commit(to, name, queue, offset));
            }
        }
        offsets.whenDurable(change);
    }

    /** Whether an online group does not subscribe to this topic any more. */
    private boolean isLeft(String group, String topic) {
        LiveClients.Consumers live = clients.consumers(group);
        return live != null && !live.subscriptions().isEmpty() && live.subscription(topic) == null;
    }

    /**
     * The smallest offset that any group has in each queue of a topic, {@link Long#MAX_VALUE} where the group to compare
     * with is behind it. Offsets of messages that are gone do not count.
     *
     * @param without groups that do not count
     */
    public Map<Integer, Long> smallest(String topic, Collection<String> without, String compareWith) {
        Map<Integer, Long> smallest = new TreeMap<>();
        for (String group : offsets.groupsOf(topic)) {
            if (!without.contains(group)) {
                offsetsIn(group, topic).forEach((queue, offset) -> {
                    if (offset >= offsetMin(topic, queue)) {
                        smallest.merge(queue, offset, Math::min);
                    }
                });
            }
        }
        offsetsIn(compareWith, topic).forEach((queue, offset) -> {
            if (smallest.getOrDefault(queue, Long.MAX_VALUE) > offset) {
                smallest.put(queue, Long.MAX_VALUE);
            }
        });
        return smallest;
    }

    private Map<Integer, Long> offsetsIn(String group, String topic) {
        return offsets.of(group).getOrDefault(topic, Map.of());
    }

    private long offsetMin(String topic, int number) {
        ConsumeQueue queue = log.existingQueue(topic, number);
        return queue == null ? 0 : queue.offsetMin();
    }
}
