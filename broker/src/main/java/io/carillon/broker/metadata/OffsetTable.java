package io.carillon.broker.metadata;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** The cells of all groups, found by group, topic and queue without making anything. Any thread may call. */
final class OffsetTable {
    private final Map<String, Map<String, Map<Integer, OffsetCell>>> groups = new ConcurrentHashMap<>();

    @Nullable
    OffsetCell find(String group, String topic, int queue) {
        Map<String, Map<Integer, OffsetCell>> topics = groups.get(group);
        Map<Integer, OffsetCell> queues = topics == null ? null : topics.get(topic);
        return queues == null ? null : queues.get(queue);
    }

    OffsetCell findOrMake(String group, String topic, int queue) {
        OffsetCell found = find(group, topic, queue);
        return found != null
                ? found
                : groups.computeIfAbsent(group, _ -> new ConcurrentHashMap<>())
                        .computeIfAbsent(topic, _ -> new ConcurrentHashMap<>())
                        .computeIfAbsent(queue, _ -> new OffsetCell(group, topic, queue));
    }

    /** Whether something that the group committed may not be durable yet. */
    boolean isPending(String group) {
        return groups.getOrDefault(group, Map.of()).values().stream()
                .flatMap(queues -> queues.values().stream())
                .anyMatch(OffsetCell::isPending);
    }

    /** @return how many resets stood there */
    int removeTopic(String topic) {
        int resets = 0;
        for (Map<String, Map<Integer, OffsetCell>> topics : groups.values()) {
            resets += remove(topics.remove(topic));
        }
        return resets;
    }

    /** @return how many resets stood there */
    int removeGroup(String group) {
        Map<String, Map<Integer, OffsetCell>> topics = groups.remove(group);
        int resets = 0;
        if (topics != null) {
            for (Map<Integer, OffsetCell> queues : new ArrayList<>(topics.values())) {
                resets += remove(queues);
            }
        }
        return resets;
    }

    private static int remove(@Nullable Map<Integer, OffsetCell> queues) {
        int resets = 0;
        for (OffsetCell cell : queues == null ? List.<OffsetCell>of() : queues.values()) {
            resets += cell.remove() ? 1 : 0;
        }
        return resets;
    }

    /** The cells in which a reset stands, sorted, so that equal tables make equal snapshots. */
    List<OffsetCell> withReset() {
        List<OffsetCell> found = new ArrayList<>();
        for (Map<String, Map<Integer, OffsetCell>> topics : groups.values()) {
            for (Map<Integer, OffsetCell> queues : topics.values()) {
                queues.values().stream().filter(cell -> cell.reset() != null).forEach(found::add);
            }
        }
        found.sort(Comparator.comparing(OffsetCell::group)
                .thenComparing(OffsetCell::topic)
                .thenComparingInt(OffsetCell::queue));
        return found;
    }

    void forgetUnwritten() {
        groups.values()
                .forEach(topics ->
                        topics.values().forEach(queues -> queues.values().forEach(OffsetCell::forgetUnwritten)));
    }

    Set<String> groups() {
        return new TreeSet<>(groups.keySet());
    }

    /** What the log holds of a group, by topic and queue; sorted, so that equal tables make equal snapshots. */
    Map<String, Map<Integer, Long>> applied(String group) {
        Map<String, Map<Integer, Long>> all = new TreeMap<>();
        groups.getOrDefault(group, Map.of()).forEach((topic, queues) -> {
            Map<Integer, Long> offsets = applied(queues.values());
            if (!offsets.isEmpty()) {
                all.put(topic, offsets);
            }
        });
        return all;
    }

    private static Map<Integer, Long> applied(Collection<OffsetCell> cells) {
        Map<Integer, Long> offsets = new TreeMap<>();
        for (OffsetCell cell : cells) {
            long offset = cell.applied();
            if (offset >= 0) {
                offsets.put(cell.queue(), offset);
            }
        }
        return offsets;
    }

    Set<String> groupsOf(String topic) {
        Set<String> found = new TreeSet<>();
        groups.forEach((group, topics) -> {
            Map<Integer, OffsetCell> queues = topics.get(topic);
            if (queues != null && !applied(queues.values()).isEmpty()) {
                found.add(group);
            }
        });
        return found;
    }

    /** Count of groups, then each: name, count of topics, then each: name, count of queues, each: number, offset 8. */
    void snapshot(ByteWriter to) {
        Map<String, Map<String, Map<Integer, Long>>> all = new TreeMap<>();
        groups().forEach(group -> {
            Map<String, Map<Integer, Long>> topics = applied(group);
            if (!topics.isEmpty()) {
                all.put(group, topics);
            }
        });
        to.putVar(all.size());
        all.forEach((group, topics) -> {
            to.putText(group);
            to.putVar(topics.size());
            topics.forEach((topic, queues) -> {
                to.putText(topic);
                to.putVar(queues.size());
                queues.forEach((queue, offset) -> {
                    to.putVar(queue);
                    to.putLong(offset);
                });
            });
        });
    }

    void restore(ByteReader from) {
        int groupCount = from.readCount();
        for (int g = 0; g < groupCount; g++) {
            String group = CommandCodec.readGroupName(from);
            int topicCount = from.readCount();
            for (int t = 0; t < topicCount; t++) {
                String topic = CommandCodec.readTopicName(from);
                int queueCount = from.readCount();
                for (int q = 0; q < queueCount; q++) {
                    findOrMake(group, topic, from.readSmall(Names.QUEUES_MAX)).apply(from.readLong());
                }
            }
        }
    }
}
