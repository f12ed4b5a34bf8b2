package io.carillon.rocketmq;

import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Which queues a topic has in the whole cluster. Any thread may ask. */
@FunctionalInterface
public interface QueueRoutes {
    /** A queue that can be read, of one broker. */
    record Place(String broker, int queue) implements Comparable<Place> {
        @Override
        public int compareTo(Place other) {
            int byBroker = broker.compareTo(other.broker);
            return byBroker == 0 ? Integer.compare(queue, other.queue) : byBroker;
        }
    }

    /** Told once, by any thread. */
    interface Told extends Consumer<@Nullable List<Place>> {}

    /** Tells those of a topic, sorted; nothing (null) when no such topic is known, or it cannot be found out now. */
    void find(String topic, Told told);
}
