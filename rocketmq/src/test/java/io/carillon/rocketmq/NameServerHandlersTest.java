package io.carillon.rocketmq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.alibaba.fastjson2.JSON;
import com.alibaba.fastjson2.JSONObject;
import io.carillon.base.Counters;
import io.carillon.message.Topic;
import io.carillon.nameserver.KvSettings;
import io.carillon.nameserver.NameServer;
import io.carillon.nameserver.NameServerConfig;
import io.carillon.nameserver.TableVersion;
import io.carillon.nameserver.TopicRoute.QueueRow;
import io.carillon.remoting.BadRequest;
import io.carillon.remoting.Reply;
import io.carillon.remoting.ResponseCode;
import io.carillon.testkit.ManualTicker;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class NameServerHandlersTest {
    private final NameServer names = new NameServer(NameServerConfig.DEFAULT, new ManualTicker(), new Counters());
    private final RouteHandler routes = new RouteHandler(names, Runnable::run);
    private final RegistrationHandler registrations = new RegistrationHandler(names, Runnable::run);
    private final FakeSettings live = new FakeSettings(Map.of("nameserver.kv-entries-max", "10000"));
    private final NameSettingsHandler settings =
            new NameSettingsHandler(names, live, new Aside(Runnable::run, Room.ofAdmin(new Counters())));

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String textOf(Reply reply) {
        return new String(reply.body(), StandardCharsets.UTF_8);
    }

    private Reply register(long id, String address, int checksum, Topic... topics) {
        byte[] body = new RegistrationBody(new TableVersion(0, 1, 1), List.of(topics), Set.of()).write();
        RegistrationHandler.Head head = new RegistrationHandler.Head(
                "DefaultCluster",
                "broker-a",
                id,
                address,
                address + "0",
                null,
                false,
                120_000,
                false,
                checksum == 0 ? RegistrationBody.checksum(body) : checksum);
        return registrations.register(head, body, this);
    }

    @Test
    void aRegisteredTopicIsRoutedAndAnUnknownOneIsAnsweredWith17() {
        register(0, "a:1", 0, Topic.of("TBW102", 8, 7));

        assertThat(textOf(routes.route("TBW102"))).contains("\"perm\":7", "\"0\":\"a:1\"");
        assertThat(routes.route("none").code()).isEqualTo(ResponseCode.TOPIC_NOT_EXIST);
        assertThat(routes.route("none").remark())
                .isEqualTo("No topic route info in name server for the topic: none\n"
                        + "See https://rocketmq.apache.org/docs/bestPractice/06FAQ for further details.");
    }

    @Test
    void aSlaveIsToldItsMasterAndTheOrderSettings() {
        register(0, "a:1", 0, Topic.of("orders", 8));
        settings.put(KvSettings.ORDER_NAMESPACE, "orders", "broker-a:8");

        Reply reply = register(1, "a:2", 0);

        assertThat(reply.ext()).isEqualTo(Map.of("masterAddr", "a:1", "haServerAddr", "a:10"));
        assertThat(textOf(reply)).isEqualTo("{\"table\":{\"orders\":\"broker-a:8\"}}");
    }

    @Test
    void aBodyWithAnotherChecksumIsRefused() {
        assertThatThrownBy(() -> register(0, "a:1", 1, Topic.of("orders", 8)))
                .isInstanceOf(BadRequest.class)
                .hasMessage("crc32 not match");
        assertThat(names.brokerGroups()).isEmpty();
    }

    @Test
    void comparesVersions() {
        byte[] version = RouteBodies.version(new TableVersion(0, 1, 1));
        assertThat(registrations.compareVersions("a:1", version).ext()).isEqualTo(Map.of("changed", "true"));
        register(0, "a:1", 0, Topic.of("a", 1), Topic.of("b", 1));

        Reply same = registrations.compareVersions("a:1", version);
        assertThat(same.ext()).isEqualTo(Map.of("changed", "false"));
        assertThat(RouteBodies.readVersion(same.body())).isEqualTo(new TableVersion(0, 1, 1));
        assertThat(registrations
                        .compareVersions("a:1", RouteBodies.version(new TableVersion(0, 1, 2)))
                        .ext())
                .isEqualTo(Map.of("changed", "true"));
    }

    @Test
    void registersAndDeletesOneTopic() {
        byte[] body = utf8("{\"queueDatas\":[{\"brokerName\":\"gone\",\"perm\":6,\"readQueueNums\":2,"
                + "\"writeQueueNums\":2,\"topicSysFlag\":0},{\"brokerName\":\"broker-a\",\"perm\":6,\"readQueueNums\":2,"
                + "\"writeQueueNums\":2,\"topicSysFlag\":0}]}");
        assertThat(registrations.registerTopic("one", body).code()).isZero();
        assertThat(names.topics()).isEmpty();
        register(0, "a:1", 0, Topic.of("orders", 8));

        assertThat(registrations.registerTopic("one", body).code()).isZero();
        assertThat(names.topics()).containsExactly("one", "orders");
        assertThat(names.route("one").orElseThrow().queues())
                .extracting(QueueRow::brokerName)
                .containsExactly("broker-a");
        registrations.deleteTopic("one", "DefaultCluster");
        registrations.deleteTopic("orders", "");
        assertThat(names.topics()).isEmpty();
    }

    @Test
    void settingsAreStoredListedAndDeleted() {
        assertThat(settings.list("n").code()).isEqualTo(ResponseCode.QUERY_NOT_FOUND);
        settings.put("n", "k", "v");
        assertThat(settings.get("n", "k").ext()).isEqualTo(Map.of("value", "v"));
        assertThat(textOf(settings.list("n"))).isEqualTo("{\"table\":{\"k\":\"v\"}}");
        settings.delete("n", "k");
        assertThat(settings.get("n", "k").remark()).isEqualTo("No config item, Namespace: n Key: k");
    }

    @Test
    void itsConfigurationCanBeReadAndChangedWhereItMayBe() {
        assertThat(textOf(settings.config()))
                .contains("orderMessageEnable=false\n", "nameserver.kv-entries-max=10000\n");
        assertThat(settings.updateConfig(settings.config().body(), "x").code()).isZero();
        assertThat(settings.updateConfig(utf8("serverWorkerThreads=1"), "x").code())
                .isZero();
        assertThat(live.by).isEmpty();

        assertThat(settings.updateConfig(utf8("kvConfigEntriesMax=7"), "x").code())
                .isZero();
        assertThat(live.values).containsEntry("nameserver.kv-entries-max", "7");
    }

    @Test
    void whatMustNotBeChangedInItsConfigurationIsRefusedByName() {
        Reply refused = settings.updateConfig(
                utf8("orderMessageEnable=true\nkvConfigPath=/etc/passwd\nkvConfigEntriesMax=7"), "x");

        assertThat(refused.code()).isEqualTo(ResponseCode.NO_PERMISSION);
        assertThat(refused.remark())
                .startsWith("Can not update config in black list.")
                .contains("kvConfigPath is not for clients", "orderMessageEnable is false");
        assertThat(live.by).isEmpty();
        assertThatThrownBy(() -> settings.updateConfig(utf8("a=\\u00"), "x")).isInstanceOf(BadRequest.class);
    }

    @Test
    void listsClustersAndMembers() {
        register(0, "a:1", 0, Topic.of("orders", 8));

        JSONObject cluster = JSON.parseObject(routes.clusterInfo().body());
        assertThat(cluster.getJSONObject("clusterAddrTable").getJSONArray("DefaultCluster"))
                .containsExactly("broker-a");
        assertThat(textOf(routes.memberGroup("DefaultCluster", "broker-a"))).contains("{\"0\":\"a:1\"}");
        assertThat(textOf(routes.memberGroup("DefaultCluster", "none"))).contains("\"brokerAddrs\":{}");
        assertThat(textOf(routes.systemTopicList())).contains("DefaultCluster", "broker-a", "a:1");
    }
}
