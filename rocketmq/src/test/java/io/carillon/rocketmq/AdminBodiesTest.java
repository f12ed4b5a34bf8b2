package io.carillon.rocketmq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.alibaba.fastjson2.JSON;
import io.carillon.broker.admin.AdminService.Progress;
import io.carillon.broker.admin.AdminService.QueueFigures;
import io.carillon.broker.admin.LiveClients.Client;
import io.carillon.broker.admin.LiveClients.Consumers;
import io.carillon.broker.metadata.DataVersion;
import io.carillon.message.ConsumerGroup;
import io.carillon.message.Subscription;
import io.carillon.message.Topic;
import io.carillon.remoting.BadRequest;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The expected texts were captured from a real RocketMQ 5.5.0 broker. */
class AdminBodiesTest {
    @Test
    void writesATopicAsCaptured() {
        assertThat(TopicBodies.topic(Topic.of("T1", 2)))
                .hasToString("{\"attributes\":{},\"order\":false,\"perm\":6,\"readQueueNums\":2,"
                        + "\"topicFilterType\":\"SINGLE_TAG\",\"topicName\":\"T1\",\"topicSysFlag\":0,"
                        + "\"writeQueueNums\":2}");
    }

    @Test
    void writesAGroupAsCaptured() {
        String captured = "{\"attributes\":{},\"brokerId\":0,\"consumeBroadcastEnable\":true,\"consumeEnable\":true,"
                + "\"consumeFromMinEnable\":true,\"consumeMessageOrderly\":false,\"consumeTimeoutMinute\":15,"
                + "\"groupName\":\"CG1\",\"groupRetryPolicy\":{\"type\":\"CUSTOMIZED\"},\"groupSysFlag\":0,"
                + "\"notifyConsumerIdsChangedEnable\":true,\"retryMaxTimes\":16,\"retryQueueNums\":1,"
                + "\"whichBrokerWhenConsumeSlowly\":1}";

        assertThat(GroupBodies.group(ConsumerGroup.of("CG1"))).hasToString(captured);
        assertThat(GroupBodies.read(fields(captured), Map.of())).isEqualTo(ConsumerGroup.of("CG1"));
    }

    @Test
    void writesMapsWhoseKeysAreQueuesWithObjectsAsKeys() {
        JsonText stats = TopicBodies.stats(
                "broker-a", "T1", List.of(new QueueFigures(0, 0, 0, 0), new QueueFigures(1, 2, 7, 99)), 0.5);

        assertThat(stats)
                .hasToString("{\"offsetTable\":{"
                        + "{\"brokerName\":\"broker-a\",\"queueId\":0,\"topic\":\"T1\"}:"
                        + "{\"lastUpdateTimestamp\":0,\"maxOffset\":0,\"minOffset\":0},"
                        + "{\"brokerName\":\"broker-a\",\"queueId\":1,\"topic\":\"T1\"}:"
                        + "{\"lastUpdateTimestamp\":99,\"maxOffset\":7,\"minOffset\":2}},"
                        + "\"topicPutTps\":0.5}");
    }

    @Test
    void writesConsumeStatsAsCaptured() {
        assertThat(GroupBodies.consumeStats("broker-a", List.of(new Progress("T1", 0, 9, 4, 6, 77)), 0.7))
                .hasToString("{\"consumeTps\":0.7,\"offsetTable\":{"
                        + "{\"brokerName\":\"broker-a\",\"queueId\":0,\"topic\":\"T1\"}:"
                        + "{\"brokerOffset\":9,\"consumerOffset\":4,\"lastTimestamp\":77,\"pullOffset\":6}}}");
    }

    @Test
    void writesTheTopicTableWithItsVersion() {
        String table = TopicBodies.table(new DataVersion(0, 55, 3), List.of(Topic.of("T1", 2)))
                .toString();

        assertThat(table)
                .startsWith("{\"dataVersion\":{\"counter\":3,\"stateVersion\":0,\"timestamp\":55},")
                .contains("\"topicConfigTable\":{\"T1\":{\"attributes\"");
        assertThat(JSON.parseObject(table)).containsKeys("mappingDataVersion", "topicQueueMappingDetailMap");
    }

