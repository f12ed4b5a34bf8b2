package io.carillon.rocketmq;

import java.util.List;

/** Which queues a topic has in the whole cluster. Any thread; must not wait. */
@FunctionalInterface
interface QueueRoutes {
    /** A queue that can be read, of one broker. */
    record Place(String broker, int queue) implements Comparable<Place> {
        @Override
        public int compareTo(Place other) {
            int byBroker = broker.compareTo(other.broker);
            return byBroker == 0 ? Integer.compare(queue, other.queue) : byBroker;
        }
    }

    /** Those of a topic, sorted; empty when it is not known. */
    List<Place> of(String topic);
}
