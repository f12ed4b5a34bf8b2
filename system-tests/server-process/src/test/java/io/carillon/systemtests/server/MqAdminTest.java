package io.carillon.systemtests.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.systemtests.harness.MqAdmin;
import io.carillon.systemtests.harness.Names;
import io.carillon.systemtests.harness.OsProcess;
import io.carillon.systemtests.harness.RawClient;
import io.carillon.systemtests.harness.RawClient.Answer;
import io.carillon.systemtests.harness.RawTopic;
import io.carillon.systemtests.harness.Server;
import io.carillon.systemtests.harness.SharedServer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.ExtendWith;

/** Apache's mqadmin 5.5 as it comes from its Maven artifacts. It always exits with 0, so what counts is what it prints. */
@ExtendWith(SharedServer.class)
@TestMethodOrder(MethodOrderer.Random.class) // no test may need what another one did
class MqAdminTest {
    private static MqAdmin mqadmin;

    @BeforeAll
    static void startShell() {
        mqadmin = new MqAdmin(SharedServer.get().nameServer());
    }

    @AfterAll
    static void endShell() {
        mqadmin.close();
    }

    @Test
    void listsTheCluster(Server server) {
        String output = run("clusterList");

        assertThat(output)
                .containsPattern(Pattern.quote(server.clusterName()) + " +" + Pattern.quote(server.brokerName())
                        + " +0 +" + Pattern.quote(server.broker()));
    }

    @Test
    void runsAsAProcessOfItsOwn(Server server) {
        OsProcess alone = mqadmin.runAlone("clusterList");

        assertThat(alone.awaitExit(Duration.ofSeconds(1))).isZero();
        assertThat(alone.output()).contains(server.broker()).doesNotContain("Exception");
    }

    @Test
    void tellsTheStateOfABroker(Server server) {
        String output = run("brokerStatus", "-b", server.broker());

        assertThat(output)
                .contains("brokerVersionDesc")
                .contains("bootTimestamp")
                .contains("putTps")
                .contains("commitLogMaxOffset")
                .containsPattern("dispatchBehindBytes +: \\d+");
    }

    @Test
    void createsShowsAndDeletesATopic(Server server) {
        String topic = Names.unique("admin");

        assertThat(run("updateTopic", "-c", server.clusterName(), "-t", topic, "-r", "3", "-w", "3"))
                .contains("create topic to " + server.broker() + " success");
        assertThat(run("topicList")).contains(topic);
        assertThat(run("topicList", "-c")).containsPattern(Pattern.quote(server.clusterName()) + " +" + topic);
        assertThat(run("topicRoute", "-t", topic))
                .contains("\"brokerName\":\"" + server.brokerName() + "\"")
                .contains("\"readQueueNums\":3")
                .contains(server.broker());
        assertThat(run("topicStatus", "-t", topic))
                .containsPattern(Pattern.quote(server.brokerName()) + " +0 +0 +0")
                .containsPattern(Pattern.quote(server.brokerName()) + " +2 +0 +0");

        assertThat(run("updateTopic", "-b", server.broker(), "-t", topic, "-r", "5", "-w", "5"))
                .contains("success");
        assertThat(run("topicRoute", "-t", topic)).contains("\"writeQueueNums\":5");

        assertThat(run("deleteTopic", "-c", server.clusterName(), "-t", topic))
                .contains("delete topic [" + topic + "] from cluster [" + server.clusterName() + "] success")
                .contains("from NameServer success");
        assertThat(mqadmin.run("topicRoute", "-t", topic)).contains("CODE: 17");
        assertThat(run("topicList")).doesNotContain(topic);
    }

    @Test
    void saysThatATopicDoesNotExist() {
        assertThat(mqadmin.run("topicRoute", "-t", Names.unique("missing")))
                .contains("CODE: 17")
                .contains("No topic route info in name server for the topic");
    }