    @Test
    void writesTheMembersOfAGroup() {
        Subscription subscription =
                new Subscription("T1", "a || b", List.of("a", "b"), Set.of(97, 98), 12, Subscription.TAG);
        Client client = new Client("c@1", new InetSocketAddress("127.0.0.1", 5), "JAVA", 513, 7);
        Consumers consumers = new Consumers(
                "CONSUME_PASSIVELY", "CLUSTERING", "CONSUME_FROM_LAST_OFFSET", List.of(client), List.of(subscription));

        var json = JSON.parseObject(GroupBodies.consumers(consumers).bytes());

        assertThat(json.getJSONArray("connectionSet").getJSONObject(0))
                .isEqualTo(Map.of("clientAddr", "127.0.0.1:5", "clientId", "c@1", "language", "JAVA", "version", 513));
        assertThat(json.getJSONObject("subscriptionTable").getJSONObject("T1"))
                .containsEntry("subString", "a || b")
                .containsEntry("tagsSet", List.of("a", "b"));
        assertThat(json).containsEntry("messageModel", "CLUSTERING").containsEntry("consumeType", "CONSUME_PASSIVELY");
        assertThat(GroupBodies.allProducers(Map.of("P", List.of(client))))
                .hasToString("{\"data\":{\"P\":[{\"clientId\":\"c@1\",\"language\":\"JAVA\",\"lastUpdateTimestamp\":7,"
                        + "\"remoteIP\":\"/127.0.0.1:5\",\"version\":513}]}}");
    }

    @Test
    void readsAGroupOfWhichOnlyTheNameIsThere() {
        assertThat(GroupBodies.read(
                        fields("{\"groupName\":\"G\",\"somethingNew\":[1],\"retryMaxTimes\":null}"), Map.of()))
                .isEqualTo(ConsumerGroup.of("G"));
    }

    @Test
    void keepsRetryPolicyAndSubscriptionsOfAGroup() {
        String json = "{\"groupName\":\"G\",\"groupRetryPolicy\":{\"type\":\"EXPONENTIAL\",\"exponentialRetryPolicy\":"
                + "{\"initial\":5000}},\"subscriptionDataSet\":[{\"topic\":\"T\"}]}";
        ConsumerGroup group = GroupBodies.read(fields(json), Map.of());

        assertThat(JSON.parseObject(group.retryPolicy())).containsEntry("type", "EXPONENTIAL");
        assertThat(group.subscriptions()).containsExactly("{\"topic\":\"T\"}");
        assertThat(GroupBodies.read(fields(GroupBodies.group(group).toString()), Map.of()))
                .isEqualTo(group);
    }

    @Test
    void saysWhichMemberIsOfAWrongType() {
        assertThatThrownBy(() -> GroupBodies.read(fields("{\"groupName\":\"G\",\"retryMaxTimes\":\"many\"}"), Map.of()))
                .isInstanceOf(BadRequest.class)
                .hasMessage("subscription group: retryMaxTimes must be a whole number, not many");
        assertThatThrownBy(() -> GroupBodies.read(fields("{\"groupName\":\"G\",\"consumeEnable\":1}"), Map.of()))
                .isInstanceOf(BadRequest.class)
                .hasMessageContaining("true or false");
        assertThatThrownBy(() -> GroupBodies.read(fields("{\"groupName\":\"G\",\"retryQueueNums\":1e12}"), Map.of()))
                .isInstanceOf(BadRequest.class)
                .hasMessageContaining("32 bits");
        assertThatThrownBy(() -> GroupBodies.read(fields("{}"), Map.of()))
                .isInstanceOf(BadRequest.class)
                .hasMessageContaining("groupName is missing");
    }

    @Test
    void refusesABodyThatIsNoObject() {
        for (String body : List.of("", "[]", "7", "{\"a\":", "null", "{\"@type\":\"java.net.URL\"")) {
            assertThatThrownBy(() -> fields(body)).as(body).isInstanceOf(BadRequest.class);
        }
    }

    @Test
    void takesANamedTypeForAnUnknownMember() {
        assertThat(fields("{\"@type\":\"java.net.URL\",\"groupName\":\"G\"}").required("groupName"))
                .isEqualTo("G");
    }

    @Test
    void changesAttributesBySign() {
        Map<String, String> before = Map.of("message.type", "NORMAL", "reserve.time", "5");

        assertThat(Attributes.change(before, Attributes.parse("+message.type=FIFO,-reserve.time")))
                .isEqualTo(Map.of("message.type", "FIFO"));
        assertThat(Attributes.change(before, Attributes.parse(""))).isEqualTo(before);
        assertThatThrownBy(() -> Attributes.parse("message.type=FIFO")).isInstanceOf(BadRequest.class);
        assertThatThrownBy(() -> Attributes.checkTopic(Map.of("cleanup.policy", "COMPACTION")))
                .isInstanceOf(BadRequest.class)
                .hasMessageContaining("COMPACTION");
        assertThatThrownBy(() -> Attributes.checkTopic(Map.of("nonsense", "1")))
                .isInstanceOf(BadRequest.class)
                .hasMessageContaining("nonsense");
    }

    private static JsonFields fields(String json) {
        return JsonFields.parse(json.getBytes(StandardCharsets.UTF_8), "subscription group");
    }
}
