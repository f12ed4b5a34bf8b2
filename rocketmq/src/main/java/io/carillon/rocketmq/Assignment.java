package io.carillon.rocketmq;

import io.carillon.broker.metadata.RequestMode;
import io.carillon.rocketmq.QueueRoutes.Place;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Shares the queues of a topic out among the consumers of a group, as RocketMQ's clients would among themselves: the
 * same two ways, by the same names.
 */
final class Assignment {
    /** Stands for all queues of a broker. */
    private static final int ANY = -1;

    private final List<Place> queues;
    private final List<String> clients;
    private final boolean isByCircle;

    private Assignment(List<Place> queues, List<String> clients, boolean isByCircle) {
        this.queues = queues;
        this.clients = clients;
        this.isByCircle = isByCircle;
    }

    /**
     * @param queues all queues of the topic, sorted
     * @param clients all consumers of the group, sorted
     * @return null when the way is unknown
     */
    static @Nullable Assignment by(String way, List<Place> queues, List<String> clients) {
        return switch (way) {
            case "AVG" -> new Assignment(queues, clients, false);
            case "AVG_BY_CIRCLE" -> new Assignment(queues, clients, true);
            default -> null;
        };
    }

    /** What this client is to consume from; nothing when it is not of the group. */
    Set<Place> of(String client, RequestMode mode) {
        int index = clients.indexOf(client);
        if (!mode.isPop()) {
            return new LinkedHashSet<>(share(index));
        }
        int with = mode.shareQueues();
        if (with <= 0 || with >= clients.size() - 1) {
            Set<Place> all = new LinkedHashSet<>();
            queues.forEach(queue -> all.add(new Place(queue.broker(), ANY)));
            return all;
        }
        if (clients.size() > queues.size()) {
            return index < 0 ? Set.of() : Set.of(queues.get(index % queues.size()));
        }
        Set<Place> shared = new LinkedHashSet<>(share(index));
        for (int i = 1; index >= 0 && i <= with; i++) {
            shared.addAll(share((index + i) % clients.size()));
        }
        return shared;
    }

    private List<Place> share(int index) {
        if (index < 0) {
            return List.of();
        }
        return isByCircle ? everyNth(index) : neighbours(index);
    }

    private List<Place> everyNth(int index) {
        List<Place> share = new ArrayList<>();
        for (int i = index; i < queues.size(); i += clients.size()) {
            share.add(queues.get(i));
        }
        return share;
    }

    /** The first clients get one more where the queues cannot be shared out evenly. */
    private List<Place> neighbours(int index) {
        int each = queues.size() / clients.size();
        int more = queues.size() % clients.size();
        int from = index * each + Math.min(index, more);
        int to = from + each + (index < more ? 1 : 0);
        return queues.subList(from, to);
    }
}