    @Test
    void sendsFindsAndConsumesAMessage(Server server) {
        String topic = createTopic(server, 4);

        String sent = run("sendMessage", "-t", topic, "-p", "hello-from-mqadmin", "-k", "the-key", "-c", "TagA");
        assertThat(sent).contains("SEND_OK").contains(server.brokerName());
        String id = uniqueId(sent);

        assertThat(run("topicStatus", "-t", topic))
                .containsPattern(Pattern.quote(server.brokerName()) + " +\\d +0 +1 ");
        Awaitility.await()
                .atMost(Duration.ofSeconds(20))
                .untilAsserted(() -> assertThat(run("queryMsgByKey", "-t", topic, "-k", "the-key"))
                        .contains(id));
        String byUniqueId = run("queryMsgById", "-t", topic, "-i", id);
        assertThat(byUniqueId)
                .containsPattern("Topic: +" + topic)
                .containsPattern("Tags: +\\[TagA]")
                .containsPattern("Keys: +\\[the-key]");
        OsProcess consume = mqadmin.runAlone("consumeMessage", "-t", topic);
        assertThat(consume.output()).contains("hello-from-mqadmin").contains(id).doesNotContain("Exception");
    }

    @Test
    void findsAMessageByItsPlace(Server server) throws Exception {
        RawTopic topic = new RawTopic(createTopic(server, 1));
        try (RawClient client = RawClient.connect(server.broker())) {
            Answer answer = topic.send(client, 0, "7F00000100000000000000000000A001", bytes("wanted"))
                    .get();

            String output =
                    run("queryMsgById", "-t", topic.topic(), "-i", answer.ext().get("msgId"));

            assertThat(output).contains(topic.topic()).containsPattern("Queue Offset: +0");
        }
    }

    @Test
    void createsAGroupAndShowsHowFarItIs(Server server) throws Exception {
        RawTopic topic = new RawTopic(createTopic(server, 1));
        String group = Names.unique("admin-group");

        assertThat(run("updateSubGroup", "-c", server.clusterName(), "-g", group))
                .contains("create subscription group to " + server.broker() + " success")
                .contains("groupName=" + group);

        try (RawClient client = RawClient.connect(server.broker())) {
            heartbeat(client, group, topic.topic());
            for (int n = 0; n < 5; n++) {
                topic.send(client, 0, "7F00000100000000000000000000B00" + n, bytes("m" + n))
                        .get();
            }
            topic.pull(client, group, 0, 0, 0);
            topic.commit(client, group, 0, 3);

            Awaitility.await()
                    .atMost(Duration.ofSeconds(40))
                    .pollInterval(Duration.ofMillis(200))
                    .untilAsserted(() -> {
                        String output = mqadmin.run("consumerProgress", "-g", group);
                        assertThat(output)
                                .containsPattern(
                                        topic.topic() + " +" + Pattern.quote(server.brokerName()) + " +0 +5 +3 ")
                                .containsPattern("Consume Diff Total: 2");
                    });
            assertThat(run("consumerProgress")).contains(group);
        }
    }

    private static void heartbeat(RawClient client, String group, String topic) throws Exception {
        String body = """
                {"clientID":"mqadmin-test@%1$s","producerDataSet":[],"consumerDataSet":[{"groupName":"%1$s",
                "consumeType":"CONSUME_PASSIVELY","messageModel":"CLUSTERING","consumeFromWhere":"CONSUME_FROM_FIRST_OFFSET",
                "unitMode":false,"subscriptionDataSet":[{"topic":"%2$s","subString":"*","tagsSet":[],"codeSet":[],
                "subVersion":1,"expressionType":"TAG","classFilterMode":false}]}]}""".formatted(group, topic);
        assertThat(client.call(34, Map.of(), bytes(body)).code()).isZero();
    }

    private static String createTopic(Server server, int queueCount) {
        String topic = Names.unique("admin");
        String count = Integer.toString(queueCount);
        assertThat(run("updateTopic", "-c", server.clusterName(), "-t", topic, "-r", count, "-w", count))
                .contains("success");
        return topic;
    }

    private static String run(String... words) {
        String output = mqadmin.run(words);
        assertThat(output).as(String.join(" ", words)).doesNotContain("Exception");
        return output;
    }

    private static String uniqueId(String output) {
        Matcher id = Pattern.compile("[0-9A-F]{32,56}").matcher(output);
        assertThat(id.find()).as(output).isTrue();
        return id.group();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
