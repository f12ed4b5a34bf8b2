package io.carillon.nameserver;

import static io.carillon.nameserver.Brokers.acting;
import static io.carillon.nameserver.Brokers.broker;
import static io.carillon.nameserver.Brokers.removing;
import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.base.Counters;
import io.carillon.message.Topic;
import io.carillon.nameserver.RegistrationResult.Registered;
import io.carillon.nameserver.RegistrationResult.Stale;
import io.carillon.nameserver.TopicRoute.QueueRow;
import io.carillon.testkit.ManualTicker;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class NameServerTest {
    private static final Topic ORDERS = Topic.of("orders", 4);
    private static final Topic BILLS = Topic.of("bills", 2);

    private final ManualTicker ticker = new ManualTicker();
    private final NameServer names = nameServer(NameServerConfig.DEFAULT);

    private NameServer nameServer(NameServerConfig config) {
        return new NameServer(config, ticker, new Counters());
    }

    private TopicRoute routeOf(String topic) {
        return names.route(topic).orElseThrow();
    }

    @Test
    void routesATopicToEveryGroupThatHasItInTheOrderOfTheirNames() {
        names.register(broker("broker-b", 0, "b:1", ORDERS));
        names.register(broker("broker-a", 0, "a:1", Topic.of("orders", 8), BILLS));

        assertThat(routeOf("orders").queues())
                .containsExactly(new QueueRow("broker-a", 8, 8, 6, 0), new QueueRow("broker-b", 4, 4, 6, 0));
        assertThat(routeOf("orders").brokers()).extracting(BrokerGroup::name).containsExactly("broker-a", "broker-b");
        assertThat(routeOf("bills").brokers())
                .extracting(BrokerGroup::addresses)
                .containsExactly(sorted(0L, "a:1"));
        assertThat(names.route("unknown")).isEmpty();
    }

    @Test
    void behavesAsItIsToldMeanwhile() {
        names.register(acting(broker("broker-a", 0, "a:1", ORDERS)));
        names.register(acting(broker("broker-a", 1, "a:2", ORDERS)));
        names.unregister("broker-a", "a:1");
        names.settings().put(KvSettings.ORDER_NAMESPACE, "orders", "broker-a:4");
        assertThat(routeOf("orders").order()).isNull();
        assertThat(routeOf("orders").brokers().getFirst().addresses()).isEqualTo(Map.of(1L, "a:2"));

        names.reconfigure(new NameServerConfig(Duration.ofMinutes(1), true, true, 1));

        assertThat(names.config().heartbeatTimeout()).isEqualTo(Duration.ofMinutes(1));
        assertThat(routeOf("orders").order()).isEqualTo("broker-a:4");
        assertThat(routeOf("orders").brokers().getFirst().addresses()).isEqualTo(Map.of(0L, "a:2"));
        assertThat(names.settings().put("n", "one more", "v")).isPresent();
    }

    @Test
    void aTopicThatIsNotNamedAgainStaysAndARemovedOneGoes() {
        BrokerRegistration first = broker("broker-a", 0, "a:1", ORDERS, BILLS);
        names.register(first);
        names.register(removing(broker("broker-a", 0, "a:1", Topic.of("new", 1)), "bills"));

        assertThat(names.topics()).containsExactly("new", "orders");
    }

    @Test
    void oneTopicIsRoutableAtOnceAndGoesAtOnce() {
        names.register(broker("broker-a", 0, "a:1", ORDERS));

        assertThat(names.topicChanged("broker-a", BILLS)).isTrue();
        assertThat(routeOf("bills").queues()).containsExactly(new QueueRow("broker-a", 2, 2, 6, 0));
        names.topicRemoved("broker-a", "bills");
        assertThat(names.route("bills")).isEmpty();
        assertThat(names.topicChanged("broker-x", BILLS)).isFalse();
        assertThat(names.topics()).containsExactly("orders");
    }

    @Test
    void aSlaveLearnsItsMasterAndAddsNoTopicsOfItsOwn() {
        names.register(broker("broker-a", 0, "a:1", ORDERS));

        RegistrationResult result = names.register(broker("broker-a", 1, "a:2", Topic.of("orders", 9), BILLS));

        assertThat(result).isEqualTo(new Registered("a:1", "a:1-ha"));
        assertThat(names.topics()).containsExactly("orders");
        assertThat(routeOf("orders").queues().getFirst().readQueues()).isEqualTo(4);
        assertThat(routeOf("orders").brokers().getFirst().addresses()).isEqualTo(Map.of(0L, "a:1", 1L, "a:2"));
    }

    @Test
    void anAddressThatRegistersUnderAnotherIdMovesThere() {
        names.register(broker("broker-a", 0, "a:1", ORDERS));
        names.register(broker("broker-a", 1, "a:2", ORDERS));
        names.unregister("broker-a", "a:1");

        names.register(broker("broker-a", 0, "a:2", ORDERS));

        assertThat(names.brokerGroup("broker-a").orElseThrow().addresses()).isEqualTo(Map.of(0L, "a:2"));
    }

    @Test
    void anAddressThatRegistersUnderAnotherNameLeavesTheOldOne() {
        names.register(broker("broker-a", 0, "a:1", ORDERS));
        names.register(broker("broker-b", 0, "a:1", BILLS));

        assertThat(names.brokerGroups()).extracting(BrokerGroup::name).containsExactly("broker-b");
        assertThat(names.topics()).containsExactly("bills");
    }

    @Test
    void anOlderMasterDoesNotTakeThePlaceOfANewerOne() {
        names.register(broker("broker-a", 0, "a:1", 7, this, ORDERS));

        assertThat(names.register(broker("broker-a", 0, "a:2", 6, this, BILLS))).isInstanceOf(Stale.class);
        assertThat(names.brokerGroup("broker-a").orElseThrow().addresses()).isEqualTo(Map.of(0L, "a:1"));
        assertThat(names.topics()).containsExactly("orders");
        assertThat(names.versionOf("a:2")).isEmpty();
    }

    @Test
    void aNewerMasterTakesThePlaceOfAnOlderOneWhoseEndThenChangesNothing() {
        Object oldChannel = new Object();
        names.register(broker("broker-a", 0, "a:1", 6, oldChannel, ORDERS));
        names.register(broker("broker-a", 0, "a:2", 7, this, ORDERS));
        names.closed(oldChannel);
        names.unregister("broker-a", "a:1");

        assertThat(routeOf("orders").brokers().getFirst().addresses()).isEqualTo(Map.of(0L, "a:2"));
    }

    @Test
    void aClosedChannelUnregistersOnlyTheBrokersThatAreHeardByIt() {
        Object channel = new Object();
        names.register(broker("broker-a", 0, "a:1", 0, channel, ORDERS));
        names.register(broker("broker-b", 0, "b:1", 0, channel, BILLS));
        names.heartbeat("b:1", new Object());
        names.closed(channel);

        assertThat(names.topics()).containsExactly("bills");
        assertThat(names.versionOf("a:1")).isEmpty();
    }

    @Test
    void aBrokerThatStaysSilentLosesItsRoutesAndOneThatIsHeardKeepsThem() {
        names.register(broker("broker-a", 0, "a:1", ORDERS));
        names.register(broker("broker-b", 0, "b:1", BILLS));
        var leases = names.agents().getFirst();
        ticker.advance(Duration.ofSeconds(100));
        names.heartbeat("b:1", this);
        assertThat(leases.restNs()).isEqualTo(Duration.ofSeconds(20).toNanos());
        assertThat(leases.doWork()).isZero();

        ticker.advance(Duration.ofSeconds(20));

        assertThat(leases.restNs()).isZero();
        assertThat(leases.doWork()).isEqualTo(1);
        assertThat(names.topics()).containsExactly("bills");
        assertThat(leases.restNs()).isEqualTo(Duration.ofSeconds(100).toNanos());
    }

    @Test
    void leasesRestForEverWithoutBrokersAndAreWokenByTheFirst() {
        var leases = names.agents().getFirst();
        int[] wakes = {0};
        leases.wakeBy(() -> wakes[0]++);
        assertThat(leases.restNs()).isEqualTo(Long.MAX_VALUE);

        names.register(broker("broker-a", 0, "a:1", ORDERS));

        assertThat(wakes[0]).isEqualTo(1);
        assertThat(leases.restNs()).isEqualTo(Duration.ofSeconds(120).toNanos());
    }

    @Test
    void wipedWritesStayWipedForNewTopicsTooUntilTheyAreGivenBack() {
        names.register(broker("broker-a", 0, "a:1", ORDERS, Topic.of("TBW102", 8, 7)));

        assertThat(names.wipeWrites("broker-a", true)).isEqualTo(2);
        names.register(broker("broker-a", 0, "a:1", ORDERS, BILLS));
        assertThat(routeOf("orders").queues().getFirst().permissions()).isEqualTo(4);
        assertThat(routeOf("bills").queues().getFirst().permissions()).isEqualTo(4);
        assertThat(routeOf("TBW102").queues().getFirst().permissions()).isEqualTo(5);

        assertThat(names.wipeWrites("broker-a", false)).isEqualTo(3);
        assertThat(routeOf("orders").queues().getFirst().permissions()).isEqualTo(6);
        assertThat(routeOf("TBW102").queues().getFirst().permissions()).isEqualTo(7);
        assertThat(names.wipeWrites("broker-x", true)).isZero();
    }

    @Test
    void withoutAMasterTheSmallestIdActsForItReadOnly() {
        NameServer acting = nameServer(new NameServerConfig(Duration.ofMinutes(2), true, false, 10));
        acting.register(acting(broker("broker-a", 0, "a:1", ORDERS)));
        acting.register(acting(broker("broker-a", 2, "a:3", ORDERS)));
        acting.register(acting(broker("broker-a", 1, "a:2", ORDERS)));
        acting.unregister("broker-a", "a:1");

        TopicRoute route = acting.route("orders").orElseThrow();
        assertThat(route.brokers().getFirst().addresses()).isEqualTo(Map.of(0L, "a:2", 2L, "a:3"));
        assertThat(route.queues().getFirst().permissions()).isEqualTo(4);
        assertThat(acting.brokerGroup("broker-a").orElseThrow().addresses()).isEqualTo(Map.of(1L, "a:2", 2L, "a:3"));

        acting.register(acting(broker("broker-a", 0, "a:1", ORDERS)));
        assertThat(acting.route("orders").orElseThrow().queues().getFirst().permissions())
                .isEqualTo(6);
    }

    @Test
    void withoutTheOptionSlavesKeepTheirIds() {
        names.register(acting(broker("broker-a", 1, "a:2", ORDERS)));

        assertThat(routeOf("orders").brokers().getFirst().addresses()).isEqualTo(Map.of(1L, "a:2"));
        assertThat(routeOf("orders").queues().getFirst().permissions()).isEqualTo(4);
    }

    @Test
    void deletesATopicOfOneClusterOrOfAll() {
        names.register(broker("broker-a", 0, "a:1", ORDERS, BILLS));

        names.deleteTopic("orders", "OtherCluster");
        assertThat(names.topicsOfCluster(Brokers.CLUSTER)).containsExactly("bills", "orders");
        names.deleteTopic("orders", Brokers.CLUSTER);
        names.deleteTopic("bills");
        names.deleteTopic("never-seen");

        assertThat(names.topics()).isEmpty();
        names.register(broker("broker-a", 0, "a:1", ORDERS));
        assertThat(names.topics()).containsExactly("orders");
    }

    @Test
    void aFirstRegistrationOfOneTopicCountsAsNoVersionSoThatTheRestIsAskedFor() {
        names.register(broker("broker-a", 0, "a:1", ORDERS));
        assertThat(names.versionOf("a:1")).contains(new TableVersion(0, 1, 1).unknown());

        names.register(broker("broker-a", 0, "a:1", BILLS));
        assertThat(names.versionOf("a:1")).contains(new TableVersion(0, 1, 1));
    }

    @Test
    void routesCarryTheOrderSettingWhenTheOptionIsOn() {
        NameServer ordered = nameServer(new NameServerConfig(Duration.ofMinutes(2), false, true, 10));
        ordered.register(broker("broker-a", 0, "a:1", ORDERS));
        ordered.settings().put(KvSettings.ORDER_NAMESPACE, "orders", "broker-a:4");
        names.register(broker("broker-a", 0, "a:1", ORDERS));
        names.settings().put(KvSettings.ORDER_NAMESPACE, "orders", "broker-a:4");

        assertThat(ordered.route("orders").orElseThrow().order()).isEqualTo("broker-a:4");
        assertThat(routeOf("orders").order()).isNull();
    }

    @Test
    void settingsAreKeptByNamespaceAndBounded() {
        KvSettings settings = nameServer(new NameServerConfig(Duration.ofMinutes(2), false, false, 2))
                .settings();

        assertThat(settings.put("n", "a", "1")).isEmpty();
        assertThat(settings.put("m", "b", "2")).isEmpty();
        assertThat(settings.put("n", "a", "3")).isEmpty();
        assertThat(settings.put("n", "c", "4")).isPresent();
        assertThat(settings.put("n", "a", "x".repeat(KvSettings.VALUE_CHARS_MAX + 1)))
                .isPresent();
        assertThat(settings.all("n")).isEqualTo(Map.of("a", "3"));
        settings.delete("n", "a");
        settings.delete("n", "a");
        assertThat(settings.get("n", "a")).isEmpty();
        assertThat(settings.put("n", "c", "4")).isEmpty();
    }

    @Test
    void findsTopicsByProperty() {
        Topic unit = new Topic("unit", 1, 1, 6, "SINGLE_TAG", 1, false, Map.of());
        names.register(broker("broker-a", 0, "a:1", ORDERS, unit));

        assertThat(names.topicsWhere(topic -> topic.systemFlag() == 1)).isEqualTo(Set.of("unit"));
    }

    private static SortedMap<Long, String> sorted(long id, String address) {
        return new TreeMap<>(Map.of(id, address));
    }
}
