package io.carillon.rocketmq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.alibaba.fastjson2.JSON;
import io.carillon.nameserver.BrokerGroup;
import io.carillon.nameserver.TableVersion;
import io.carillon.nameserver.TopicRoute;
import io.carillon.nameserver.TopicRoute.QueueRow;
import io.carillon.remoting.BadRequest;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RouteBodiesTest {
    private static final BrokerGroup GROUP = new BrokerGroup(
            "broker-a", "DefaultCluster", new TreeMap<>(Map.of(0L, "127.0.0.1:30911")), false, null, false);

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static void assertSameJson(byte[] actual, String expected) {
        assertThat(JSON.parse(actual)).isEqualTo(JSON.parse(expected));
    }

    @Test
    void aRouteIsWhatARealNameServerAnswers() {
        byte[] body = RouteBodies.route(
                new TopicRoute("T1", List.of(new QueueRow("broker-a", 2, 2, 6, 0)), List.of(GROUP), null));

        assertSameJson(body, """
                {"brokerDatas":[{"brokerAddrs":{"0":"127.0.0.1:30911"},"brokerName":"broker-a","cluster":"DefaultCluster","enableActingMaster":false}],
                 "filterServerTable":{},
                 "queueDatas":[{"brokerName":"broker-a","perm":6,"readQueueNums":2,"topicSysFlag":0,"writeQueueNums":2}]}
                """);
        assertThat(new String(body, StandardCharsets.UTF_8)).contains("{\"0\":\"127.0.0.1:30911\"}");
    }

    @Test
    void aRouteCarriesOrderAndZoneWhereTheyAreSet() {
        BrokerGroup zoned =
                new BrokerGroup("broker-a", "c", new TreeMap<>(Map.of(0L, "a:1", 12L, "b:1")), true, "z1", false);

        assertSameJson(
                RouteBodies.route(new TopicRoute(
                        "T1", List.of(new QueueRow("broker-a", 1, 0, 4, 3)), List.of(zoned), "broker-a:1")),
                """
                {"brokerDatas":[{"brokerAddrs":{"0":"a:1","12":"b:1"},"brokerName":"broker-a","cluster":"c","enableActingMaster":true,"zoneName":"z1"}],
                 "filterServerTable":{},"orderTopicConf":"broker-a:1",
                 "queueDatas":[{"brokerName":"broker-a","perm":4,"readQueueNums":1,"topicSysFlag":3,"writeQueueNums":0}]}
                """);
    }

    @Test
    void clusterInfoIsWhatARealNameServerAnswers() {
        assertSameJson(RouteBodies.clusterInfo(List.of(GROUP)), """
                {"brokerAddrTable":{"broker-a":{"brokerAddrs":{"0":"127.0.0.1:30911"},"brokerName":"broker-a","cluster":"DefaultCluster","enableActingMaster":false}},
                 "clusterAddrTable":{"DefaultCluster":["broker-a"]}}
                """);
    }

    @Test
    void memberGroupAndListsHaveTheirShapes() {
        assertSameJson(
                RouteBodies.memberGroup("c", "b", GROUP.addresses()),
                "{\"brokerMemberGroup\":{\"brokerAddrs\":{\"0\":\"127.0.0.1:30911\"},\"brokerName\":\"b\",\"cluster\":\"c\"}}");
        assertSameJson(RouteBodies.topicList(List.of("a", "b")), "{\"topicList\":[\"a\",\"b\"]}");
        assertSameJson(
                RouteBodies.systemTopicList(List.of(GROUP)),
                "{\"brokerAddr\":\"127.0.0.1:30911\",\"topicList\":[\"DefaultCluster\",\"broker-a\"]}");
        assertSameJson(RouteBodies.kvTable(Map.of("TX", "broker-a:4")), "{\"table\":{\"TX\":\"broker-a:4\"}}");
    }

    @Test
    void versionsAreReadAsTheyAreWritten() {
        TableVersion version = new TableVersion(3, 1_795_334_398_001L, 17);

        assertThat(RouteBodies.readVersion(RouteBodies.version(version))).isEqualTo(version);
        assertThat(RouteBodies.readVersion(utf8("{\"counter\":\"4\"}"))).isEqualTo(new TableVersion(0, 0, 4));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "null", "[]", "7", "{", "{\"counter\":\"x\"}", "{\"counter\":1.5}", "{\"counter\":{}}"})
    void aVersionThatIsNoneIsRefused(String body) {
        assertThatThrownBy(() -> RouteBodies.readVersion(utf8(body))).isInstanceOf(BadRequest.class);
    }

    @Test
    void readsTheQueuesOfOneTopicAlsoWithUnquotedNumericKeys() {
        assertThat(RouteBodies.readQueues(utf8("""
                {"brokerDatas":[{"brokerAddrs":{0:"a:1"},"brokerName":"broker-a"}],"unknown":{"@type":"java.net.URL"},
                 "queueDatas":[{"brokerName":"broker-a","perm":6,"readQueueNums":2,"topicSysFlag":0,"writeQueueNums":3}]}
                """))).containsExactly(new QueueRow("broker-a", 2, 3, 6, 0));
        assertThatThrownBy(() -> RouteBodies.readQueues(utf8("{\"queueDatas\":[{\"perm\":6}]}")))
                .isInstanceOf(BadRequest.class);
        assertThatThrownBy(() ->
                        RouteBodies.readQueues(utf8("{\"queueDatas\":[{\"brokerName\":\"b\",\"readQueueNums\":-1}]}")))
                .isInstanceOf(BadRequest.class);
    }
}
