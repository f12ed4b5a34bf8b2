package io.carillon.nameserver;

import io.carillon.base.Agent;
import io.carillon.base.Counters;
import io.carillon.base.Ticker;
import io.carillon.message.Topic;
import io.carillon.nameserver.RegistrationResult.Registered;
import io.carillon.nameserver.RegistrationResult.Stale;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * FACE: which broker group has which topic, and where its brokers are.
 *
 * <p>Keeps nothing on disk: brokers register with every name server and renew, so a name server that starts empty knows
 * all of them after one heartbeat interval. Any thread may call. Queries take no lock; changes take one, for less than
 * a millisecond also when a broker registers thousands of topics of which few changed.
 */
public final class NameServer {
    private static final Logger LOG = System.getLogger(NameServer.class.getName());

    private volatile NameServerConfig config;
    private final RouteTable table;
    private final BrokerLeases leases;
    private final KvSettings settings;
    private final LongAdder expired;
    private final Object lock = new Object();

    public NameServer(NameServerConfig config, Ticker ticker, Counters counters) {
        this.config = config;
        table = new RouteTable(config.actingMaster());
        leases = new BrokerLeases(ticker, this::expire);
        settings = new KvSettings(config.kvEntriesMax());
        expired = counters.counter("nameserver_expired_brokers");
        counters.gauge("nameserver_topics", table::topicCount);
        counters.gauge("nameserver_broker_groups", table::groupCount);
    }

    public NameServerConfig config() {
        return config;
    }

    /** Behaves otherwise from now on; a broker that did not say how long it may be silent is held to it when it renews. */
    public void reconfigure(NameServerConfig newConfig) {
        config = newConfig;
        table.allowActingMaster(newConfig.actingMaster());
        settings.entriesMax(newConfig.kvEntriesMax());
    }

    /** Everything that must run while the name server serves. */
    public List<Agent> agents() {
        return List.of(leases);
    }

    public KvSettings settings() {
        return settings;
    }

    /**
     * Registers a broker, or renews and updates it. An address has one name and one id: it leaves those that it had.
     * Topics count when they come from the member with the smallest id, which is the master while there is one.
     */
    public RegistrationResult register(BrokerRegistration broker) {
        synchronized (lock) {
            BrokerGroup before = table.group(broker.name());
            Optional<Stale> stale = staleness(before, broker);
            if (stale.isPresent()) {
                return stale.get();
            }
            leaveOtherGroup(broker);
            boolean isNew = leases.of(broker.address()) == null;
            BrokerGroup group = BrokerGroup.joined(before, broker);
            table.putGroup(group);
            if (broker.id() == group.addresses().firstKey()) {
                broker.removedTopics().forEach(topic -> table.removeRow(topic, broker.name()));
                table.putRows(broker.name(), broker.topics());
            }
            leases.begin(broker, versionOf(broker, isNew));
            if (isNew) {
                LOG.log(
                        Level.INFO,
                        "broker {0} id {1} registered at {2}",
                        broker.name(),
                        broker.id(),
                        broker.address());
            }
            return registered(group, broker.id());
        }
    }

    /**
     * Whether registering this broker again would change nothing: it is known, holds its id, and its topics have the
     * routes that it says. Takes no lock, so a broker in this process may ask it often.
     */
    public boolean isInForce(BrokerRegistration broker) {
        BrokerGroup group = table.group(broker.name());
        return leases.of(broker.address()) != null
                && group != null
                && broker.address().equals(group.addresses().get(broker.id()))
                && table.hasRows(broker.name(), broker.topics());
    }

    /** One topic is how Apache's brokers tell a change: without a whole table before it, the rest is still missing. */
    private static TableVersion versionOf(BrokerRegistration broker, boolean isNew) {
        return isNew && broker.topics().size() == 1 ? broker.version().unknown() : broker.version();
    }

    /** Whoever holds the id at another address with a newer state keeps it; with an older one it has to go. */
    private Optional<Stale> staleness(@Nullable BrokerGroup group, BrokerRegistration broker) {
        String holder = group == null ? null : group.addresses().get(broker.id());
        if (holder == null || holder.equals(broker.address())) {
            return Optional.empty();
        }
        BrokerLeases.Lease held = leases.of(holder);
        long stateVersion = broker.version().stateVersion();
        if (held != null && held.version.stateVersion() > stateVersion) {
            return Optional.of(new Stale("broker id " + broker.id() + " of " + broker.name() + " is held by " + holder
                    + " with state version " + held.version.stateVersion() + ", newer than " + stateVersion
                    + " of " + broker.address()));
        }
        leases.end(holder);
        return Optional.empty();
    }

    private void leaveOtherGroup(BrokerRegistration broker) {
        BrokerLeases.Lease lease = leases.of(broker.address());
        if (lease != null && !lease.group.equals(broker.name())) {
            remove(lease.group, broker.address());
        }
    }

