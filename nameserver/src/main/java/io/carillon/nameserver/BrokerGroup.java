package io.carillon.nameserver;

import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The live brokers of one name.
 *
 * @param addresses by broker id, unmodifiable; 0 is the master
 * @param actingMaster whether a slave may act for a missing master
 * @param writesWiped whether an operator took the write permission from all its topics
 */
public record BrokerGroup(
        String name,
        String cluster,
        SortedMap<Long, String> addresses,
        boolean actingMaster,
        @Nullable String zone,
        boolean writesWiped) {

    public BrokerGroup {
        addresses = Collections.unmodifiableSortedMap(new TreeMap<>(addresses));
    }

    /** This group, or a new one, with the registering broker under its id and under no other. */
    static BrokerGroup joined(@Nullable BrokerGroup group, BrokerRegistration broker) {
        SortedMap<Long, String> addresses = new TreeMap<>();
        if (group != null) {
            addresses.putAll(group.addresses);
            addresses.values().removeIf(broker.address()::equals);
        }
        addresses.put(broker.id(), broker.address());
        boolean wiped = group != null && group.writesWiped;
        return new BrokerGroup(broker.name(), broker.cluster(), addresses, broker.actingMaster(), broker.zone(), wiped);
    }

    BrokerGroup without(String address) {
        SortedMap<Long, String> rest = new TreeMap<>(addresses);
        rest.values().removeIf(address::equals);
        return new BrokerGroup(name, cluster, rest, actingMaster, zone, writesWiped);
    }

    BrokerGroup withWritesWiped(boolean wiped) {
        return new BrokerGroup(name, cluster, addresses, actingMaster, zone, wiped);
    }

    /** The smallest id under the master's: what clients see while a slave acts for the master. */
    BrokerGroup withActingMaster() {
        SortedMap<Long, String> acting = new TreeMap<>(addresses);
        acting.put(BrokerRegistration.MASTER_ID, acting.remove(acting.firstKey()));
        return new BrokerGroup(name, cluster, acting, actingMaster, zone, writesWiped);
    }

    public boolean hasMaster() {
        return addresses.containsKey(BrokerRegistration.MASTER_ID);
    }

    /** Whether nobody may write here, whatever its topics say. */
    boolean isReadOnly() {
        return writesWiped || (actingMaster && !hasMaster());
    }
}
