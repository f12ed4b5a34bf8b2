package io.carillon.broker.admin;

import io.carillon.base.Ticker;
import io.carillon.broker.metadata.ForbiddenTopics;
import io.carillon.broker.metadata.Groups;
import io.carillon.broker.metadata.Offsets;
import io.carillon.broker.metadata.TopicState;
import io.carillon.broker.metadata.Topics;
import io.carillon.log.ConsumeQueue;
import io.carillon.log.MessageLog;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * FACE: what the admin tool and the console may ask about topics, groups and how far they are. Any thread may call; what
 * looks at messages may wait for the disk. Offsets told here are durable (promise P5).
 */
public final class AdminService {
    private final Topics topics;
    private final Groups groups;
    private final Offsets offsets;
    private final ForbiddenTopics forbidden;
    private final OffsetService offsetService;
    private final MessageLog log;
    private final LiveClients clients;
    private final SystemNames systemNames;
    private final Stats stats;
    private final NamedStats namedStats;
    private final HandedOut handedOut;
    private final Ticker ticker;
    private final Map<String, Meter> consumed = new ConcurrentHashMap<>();

    public AdminService(
            Topics topics,
            Groups groups,
            Offsets offsets,
            ForbiddenTopics forbidden,
            MessageLog log,
            LiveClients clients,
            SystemNames systemNames,
            Stats stats,
            NamedStats namedStats,
            HandedOut handedOut,
            Ticker ticker) {
        this.topics = topics;
        this.groups = groups;
        this.offsets = offsets;
        this.forbidden = forbidden;
        this.offsetService = new OffsetService(topics, groups, offsets, log, clients);
        this.log = log;
        this.clients = clients;
        this.systemNames = systemNames;
        this.stats = stats;
        this.namedStats = namedStats;
        this.handedOut = handedOut;
        this.ticker = ticker;
    }

    /** @param lastStoredMs when the last message was stored, in epoch ms; 0 when there is none */
    public record QueueFigures(int queue, long offsetMin, long offsetMax, long lastStoredMs) {}

    /** Up to where a group's consumers were given the messages of a queue; -1 when nobody knows. */
    @FunctionalInterface
    public interface HandedOut {
        long of(String group, String topic, int queue);
    }

    /**
     * How far a group is in one queue.
     *
     * @param handedOutOffset up to where its consumers were given messages, at least what they consumed
     * @param consumedStoredMs when the last consumed message was stored, in epoch ms; 0 when there is none
     */
    public record Progress(
            String topic,
            int queue,
            long brokerOffset,
            long consumerOffset,
            long handedOutOffset,
            long consumedStoredMs) {
        public long behind() {
            return brokerOffset - consumerOffset;
        }

        public long inFlight() {
            return handedOutOffset - consumerOffset;
        }
    }

    /**
     * The store times of a queue's oldest, newest and last consumed message, in epoch ms, -1 for none.
     *
     * @param delayMs how long the next message has waited for the group; 0 when it is at the end
     */
    public record TimeSpan(int queue, long minMs, long maxMs, long consumedMs, long delayMs) {}

    public Topics topics() {
        return topics;
    }

    public Groups groups() {
        return groups;
    }

    public Offsets offsets() {
        return offsets;
    }

    /** Which topics groups must not read. */
    public ForbiddenTopics forbidden() {
        return forbidden;
    }

    /** What administrators do with offsets. */
    public OffsetService offsetService() {
        return offsetService;
    }

    public MessageLog log() {
        return log;
    }

    public LiveClients clients() {
        return clients;
    }

    public SystemNames systemNames() {
        return systemNames;
    }

    public Stats stats() {
        return stats;
    }

    /** What happened lately, by the name of the figure. */
    public NamedStats namedStats() {
        return namedStats;
    }

    /** One line a queue, also for queues that never held a message. */
    public List<QueueFigures> queues(TopicState topic) {
        List<QueueFigures> all = new ArrayList<>();
        for (int i = 0; i < topic.config().queues(); i++) {
            ConsumeQueue queue = log.existingQueue(topic.config().name(), i);
            all.add(queue == null ? new QueueFigures(i, 0, 0, 0) : figures(queue));
        }
        return all;
    }

    private QueueFigures figures(ConsumeQueue queue) {
        long min = queue.offsetMin();
        long max = queue.offsetMax();
        long lastMs = max > min ? Math.max(0, log.storeTimestamp(queue, max - 1)) : 0;
        return new QueueFigures(queue.number(), min, max, lastMs);
    }

