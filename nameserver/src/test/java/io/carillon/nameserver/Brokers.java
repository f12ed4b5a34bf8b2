package io.carillon.nameserver;

import io.carillon.message.Topic;
import java.util.List;
import java.util.Set;

/** Registrations as tests need them. */
final class Brokers {
    static final String CLUSTER = "DefaultCluster";

    private Brokers() {}

    static BrokerRegistration broker(String name, long id, String address, Topic... topics) {
        return broker(name, id, address, 0, new Object(), topics);
    }

    static BrokerRegistration broker(
            String name, long id, String address, long stateVersion, Object channel, Topic... topics) {
        return new BrokerRegistration(
                CLUSTER,
                name,
                id,
                address,
                address + "-ha",
                null,
                false,
                new TableVersion(stateVersion, 1, 1),
                List.of(topics),
                Set.of(),
                120_000,
                channel);
    }

    /** The same, in a group whose slaves may act for a missing master. */
    static BrokerRegistration acting(BrokerRegistration broker) {
        return new BrokerRegistration(
                broker.cluster(),
                broker.name(),
                broker.id(),
                broker.address(),
                broker.haAddress(),
                broker.zone(),
                true,
                broker.version(),
                broker.topics(),
                broker.removedTopics(),
                broker.heartbeatTimeoutMs(),
                broker.channel());
    }

    static BrokerRegistration removing(BrokerRegistration broker, String... topics) {
        return new BrokerRegistration(
                broker.cluster(),
                broker.name(),
                broker.id(),
                broker.address(),
                broker.haAddress(),
                broker.zone(),
                broker.actingMaster(),
                broker.version(),
                broker.topics(),
                Set.of(topics),
                broker.heartbeatTimeoutMs(),
                broker.channel());
    }
}