    private Registered registered(BrokerGroup group, long id) {
        String master = group.addresses().get(BrokerRegistration.MASTER_ID);
        BrokerLeases.Lease lease = master == null ? null : leases.of(master);
        return id == BrokerRegistration.MASTER_ID || lease == null
                ? new Registered(null, null)
                : new Registered(master, lease.haAddress);
    }

    /** Takes the broker out of the group; the last one takes the group's routes along. */
    public void unregister(String brokerName, String address) {
        synchronized (lock) {
            BrokerLeases.Lease lease = leases.of(address);
            if (lease != null && lease.group.equals(brokerName)) {
                remove(brokerName, address);
                LOG.log(Level.INFO, "broker {0} at {1} unregistered", brokerName, address);
            }
        }
    }

    /** The channel is gone, and with it the brokers that were last heard of by it. */
    public void closed(Object channel) {
        synchronized (lock) {
            for (String address : leases.by(channel)) {
                LOG.log(Level.WARNING, "the connection of the broker at {0} ended: its routes go", address);
                removeByLease(address);
            }
        }
    }

    private void expire(String address) {
        synchronized (lock) {
            if (leases.isSilent(address)) {
                LOG.log(Level.WARNING, "the broker at {0} was silent for too long: its routes go", address);
                expired.increment();
                removeByLease(address);
            }
        }
    }

    private void removeByLease(String address) {
        BrokerLeases.Lease lease = leases.of(address);
        if (lease != null) {
            remove(lease.group, address);
        }
    }

    private void remove(String brokerName, String address) {
        leases.end(address);
        BrokerGroup group = table.group(brokerName);
        if (group == null) {
            return;
        }
        BrokerGroup rest = group.without(address);
        if (rest.addresses().isEmpty()) {
            table.removeGroup(brokerName);
        } else {
            table.putGroup(rest);
        }
    }

    /** A broker says that it lives; from now on its lease ends with this channel. */
    public void heartbeat(String address, Object channel) {
        leases.renew(address, channel);
    }

    /** The version of the topic table that the broker at this address registered last. */
    public Optional<TableVersion> versionOf(String address) {
        return Optional.ofNullable(leases.of(address)).map(lease -> lease.version);
    }

    /**
     * A broker made or changed one topic: routable at once.
     *
     * @return false when no such broker group is registered
     */
    public boolean topicChanged(String brokerName, Topic topic) {
        synchronized (lock) {
            if (table.group(brokerName) == null) {
                return false;
            }
            table.putRows(brokerName, List.of(topic));
            return true;
        }
    }

    /** A broker deleted one of its topics. */
    public void topicRemoved(String brokerName, String topic) {
        synchronized (lock) {
            table.removeRow(topic, brokerName);
        }
    }

    /** Forgets a topic's routes; a broker that still has the topic brings it back with its next registration. */
    public void deleteTopic(String topic) {
        synchronized (lock) {
            table.removeTopic(topic);
        }
    }

    /** Likewise, for the brokers of one cluster. */
    public void deleteTopic(String topic, String cluster) {
        synchronized (lock) {
            for (BrokerGroup group : table.groups()) {
                if (group.cluster().equals(cluster)) {
                    table.removeRow(topic, group.name());
                }
            }
        }
    }

    /**
     * Takes the write permission from all topics of a broker group, or gives it back: they have again what the broker
     * registered. Holds until it is given back or the last broker of the group is gone.
     *
     * @return how many topics the group has
     */
    public int wipeWrites(String brokerName, boolean wiped) {
        synchronized (lock) {
            BrokerGroup group = table.group(brokerName);
            if (group != null) {
                table.putGroup(group.withWritesWiped(wiped));
            }
            return table.topicCountOf(brokerName);
        }
    }

    /** Where the topic is; empty when no live broker has it. */
    public Optional<TopicRoute> route(String topic) {
        String order = config.orderedTopics()
                ? settings.get(KvSettings.ORDER_NAMESPACE, topic).orElse(null)
                : null;
        return Optional.ofNullable(table.route(topic, order));
    }

    public Optional<BrokerGroup> brokerGroup(String name) {
        return Optional.ofNullable(table.group(name));
    }

    /** All broker groups, sorted by name. */
    public List<BrokerGroup> brokerGroups() {
        return table.groups();
    }

    /** The names of all topics, sorted. */
    public Set<String> topics() {
        return table.topics();
    }

    /** The names of the topics that brokers of this cluster have, sorted. */
    public Set<String> topicsOfCluster(String cluster) {
        synchronized (lock) {
            return table.topicsOf(group -> group.cluster().equals(cluster));
        }
    }

    /** The names of the topics that some broker has with this property, sorted. */
    public Collection<String> topicsWhere(Predicate<Topic> wanted) {
        return table.topicsWhere(wanted);
    }
}
