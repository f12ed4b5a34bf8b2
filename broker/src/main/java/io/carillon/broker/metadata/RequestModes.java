package io.carillon.broker.metadata;

import io.carillon.base.Ticker;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/** How groups get the messages of topics, where somebody has said so. Any thread; in force when its {@link Change} was told. */
public final class RequestModes {
    private final Map<String, Map<String, RequestMode>> byTopic = new ConcurrentHashMap<>();
    private final Ticker ticker;
    private final Supplier<MetadataLog> log;

    RequestModes(Ticker ticker, Supplier<MetadataLog> log) {
        this.ticker = ticker;
        this.log = log;
    }

    public RequestMode of(String topic, String group) {
        Map<String, RequestMode> groups = byTopic.get(topic);
        return groups == null ? RequestMode.PULL : groups.getOrDefault(group, RequestMode.PULL);
    }

    /** All that was said, by topic and group, sorted. */
    public Map<String, Map<String, RequestMode>> all() {
        Map<String, Map<String, RequestMode>> all = new TreeMap<>();
        byTopic.forEach((topic, groups) -> all.put(topic, new TreeMap<>(groups)));
        return all;
    }

    /** @throws IllegalArgumentException when a name is not allowed */
    public void put(String topic, String group, RequestMode mode, Change change) {
        Command put = new Command.PutRequestMode(ticker.nowMs(), Names.topic(topic), Names.group(group), mode);
        log.get().append(CommandCodec.encode(put), change::done);
    }

    void apply(Command.PutRequestMode put) {
        byTopic.computeIfAbsent(put.topic(), _ -> new ConcurrentHashMap<>()).put(put.group(), put.mode());
    }

    void removeTopic(String topic) {
        byTopic.remove(topic);
    }

    /** Count of topics, each: name, count of groups, each: name, mode. */
    void snapshot(ByteWriter to) {
        Map<String, Map<String, RequestMode>> all = all();
        to.putVar(all.size());
        all.forEach((topic, groups) -> {
            to.putText(topic);
            to.putVar(groups.size());
            groups.forEach((group, mode) -> {
                to.putText(group);
                mode.put(to);
            });
        });
    }

    void restore(ByteReader from) {
        int topics = from.readCount();
        for (int t = 0; t < topics; t++) {
            String topic = CommandCodec.readTopicName(from);
            Map<String, RequestMode> groups = new ConcurrentHashMap<>();
            int count = from.readCount();
            for (int g = 0; g < count; g++) {
                groups.put(CommandCodec.readGroupName(from), RequestMode.read(from));
            }
            byTopic.put(topic, groups);
        }
    }
}