    /**
     * The topics in which a group has committed offsets; when it is online, only those of them that it subscribes to.
     */
    public Set<String> topicsOf(String group) {
        Set<String> all = new TreeSet<>(offsets.of(group).keySet());
        LiveClients.Consumers live = clients.consumers(group);
        if (live != null && !live.subscriptions().isEmpty()) {
            all.removeIf(topic -> live.subscription(topic) == null);
        }
        return all;
    }

    /** The topics in which a group has committed offsets, and those to which it subscribes now. */
    public Set<String> everyTopicOf(String group) {
        Set<String> all = new TreeSet<>(offsets.of(group).keySet());
        LiveClients.Consumers live = clients.consumers(group);
        if (live != null) {
            live.subscriptions().forEach(one -> all.add(one.topic()));
        }
        return all;
    }

    /** The groups that have committed offsets in a topic or subscribe to it now. */
    public Set<String> groupsOn(String topic) {
        Set<String> all = new TreeSet<>(offsets.groupsOf(topic));
        all.addAll(clients.groupsOn(topic));
        return all;
    }

    /** How far a group is in these topics; a queue without an offset counts as consumed up to 0. */
    public List<Progress> progress(String group, Collection<String> inTopics) {
        Map<String, Map<Integer, Long>> committed = offsets.of(group);
        List<Progress> all = new ArrayList<>();
        for (String name : inTopics) {
            TopicState topic = topics.find(name);
            Map<Integer, Long> ofTopic = committed.getOrDefault(name, Map.of());
            for (int i = 0; topic != null && i < topic.config().readQueues(); i++) {
                long consumerOffset = ofTopic.getOrDefault(i, 0L);
                long handedOutOffset = Math.max(consumerOffset, handedOut.of(group, name, i));
                all.add(progress(name, i, consumerOffset, handedOutOffset));
            }
        }
        return all;
    }

    private Progress progress(String topic, int number, long consumerOffset, long handedOutOffset) {
        ConsumeQueue queue = log.existingQueue(topic, number);
        long brokerOffset = queue == null ? 0 : queue.offsetMax();
        return new Progress(
                topic,
                number,
                brokerOffset,
                consumerOffset,
                handedOutOffset,
                Math.max(0, storedMs(queue, consumerOffset - 1)));
    }

    public List<TimeSpan> timeSpans(String group, TopicState topic) {
        Map<Integer, Long> committed =
                offsets.of(group).getOrDefault(topic.config().name(), Map.of());
        List<TimeSpan> all = new ArrayList<>();
        for (int i = 0; i < topic.config().writeQueues(); i++) {
            ConsumeQueue queue = log.existingQueue(topic.config().name(), i);
            all.add(timeSpan(queue, i, committed.getOrDefault(i, 0L)));
        }
        return all;
    }

    private TimeSpan timeSpan(@Nullable ConsumeQueue queue, int number, long consumerOffset) {
        if (queue == null || queue.offsetMax() == queue.offsetMin()) {
            return new TimeSpan(number, -1, -1, -1, 0);
        }
        long minMs = storedMs(queue, queue.offsetMin());
        long nextMs = storedMs(queue, Math.max(consumerOffset, queue.offsetMin()));
        return new TimeSpan(
                number,
                minMs,
                storedMs(queue, queue.offsetMax() - 1),
                consumerOffset > 0 ? storedMs(queue, consumerOffset - 1) : minMs,
                nextMs < 0 ? 0 : Math.max(0, ticker.nowMs() - nextMs));
    }

    private long storedMs(@Nullable ConsumeQueue queue, long offset) {
        return queue == null || offset < queue.offsetMin() || offset >= queue.offsetMax()
                ? -1
                : log.storeTimestamp(queue, offset);
    }

    /**
     * How many messages a second a group committed as consumed in the last minute; 0 when nobody asked before, since
     * then there is nothing to compare with.
     */
    public double consumedPerSecond(String group) {
        if (groups.find(group) == null) {
            consumed.remove(group);
            return 0;
        }
        long total = 0;
        for (Map<Integer, Long> queues : offsets.of(group).values()) {
            for (long offset : queues.values()) {
                total += offset;
            }
        }
        long nowNs = ticker.nanoTime();
        long first = total;
        return consumed.computeIfAbsent(group, _ -> new Meter(nowNs, first)).lastMinute(nowNs, total);
    }

    /** How many messages a second a topic got in the last minute. */
    public double storedPerSecond(TopicState topic) {
        return stats.storedPerSecond(topic);
    }
}
