package io.carillon.broker.admin;

import io.carillon.message.Subscription;
import java.net.InetSocketAddress;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** PORT: what the admin commands may know of the clients that are connected now. Any thread may call. */
public interface LiveClients {
    /** Nobody is connected. */
    LiveClients NONE = new LiveClients() {
        @Override
        public @Nullable Consumers consumers(String group) {
            return null;
        }

        @Override
        public Map<String, Collection<Client>> producers() {
            return Map.of();
        }

        @Override
        public Set<String> groupsOn(String topic) {
            return Set.of();
        }
    };

    /**
     * One client in one group.
     *
     * @param language the protocol's name, such as {@code JAVA}
     * @param version the ordinal of the client's version
     * @param seenMs when it was last heard of, in epoch ms
     */
    record Client(String clientId, InetSocketAddress address, String language, int version, long seenMs) {}

    /**
     * A consumer group that has members.
     *
     * @param type such as {@code CONSUME_PASSIVELY}
     * @param model such as {@code CLUSTERING}
     * @param from such as {@code CONSUME_FROM_LAST_OFFSET}
     */
    record Consumers(String type, String model, String from, List<Client> clients, List<Subscription> subscriptions) {
        /** What the group wants of this topic; null when it did not subscribe to it. */
        public @Nullable Subscription subscription(String topic) {
            for (Subscription one : subscriptions) {
                if (one.topic().equals(topic)) {
                    return one;
                }
            }
            return null;
        }
    }

    /** The members of a consumer group; null when it has none now. */
    @Nullable
    Consumers consumers(String group);

    /** All producers by group. */
    Map<String, Collection<Client>> producers();

    /** The consumer groups with members that subscribe to a topic. */
    Set<String> groupsOn(String topic);
}
