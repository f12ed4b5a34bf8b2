package io.carillon.broker.metadata;

import io.carillon.base.Ticker;
import io.carillon.message.ConsumerGroup;
import io.carillon.message.TopicName;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The consumer groups that exist. Any thread may call; a change is in force when its {@link Change} was told. */
public final class Groups {
    /** Groups of RocketMQ's own tools, which are made even where clients may make none. */
    private static final String TOOLS_PREFIX = "CID_RMQ_SYS_";

    private final Map<String, ConsumerGroup> byName = new ConcurrentHashMap<>();
    private final List<Consumer<String>> deletionListeners = new CopyOnWriteArrayList<>();
    private final Creations creations = new Creations();
    private final Ticker ticker;
    private final Supplier<MetadataLog> log;
    private volatile DataVersion version = DataVersion.NONE;

    Groups(Ticker ticker, Supplier<MetadataLog> log) {
        this.ticker = ticker;
        this.log = log;
    }

    /**
     * Whether an unknown group may be made because a client uses it.
     *
     * @param autoCreate whether clients may make groups at all
     */
    public static boolean mayBeMade(String name, boolean autoCreate) {
        return (autoCreate || name.startsWith(TOOLS_PREFIX))
                && TopicName.faultOfGroup(name).isEmpty();
    }

    public @Nullable ConsumerGroup find(String name) {
        return byName.get(name);
    }

    /** All groups, in no order. */
    public Collection<ConsumerGroup> all() {
        return Collections.unmodifiableCollection(byName.values());
    }

    /** @throws IllegalArgumentException when its name is not allowed */
    public void put(ConsumerGroup group, Change change) {
        put(List.of(group), change);
    }

    /**
     * Like {@link #put(ConsumerGroup, Change)} for several at once: all or none.
     *
     * @throws IllegalArgumentException when a name is not allowed
     */
    public void put(List<ConsumerGroup> groups, Change change) {
        groups.forEach(group -> Names.group(group.name()));
        append(new Command.PutGroups(ticker.nowMs(), groups, false), change);
    }

    /**
     * Makes the group with default settings unless it exists; concurrent calls for one name share one entry.
     *
     * @throws IllegalArgumentException when its name is not allowed
     */
    public void createIfAbsent(String name, Change change) {
        Names.group(name);
        if (byName.containsKey(name)) {
            change.done(null);
        } else if (creations.join(name, change)) {
            append(
                    new Command.PutGroups(ticker.nowMs(), List.of(ConsumerGroup.of(name)), true),
                    refusal -> creations.settle(name, refusal));
        }
    }

    /** Deletes the group; with {@code withOffsets} also what it has consumed. */
    public void delete(String name, boolean withOffsets, Change change) {
        append(new Command.DeleteGroup(ticker.nowMs(), Names.group(name), withOffsets), change);
    }

    public DataVersion version() {
        return version;
    }

    /**
     * Calls back, on the log's path, with the name of each group that was deleted. Must be quick.
     *
     * @return ends the calls
     */
    public Runnable onDelete(Consumer<String> listener) {
        deletionListeners.add(listener);
        return () -> deletionListeners.remove(listener);
    }

    private void append(Command command, Change change) {
        log.get().append(CommandCodec.encode(command), change::done);
    }

    void apply(Command.PutGroups put) {
        boolean changed = false;
        for (ConsumerGroup group : put.groups()) {
            if (!put.onlyAbsent() || !byName.containsKey(group.name())) {
                byName.put(group.name(), group);
                changed = true;
            }
        }
        if (changed) {
            version = version.next(put.timestampMs());
        }
    }

    void apply(Command.DeleteGroup delete) {
        if (byName.remove(delete.name()) != null) {
            version = version.next(delete.timestampMs());
        }
        deletionListeners.forEach(listener -> listener.accept(delete.name()));
    }

    void snapshot(ByteWriter to) {
        version.put(to);
        List<String> names = byName.keySet().stream().sorted().toList();
        to.putVar(names.size());
        for (String name : names) {
            ConsumerGroup group = byName.get(name);
            if (group != null) {
                CommandCodec.putGroup(to, group);
            }
        }
    }

    void restore(ByteReader from) {
        version = DataVersion.read(from);
        int count = from.readCount();
        for (int i = 0; i < count; i++) {
            ConsumerGroup group = CommandCodec.readGroup(from);
            byName.put(group.name(), group);
        }
        from.end();
    }
}
