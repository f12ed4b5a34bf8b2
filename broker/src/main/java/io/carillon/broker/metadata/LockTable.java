package io.carillon.broker.metadata;

import io.carillon.base.Ticker;
import io.carillon.message.QueueId;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Which client held a queue last to consume it in order, as far as the log knows: what a new leader of a group begins with.
 * Whether it still does is its leader's to say. Any thread; in force when its {@link Change} was told. A broker that has its
 * log for itself writes nothing here: its clients ask anew after a restart.
 */
public final class LockTable {
    private static final Comparator<QueueId> BY_NAME =
            Comparator.comparing(QueueId::topic).thenComparingInt(QueueId::number);

    private final Map<String, Map<QueueId, String>> groups = new ConcurrentHashMap<>();
    private final Ticker ticker;
    private final Supplier<MetadataLog> log;

    LockTable(Ticker ticker, Supplier<MetadataLog> log) {
        this.ticker = ticker;
        this.log = log;
    }

    /** A client holds these queues from now on, or (an empty {@code clientId}) nobody does. */
    public void put(String group, String clientId, Collection<QueueId> queues, Change change) {
        Command put = new Command.PutLocks(ticker.nowMs(), group, clientId, List.copyOf(queues));
        log.get().append(CommandCodec.encode(put), change::done);
    }

    /** Tells group and queues of each client that holds some. */
    public void forEach(BiConsumer<String, Map<QueueId, String>> told) {
        groups.forEach((group, queues) -> told.accept(group, Map.copyOf(queues)));
    }

    void apply(Command.PutLocks put) {
        if (put.clientId().isEmpty()) {
            groups.computeIfPresent(put.group(), (_, held) -> without(held, put.queues()));
        } else {
            Map<QueueId, String> held = groups.computeIfAbsent(put.group(), _ -> new ConcurrentHashMap<>());
            put.queues().forEach(queue -> held.put(queue, put.clientId()));
        }
    }

    private static @Nullable Map<QueueId, String> without(Map<QueueId, String> held, List<QueueId> queues) {
        queues.forEach(held::remove);
        return held.isEmpty() ? null : held;
    }

    void removeGroup(String group) {
        groups.remove(group);
    }

    void removeTopic(String topic) {
        groups.values()
                .forEach(held -> held.keySet().removeIf(queue -> queue.topic().equals(topic)));
        groups.values().removeIf(Map::isEmpty);
    }

    /** Count of groups, each: name, count of queues, each: topic, number, client. */
    void snapshot(ByteWriter to) {
        to.putVar(groups.size());
        new TreeMap<>(groups).forEach((group, held) -> {
            to.putText(group);
            Map<QueueId, String> sorted = new TreeMap<>(BY_NAME);
            sorted.putAll(held);
            to.putVar(sorted.size());
            sorted.forEach((queue, clientId) -> {
                putQueue(to, queue);
                to.putText(clientId);
            });
        });
    }

    void restore(ByteReader from) {
        int groupCount = from.readCount();
        for (int g = 0; g < groupCount; g++) {
            Map<QueueId, String> held = groups.computeIfAbsent(from.readText(), _ -> new ConcurrentHashMap<>());
            int count = from.readCount();
            for (int i = 0; i < count; i++) {
                held.put(readQueue(from), from.readText());
            }
        }
    }

    static QueueId readQueue(ByteReader from) {
        return new QueueId(from.readText(), from.readSmall(Names.QUEUES_MAX));
    }

    static void putQueue(ByteWriter to, QueueId queue) {
        to.putText(queue.topic());
        to.putVar(queue.number());
    }
}
