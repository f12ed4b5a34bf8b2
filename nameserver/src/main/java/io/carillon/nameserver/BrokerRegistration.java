package io.carillon.nameserver;

import io.carillon.message.Topic;
import java.util.Collection;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a broker tells when it registers.
 *
 * @param name the broker group's name; several brokers with different ids share it
 * @param id 0 for the master
 * @param address where clients reach it, {@code host:port}
 * @param haAddress where its slaves reach it
 * @param zone where it stands, kept for the clients
 * @param actingMaster whether a slave of this group may act for a missing master
 * @param topics what is new or changed, or the whole table: topics that are not named stay as they are
 * @param removedTopics topics that this broker group no longer has
 * @param heartbeatTimeoutMs how long it may be silent; {@link Long#MAX_VALUE} for a broker in this process
 * @param channel what it came by, compared by identity: its end unregisters the broker
 */
public record BrokerRegistration(
        String cluster,
        String name,
        long id,
        String address,
        String haAddress,
        @Nullable String zone,
        boolean actingMaster,
        TableVersion version,
        Collection<Topic> topics,
        Set<String> removedTopics,
        long heartbeatTimeoutMs,
        Object channel) {

    public static final long MASTER_ID = 0;

    public BrokerRegistration {
        if (cluster.isBlank() || name.isBlank() || address.isBlank()) {
            throw new IllegalArgumentException("cluster, broker name and address of a broker must not be blank");
        }
        if (id < 0 || heartbeatTimeoutMs <= 0) {
            throw new IllegalArgumentException("broker id " + id + " or heartbeat timeout " + heartbeatTimeoutMs
                    + " ms of " + name + " is out of range");
        }
    }
}
