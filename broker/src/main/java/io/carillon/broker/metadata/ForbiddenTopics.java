package io.carillon.broker.metadata;

import io.carillon.base.Ticker;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/**
 * Which topics a group must not read, by an administrator's word. Any thread may call; a change is in force when its
 * {@link Change} was told.
 */
public final class ForbiddenTopics {
    private final Map<String, Set<String>> byGroup = new ConcurrentHashMap<>();
    private final Ticker ticker;
    private final Supplier<MetadataLog> log;

    ForbiddenTopics(Ticker ticker, Supplier<MetadataLog> log) {
        this.ticker = ticker;
        this.log = log;
    }

    /** Whether this group must not read this topic. */
    public boolean contains(String group, String topic) {
        if (byGroup.isEmpty()) {
            return false;
        }
        return byGroup.getOrDefault(group, Set.of()).contains(topic);
    }

    /** The topics that a group must not read, sorted. */
    public Set<String> of(String group) {
        return new TreeSet<>(byGroup.getOrDefault(group, Set.of()));
    }

    /**
     * Forbids a group to read a topic, or allows it again.
     *
     * @throws IllegalArgumentException when a name is not allowed
     */
    public void set(String group, String topic, boolean isForbidden, Change change) {
        Command command = new Command.ForbidTopic(ticker.nowMs(), Names.group(group), Names.topic(topic), isForbidden);
        log.get().append(CommandCodec.encode(command), change::done);
    }

    /** A group or topic that does not exist at this place of the log needs no ban. */
    void apply(Command.ForbidTopic command, Groups groups, Topics topics) {
        if (!command.isForbidden()) {
            allow(command.group(), command.topic());
        } else if (groups.find(command.group()) != null && topics.find(command.topic()) != null) {
            byGroup.computeIfAbsent(command.group(), _ -> ConcurrentHashMap.newKeySet())
                    .add(command.topic());
        }
    }

    private void allow(String group, String topic) {
        byGroup.computeIfPresent(group, (_, topics) -> {
            topics.remove(topic);
            return topics.isEmpty() ? null : topics;
        });
    }

    void removeGroup(String group) {
        byGroup.remove(group);
    }

    void removeTopic(String topic) {
        for (String group : byGroup.keySet()) {
            allow(group, topic);
        }
    }

    /** Count of groups, then each: name, count of topics, names. */
    void snapshot(ByteWriter to) {
        Map<String, Set<String>> all = new TreeMap<>(byGroup);
        to.putVar(all.size());
        all.forEach((group, topics) -> {
            to.putText(group);
            to.putVar(topics.size());
            new TreeSet<>(topics).forEach(to::putText);
        });
    }

    void restore(ByteReader from) {
        int groupCount = from.readCount();
        for (int g = 0; g < groupCount; g++) {
            Set<String> topics =
                    byGroup.computeIfAbsent(CommandCodec.readGroupName(from), _ -> ConcurrentHashMap.newKeySet());
            int topicCount = from.readCount();
            for (int t = 0; t < topicCount; t++) {
                topics.add(CommandCodec.readTopicName(from));
            }
        }
    }
}
