package io.carillon.nameserver;

import io.carillon.message.Topic;
import io.carillon.message.Topic.Permission;
import io.carillon.nameserver.TopicRoute.QueueRow;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Topic to queues by broker group, and the groups.
 *
 * <p>Readers take no lock: a topic's rows are a small map that a change replaces, so one more topic costs the same
 * however many there are. Whoever changes holds the lock of {@link NameServer}. Permissions that depend on the group
 * (wiped, no master) are worked out when somebody asks, so such a change touches no row.
 */
final class RouteTable {
    /** Topics by which brokers of one group learn of each other; an acting master would hide them. */
    private static final String MEMBER_TOPIC_PREFIX = "rmq_sys_SYNC_BROKER_MEMBER_";

    private volatile boolean allowsActingMaster;
    private final ConcurrentMap<String, Map<String, Topic>> rowsByTopic = new ConcurrentHashMap<>();
    private final ConcurrentMap<String, BrokerGroup> groups = new ConcurrentHashMap<>();
    private final Map<String, Set<String>> topicsByGroup = new HashMap<>();

    RouteTable(boolean allowsActingMaster) {
        this.allowsActingMaster = allowsActingMaster;
    }

    /** From now on, in all routes. Any thread. */
    void allowActingMaster(boolean allows) {
        allowsActingMaster = allows;
    }

    @Nullable
    BrokerGroup group(String name) {
        return groups.get(name);
    }

    /** All groups, sorted by name. */
    List<BrokerGroup> groups() {
        return List.copyOf(new TreeMap<>(groups).values());
    }

    void putGroup(BrokerGroup group) {
        groups.put(group.name(), group);
    }

    /** Removes the group with its row in every topic. */
    void removeGroup(String name) {
        groups.remove(name);
        Set<String> topics = topicsByGroup.remove(name);
        if (topics != null) {
            topics.forEach(topic -> dropRow(topic, name));
        }
    }

    /** Writes the rows that differ. */
    void putRows(String group, Collection<Topic> topics) {
        Set<String> names = topicsByGroup.computeIfAbsent(group, _ -> new HashSet<>());
        for (Topic topic : topics) {
            Map<String, Topic> rows = rowsByTopic.get(topic.name());
            if (rows == null) {
                rowsByTopic.put(topic.name(), Map.of(group, topic));
                names.add(topic.name());
            } else if (!topic.equals(rows.get(group))) {
                rowsByTopic.put(topic.name(), with(rows, group, topic));
                names.add(topic.name());
            }
        }
    }

    /** Whether the group has exactly these rows for these topics. Takes no lock. */
    boolean hasRows(String group, Collection<Topic> topics) {
        for (Topic topic : topics) {
            if (!topic.equals(rowsByTopic.getOrDefault(topic.name(), Map.of()).get(group))) {
                return false;
            }
        }
        return true;
    }

    private static Map<String, Topic> with(Map<String, Topic> rows, String group, Topic topic) {
        Map<String, Topic> changed = new HashMap<>(rows);
        changed.put(group, topic);
        return Map.copyOf(changed);
    }

    void removeRow(String topic, String group) {
        Set<String> names = topicsByGroup.get(group);
        if (names != null && names.remove(topic)) {
            dropRow(topic, group);
        }
    }

    void removeTopic(String topic) {
        for (String group : rowsByTopic.getOrDefault(topic, Map.of()).keySet()) {
            removeRow(topic, group);
        }
    }

    private void dropRow(String topic, String group) {
        Map<String, Topic> rest = new HashMap<>(rowsByTopic.getOrDefault(topic, Map.of()));
        rest.remove(group);
        if (rest.isEmpty()) {
            rowsByTopic.remove(topic);
        } else {
            rowsByTopic.put(topic, Map.copyOf(rest));
        }
    }

    /** The topic's route, null when no live broker has it. */
    @Nullable
    TopicRoute route(String topic, @Nullable String order) {
        List<QueueRow> queues = new ArrayList<>();
        List<BrokerGroup> brokers = new ArrayList<>();
        for (Map.Entry<String, Topic> row : new TreeMap<>(rowsByTopic.getOrDefault(topic, Map.of())).entrySet()) {
            BrokerGroup group = groups.get(row.getKey());
            if (group != null) {
                queues.add(queueRow(group, row.getValue()));
                brokers.add(actsForMaster(group, topic) ? group.withActingMaster() : group);
            }
        }
        return queues.isEmpty() ? null : new TopicRoute(topic, queues, brokers, order);
    }

    private static QueueRow queueRow(BrokerGroup group, Topic topic) {
        int permissions = topic.permissions() & (group.isReadOnly() ? ~Permission.WRITE : ~0);
        return new QueueRow(group.name(), topic.readQueues(), topic.writeQueues(), permissions, topic.systemFlag());
    }

    private boolean actsForMaster(BrokerGroup group, String topic) {
        return allowsActingMaster
                && group.actingMaster()
                && !group.hasMaster()
                && !topic.startsWith(MEMBER_TOPIC_PREFIX);
    }

    int topicCount() {
        return rowsByTopic.size();
    }

    int groupCount() {
        return groups.size();
    }

    Set<String> topics() {
        return new TreeSet<>(rowsByTopic.keySet());
    }

    /** The names of the topics that a group of this cluster has. */
    Set<String> topicsOf(Predicate<BrokerGroup> wanted) {
        Set<String> names = new TreeSet<>();
        for (BrokerGroup group : groups.values()) {
            if (wanted.test(group)) {
                names.addAll(topicsByGroup.getOrDefault(group.name(), Set.of()));
            }
        }
        return names;
    }

    /** The names of the topics of which some row has this. */
    Set<String> topicsWhere(Predicate<Topic> wanted) {
        Set<String> names = new TreeSet<>();
        rowsByTopic.forEach((name, rows) -> {
            if (rows.values().stream().anyMatch(wanted)) {
                names.add(name);
            }
        });
        return names;
    }

    int topicCountOf(String group) {
        return topicsByGroup.getOrDefault(group, Collections.emptySet()).size();
    }
}
