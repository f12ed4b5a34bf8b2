package io.carillon.delayqueue;

import io.carillon.base.delayqueue.GroupSettings;
import io.carillon.base.delayqueue.TopicSettings;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The topics and groups as this node knows them: whole, replaced when the version in MySQL is another. Whoever changes
 * them lets all buckets know before the answer, if Redis takes it: a change is made when MySQL has committed it. Who holds a
 * bucket remembers of which version it let it know, and does so again until that is the present one; and a node that takes a
 * bucket over lets it know in any case. Any thread may read; what changes or refreshes waits for the stores.
 */
final class Topics {
    private final TopicTable table;
    private final Buckets buckets;
    private volatile TopicTable.All all = new TopicTable.All(-1, Map.of(), Set.of());
    private volatile Map<Integer, TopicTable.Topic> byId = Map.of();
    private volatile Runnable onChange = () -> {};
    /** The version of which this node let a bucket know all groups. */
    private final Map<Integer, Long> told = new ConcurrentHashMap<>();

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

    /** @param told by any thread when they were read anew; waits for nothing */
    void onChange(Runnable told) {
        onChange = told;
    }

    private void read() {
        readAll();
        onChange.run();
    }

    private synchronized void readAll() {
        TopicTable.All read = table.read();
        Map<Integer, TopicTable.Topic> ids = new HashMap<>();
        read.topics().values().forEach(topic -> ids.put(topic.id(), topic));
        byId = ids;
        all = read;
    }

    /** Lets these buckets know all groups; as of which version. */
    long tell(Collection<Integer> which) {
        TopicTable.All now = all;
        tell(which, now);
        return now.version();
    }

    long version() {
        return all.version();
    }

    private void tell(Collection<Integer> which, TopicTable.All now) {
        buckets.putGroups(which, now.version(), now.groupTexts());
        which.forEach(bucket -> told.merge(bucket, now.version(), Math::max));
    }

    /**
     * Lets those of these buckets, which this node holds, know all groups that were not let know of the last change. A change
     * whose second half failed, and one that somebody read by the way, are made good so.
     *
     * @return what they all know now
     */
    TopicTable.All keepTold(Collection<Integer> held) {
        TopicTable.All now = all;
        List<Integer> old = held.stream()
                .filter(bucket -> told.getOrDefault(bucket, -1L) < now.version())
                .toList();
        if (!old.isEmpty()) {
            tell(old, now);
        }
        return now;
    }

    /** Lets all buckets know of a change that is committed; when this fails, who holds one does. */
    private void tellOfChange(int topic) {
        try {
            tell(topic);
        } catch (StoreFailure _) {
            // The version of which they were let know is an older one: see keepTold.
        }
    }

    private void tell(int topic) {
        TopicTable.All now = all;
        buckets.putGroups(Leases.ALL, now.version(), Map.of(topic, now.groupsText(topic)));
    }

    /** Takes what a deleted group or topic has out of the order, which knows before that it is deleted. */
    void erase(Leftovers.Of of) {
        tell(of.topic());
        buckets.drop(of.topic(), of.bit());
    }

    /** The same, when its deletion was committed a moment ago. */
    private void eraseDeleted(Leftovers.Of of) {
        try {
            erase(of);
        } catch (StoreFailure _) {
            // It is noted as a leftover, and these are erased until that succeeds.
        }
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
        tellOfChange(topic.id());
        return group(topic.name(), group);
    }

    Optional<TopicTable.Group> pauseGroup(TopicTable.Topic topic, String group, boolean isPaused) {
        table.pauseGroup(topic.id(), group, isPaused);
        read();
        return group(topic.name(), group);
    }

    boolean delete(String name) {
        Optional<Leftovers.Of> deleted = table.delete(name);
        read();
        deleted.ifPresent(this::eraseDeleted);
        return deleted.isPresent();
    }

    void deleteGroup(TopicTable.Topic topic, TopicTable.Group group) {
        table.deleteGroup(topic.id(), group.bit());
        read();
        eraseDeleted(new Leftovers.Of(topic.id(), group.bit()));
    }
}
