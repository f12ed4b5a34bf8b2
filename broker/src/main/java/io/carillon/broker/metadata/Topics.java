package io.carillon.broker.metadata;

import io.carillon.base.Ticker;
import io.carillon.message.Topic;
import io.carillon.message.TopicName;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The topics that exist. Any thread may call; a change is in force when its {@link Change} was told. */
public final class Topics {
    /** The most queues that a topic may have. */
    public static final int QUEUES_MAX = Names.QUEUES_MAX;

    private final Map<String, TopicState> byName = new ConcurrentHashMap<>();
    private final TopicTable byBytes = new TopicTable();
    private final List<Consumer<String>> listeners = new CopyOnWriteArrayList<>();
    private final AtomicInteger lightCount = new AtomicInteger();
    private final Creations creations = new Creations();
    private final Ticker ticker;
    private final Supplier<MetadataLog> log;
    private volatile DataVersion version = DataVersion.NONE;

    Topics(Ticker ticker, Supplier<MetadataLog> log) {
        this.ticker = ticker;
        this.log = log;
    }

    public @Nullable TopicState find(String name) {
        return byName.get(name);
    }

    /** Finds without making a string: the first {@code length} bytes of {@code name} are the topic's name. */
    public @Nullable TopicState find(byte[] name, int length) {
        return byBytes.find(name, length);
    }

    /** All topics, in no order. */
    public Collection<TopicState> all() {
        return Collections.unmodifiableCollection(byName.values());
    }

    /** How many of them are topics of light queues. */
    int lightCount() {
        return lightCount.get();
    }

    /**
     * Makes the topic, or replaces the settings of the one of that name. Messages and offsets stay.
     *
     * @throws IllegalArgumentException when its name or its number of queues is not allowed
     */
    public void put(Topic topic, Change change) {
        put(List.of(topic), change);
    }

    /**
     * Like {@link #put(Topic, Change)} for several at once: all or none.
     *
     * @throws IllegalArgumentException when a name or a number of queues is not allowed
     */
    public void put(List<Topic> topics, Change change) {
        topics.forEach(Topics::check);
        append(new Command.PutTopics(ticker.nowMs(), topics, false), change);
    }

    /**
     * Makes the topic that a first send asks for, after a template; when it exists by the time this is applied, nothing
     * changes. Concurrent calls for one name share one entry in the log.
     *
     * @throws IllegalArgumentException when its name or its number of queues is not allowed
     */
    public void createIfAbsent(Topic topic, Change change) {
        check(topic);
        String name = topic.name();
        if (byName.containsKey(name)) {
            change.done(null);
        } else if (creations.join(name, change)) {
            append(
                    new Command.PutTopics(ticker.nowMs(), List.of(topic), true),
                    refusal -> creations.settle(name, refusal));
        }
    }

    /** Deletes the topic, its queues and the offsets of groups in it. */
    public void delete(String name, Change change) {
        append(new Command.DeleteTopic(ticker.nowMs(), Names.topic(name)), change);
    }

    public DataVersion version() {
        return version;
    }

    /**
     * Calls back, on the log's path, with the name of each topic that was made, changed or deleted. Must be quick.
     *
     * @return ends the calls
     */
    public Runnable onChange(Consumer<String> listener) {
        listeners.add(listener);
        return () -> listeners.remove(listener);
    }

    private static void check(Topic topic) {
        Names.topic(topic.name());
        Names.queues(topic.queues());
    }

    private void append(Command command, Change change) {
        log.get().append(CommandCodec.encode(command), change::done);
    }

    void apply(Command.PutTopics put) {
        boolean changed = false;
        for (Topic topic : put.topics()) {
            TopicState before = byName.get(topic.name());
            if (before == null || !put.onlyAbsent()) {
                keep(before == null ? new TopicState(topic, log) : before.with(topic));
                changed = true;
                tell(topic.name());
            }
        }
        if (changed) {
            version = version.next(put.timestampMs());
        }
    }

    /** @return whether there was such a topic */
    boolean apply(Command.DeleteTopic delete) {
        TopicState gone = byName.remove(delete.name());
        if (gone == null) {
            return false;
        }
        byBytes.remove(gone);
        countLight(delete.name(), -1);
        version = version.next(delete.timestampMs());
        tell(delete.name());
        return true;
    }

    private void keep(TopicState topic) {
        String name = topic.config().name();
        if (byName.put(name, topic) == null) {
            countLight(name, 1);
        }
        byBytes.put(topic);
    }

    private void countLight(String name, int change) {
        if (TopicName.isLight(name)) {
            lightCount.addAndGet(change);
        }
    }

    private void tell(String name) {
        listeners.forEach(listener -> listener.accept(name));
    }

    void snapshot(ByteWriter to) {
        version.put(to);
        List<String> names = byName.keySet().stream().sorted().toList();
        to.putVar(names.size());
        for (String name : names) {
            TopicState topic = byName.get(name);
            if (topic != null) {
                CommandCodec.putTopic(to, topic.config());
            }
        }
    }

    void restore(ByteReader from) {
        version = DataVersion.read(from);
        int count = from.readCount();
        for (int i = 0; i < count; i++) {
            keep(new TopicState(CommandCodec.readTopic(from), log));
        }
        from.end();
    }
}
