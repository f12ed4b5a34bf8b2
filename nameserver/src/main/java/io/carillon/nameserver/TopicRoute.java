package io.carillon.nameserver;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where a topic can be reached.
 *
 * @param queues one row a broker group that has the topic, sorted by its name; never empty
 * @param brokers the groups of {@code queues}, in the same order
 * @param order the topic's order setting, such as {@code broker-a:4;broker-b:4}, when there is one
 */
public record TopicRoute(
        String topic,
        List<QueueRow> queues,
        List<BrokerGroup> brokers,
        @Nullable String order) {

    public TopicRoute {
        queues = List.copyOf(queues);
        brokers = List.copyOf(brokers);
    }

    /**
     * The queues of the topic in one broker group.
     *
     * @param permissions bits of {@link io.carillon.message.Topic.Permission}, as they hold now
     */
    public record QueueRow(String brokerName, int readQueues, int writeQueues, int permissions, int systemFlag) {}
}
