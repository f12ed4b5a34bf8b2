package io.carillon.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.carillon.base.CarillonException;
import io.carillon.base.Counters;
import io.carillon.message.Topic;
import io.carillon.testkit.Call;
import io.carillon.testkit.Fault;
import io.carillon.testkit.Loss;
import io.carillon.testkit.LossyStorage;
import io.carillon.testkit.ManualTicker;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class BrokerTest {
    private final LossyStorage disk = new LossyStorage();
    private final ManualTicker ticker = new ManualTicker();

    @Test
    void makesTheSystemTopicsAndGroupsOnTheFirstStartOnly() {
        try (Broker broker = open(disk)) {
            assertThat(topic(broker, "TBW102")).isEqualTo(Topic.of("TBW102", 8, 7));
            assertThat(topic(broker, "DefaultCluster")).isEqualTo(Topic.of("DefaultCluster", 16, 7));
            assertThat(topic(broker, "broker-a")).isEqualTo(Topic.of("broker-a", 1, 7));
            assertThat(topic(broker, "DefaultCluster_REPLY_TOPIC").queues()).isEqualTo(1);
            assertThat(topic(broker, "SCHEDULE_TOPIC_XXXX").queues()).isEqualTo(18);
            assertThat(broker.groups().find("TOOLS_CONSUMER")).isNotNull();
            assertThat(broker.topics().version().counter()).isEqualTo(1);
        }

        try (Broker broker = open(disk)) {
            assertThat(broker.topics().all()).hasSize(12);
            assertThat(broker.topics().version().counter()).isEqualTo(1);
        }
    }

    @Test
    void givesTheTemplateAsManyQueuesAsAreConfiguredNow() {
        open(disk).close();

        try (Broker broker = open(disk, SmallBroker.config("broker-a", true, 3))) {
            assertThat(topic(broker, "TBW102")).isEqualTo(Topic.of("TBW102", 3, 7));
            assertThat(broker.topics().version().counter()).isEqualTo(2);
        }
    }

    @Test
    void hasNoTemplateWhenTopicsAreNotMadeByTheFirstSend() {
        BrokerConfig config = config("b", false);

        try (Broker broker =
                Broker.open(config, disk, ticker, new Counters(), new SplittableRandom(1), Runnable::run)) {
            assertThat(broker.topics().find("TBW102")).isNull();
            assertThat(broker.admin().systemNames().isSystemTopic("TBW102")).isTrue();
        }
    }

    @Test
    void keepsWhatWasToldThroughAPowerLoss() {
        List<String> told = new ArrayList<>();
        Broker broker = open(disk);
        broker.topics().createIfAbsent(Topic.of("T", 4), refusal -> told.add("topic " + refusal));
        broker.groups().createIfAbsent("G", refusal -> told.add("group " + refusal));
        SmallBroker.work(broker);
        broker.offsets().commit("G", "T", 3, 42, refusal -> told.add("offset " + refusal));
        SmallBroker.work(broker);
        assertThat(told).containsExactlyInAnyOrder("topic null", "group null", "offset null");
        broker.offsets().commit("G", "T", 3, 43);

        try (Broker again = open(disk.afterPowerLoss(Loss.everything()))) {
            assertThat(topic(again, "T")).isEqualTo(Topic.of("T", 4));
            assertThat(again.groups().find("G")).isNotNull();
            assertThat(again.offsets().of("G")).isEqualTo(Map.of("T", Map.of(3, 42L)));
        }
    }

    @Test
    void writesTheLastOffsetsWhenItCloses() {
        Broker broker = open(disk);
        broker.topics().put(Topic.of("T", 4), _ -> {});
        SmallBroker.work(broker);
        broker.offsets().commit("G", "T", 0, 5);
        broker.close();

        try (Broker again = open(disk)) {
            assertThat(again.offsets().current("G", "T", 0)).isEqualTo(5);
        }
    }

    @Test
    void refusesToStartWhenTheSystemTopicsCannotBeStored() {
        open(disk).close();
        LossyStorage fresh = new LossyStorage();
        fresh.failFrom(Call.Kind.FORCE, 6, Fault.IO_ERROR);

        assertThatThrownBy(() -> open(fresh)).isInstanceOf(CarillonException.StorageFault.class);
    }

    @Test
    void refusesANameThatNoTopicMayBear() {
        BrokerConfig config = config("broker a", true);

        assertThatThrownBy(
                        () -> Broker.open(config, disk, ticker, new Counters(), new SplittableRandom(1), Runnable::run))
                .isInstanceOf(CarillonException.BadConfig.class)
                .hasMessageContaining("broker a");
    }

    private static BrokerConfig config(String name, boolean autoCreateTopics) {
        return SmallBroker.config(name, autoCreateTopics, 8);
    }

    private Broker open(LossyStorage storage) {
        return open(storage, config("broker-a", true));
    }

    private Broker open(LossyStorage storage, BrokerConfig config) {
        return Broker.open(config, storage, ticker, new Counters(), new SplittableRandom(1), Runnable::run);
    }

    private static Topic topic(Broker broker, String name) {
        return broker.topics().find(name).config();
    }
}
