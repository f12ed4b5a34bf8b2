package io.carillon.delayqueue;

import io.carillon.base.delayqueue.GroupSettings;
import io.carillon.base.delayqueue.TopicSettings;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The topics and groups as this node knows them: whole, replaced when the version in MySQL is another. Whoever changes
 * them lets all buckets know before the answer; a node that takes a bucket over lets it know again. Any thread may read;
 * what changes or refreshes waits for the stores.
 */
final class Topics {
    private final TopicTable table;
    private final Buckets buckets;
    private volatile TopicTable.All all = new TopicTable.All(-1, Map.of());
    private volatile Map<Integer, TopicTable.Topic> byId = Map.of();

    Topics(TopicTable table, Buckets buckets) {
        this.table = table;
        this.buckets = buckets;
    }

    Optional<TopicTable.Topic> topic(String name) {
        return Optional.ofNullable(all.topics().get(name));
    }

    Optional<TopicTable.Topic> topic(int id) {
        return Optional.ofNullable(byId.get(id));
    }

    Optional<TopicTable.Group> group(String topic, String group) {
        return topic(topic).map(found -> found.groups().get(group));
    }

    Collection<TopicTable.Topic> list() {
        return all.topics().values();
    }

    /** Reads them again if they have changed. */
    boolean refresh() {
        if (table.version() == all.version()) {
            return false;
        }
        read();
        return true;
    }

    private synchronized void read() {
        TopicTable.All read = table.read();
        Map<Integer, TopicTable.Topic> ids = new HashMap<>();
        read.topics().values().forEach(topic -> ids.put(topic.id(), topic));
        byId = ids;
        all = read;
    }

    /** Lets these buckets know all groups. */
    void tell(Collection<Integer> which) {
        Map<Integer, String> groups = new HashMap<>();
        all.topics().values().forEach(topic -> groups.put(topic.id(), topic.groupsText()));
        buckets.putGroups(which, groups);
    }

    private void tell(int topic, String groups) {
        buckets.putGroups(Leases.ALL, Map.of(topic, groups));
    }

    TopicTable.Topic put(String name, TopicSettings settings) {
        table.put(name, settings);
        read();
        return topic(name).orElseThrow();
    }

    TopicTable.Topic pause(String name, boolean isPaused) {
        table.pause(name, isPaused);
        read();
        return topic(name).orElseThrow();
    }

    /** Empty when the topic has as many groups as may be. */
    Optional<TopicTable.Group> putGroup(TopicTable.Topic topic, String group, GroupSettings settings) {
        if (!table.putGroup(topic.id(), group, settings)) {
            return Optional.empty();
        }
        read();
        topic(topic.name()).ifPresent(now -> tell(now.id(), now.groupsText()));
        return group(topic.name(), group);
    }

    Optional<TopicTable.Group> pauseGroup(TopicTable.Topic topic, String group, boolean isPaused) {
        table.pauseGroup(topic.id(), group, isPaused);
        read();
        return group(topic.name(), group);
    }

    boolean delete(String name) {
        Optional<TopicTable.Deleted> deleted = table.delete(name);
        read();
        deleted.ifPresent(gone -> {
            tell(gone.topic(), "-");
            buckets.drop(gone.topic(), -1);
        });
        return deleted.isPresent();
    }

    void deleteGroup(TopicTable.Topic topic, TopicTable.Group group) {
        table.deleteGroup(topic.id(), group.bit());
        read();
        topic(topic.name()).ifPresent(now -> tell(now.id(), now.groupsText()));
        buckets.drop(topic.id(), group.bit());
    }
}
