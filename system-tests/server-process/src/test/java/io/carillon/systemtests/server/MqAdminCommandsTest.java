package io.carillon.systemtests.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.systemtests.harness.MqAdmin;
import io.carillon.systemtests.harness.Names;
import io.carillon.systemtests.harness.OsProcess;
import io.carillon.systemtests.harness.RawClient;
import io.carillon.systemtests.harness.RawTopic;
import io.carillon.systemtests.harness.Server;
import io.carillon.systemtests.harness.SharedServer;
import io.carillon.systemtests.harness.Workspace;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.ExtendWith;

/** Each command of mqadmin 5.5 does what docs/compatibility.md says of it. */
@ExtendWith(SharedServer.class)
@TestMethodOrder(MethodOrderer.Random.class) // no test may need what another one did
class MqAdminCommandsTest {
    private static final Pattern ROW = Pattern.compile("(?m)^\\| `(\\w+)` \\| (\\w+) \\| .* \\|$");
    private static final Pattern HELP_LINE = Pattern.compile("(?m)^   (\\w+) +\\S");

    private static final Map<String, String> STATES = new TreeMap<>();
    private static MqAdmin mqadmin;
    private static String topic;
    private static String group;

    @BeforeAll
    static void start() throws Exception {
        ROW.matcher(Files.readString(Path.of("..", "..", "docs", "compatibility.md")))
                .results()
                .forEach(row -> STATES.put(row.group(1), row.group(2)));
        Server server = SharedServer.get();
        mqadmin = new MqAdmin(server.nameServer());
        topic = Names.unique("all");
        group = Names.unique("all-group");
        run("updateTopic", "-c", server.clusterName(), "-t", topic, "-r", "2", "-w", "2");
        run("updateSubGroup", "-c", server.clusterName(), "-g", group);
        RawTopic raw = new RawTopic(topic);
        try (RawClient client = RawClient.connect(server.broker())) {
            for (int n = 0; n < 5; n++) {
                raw.send(client, 0, "7F00000100000000000000000000C00" + n, ("m" + n).getBytes(StandardCharsets.UTF_8))
                        .get();
            }
            assertThat(client.call(34, Map.of(), heartbeat(group, topic).getBytes(StandardCharsets.UTF_8))
                            .code())
                    .isZero();
            raw.commit(client, group, 0, 3);
        }
    }

    /** Tools look for a group by its retry topic, which its first heartbeat makes. */
    private static String heartbeat(String group, String topic) {
        return """
                {"clientID":"all@%1$s","producerDataSet":[],"consumerDataSet":[{"groupName":"%1$s",
                "consumeType":"CONSUME_PASSIVELY","messageModel":"CLUSTERING","consumeFromWhere":"CONSUME_FROM_FIRST_OFFSET",
                "unitMode":false,"subscriptionDataSet":[{"topic":"%2$s","subString":"*","tagsSet":[],"codeSet":[],
                "subVersion":1,"expressionType":"TAG","classFilterMode":false}]}]}""".formatted(group, topic);
    }

    @AfterAll
    static void end() {
        mqadmin.close();
    }

    private static String run(String... words) {
        String output = mqadmin.run(words);
        assertThat(output).as(String.join(" ", words)).doesNotContain("Exception");
        return output;
    }

    private static void isRefused(String reason, String... words) {
        assertThat(STATES).as(words[0]).containsEntry(words[0], "refused");
        assertThat(mqadmin.run(words)).as(String.join(" ", words)).contains(reason);
    }

    @Test
    void thePageNamesEachCommandThatThereIs() {
        List<String> names = HELP_LINE
                .matcher(mqadmin.help())
                .results()
                .map((MatchResult line) -> line.group(1))
                .toList();

        assertThat(names).hasSizeGreaterThan(90);
        assertThat(STATES.keySet()).containsExactlyInAnyOrderElementsOf(names);
        assertThat(STATES.values()).isSubsetOf("works", "refused", "local");
    }

    @Test
    void showsTopicsAndClusters(Server server) {
        assertThat(run("topicClusterList", "-t", topic)).contains(server.clusterName());
        assertThat(run("allocateMQ", "-t", topic, "-i", "127.0.0.1")).contains("127.0.0.1");
        assertThat(run("statsAll", "-t", topic)).contains(topic);
        assertThat(run("haStatus", "-b", server.broker())).contains("MasterCommitLogMaxOffset");
        assertThat(run("brokerConsumeStats", "-b", server.broker())).contains("Diff Total:");
        assertThat(run("getBrokerConfig", "-b", server.broker())).contains("brokerName");
        assertThat(run("getNamesrvConfig")).contains("orderMessageEnable");
        assertThat(run("getConsumerConfig", "-g", group)).contains(group);
        assertThat(run("producer", "-b", server.broker())).doesNotContain("failed");
    }

    @Test
    void countsWhatWasStoredAndConsumed(Server server) throws Exception {
        String counted = Names.unique("counted");
        String reader = Names.unique("counted-group");
        make(server, counted, reader);
        long[] before = totals(server);
        RawTopic raw = new RawTopic(counted);
        try (RawClient client = RawClient.connect(server.broker())) {
            subscribe(client, counted, reader);
            sendFive(client, raw, "7F00000100000000000000000000E00");
            assertThat(raw.pull(client, reader, 0, 2, 0).code()).isZero();

            // Topic, group, how far behind, in and out a second, in and out in 24 hours.
            assertThat(run("statsAll", "-t", counted))
                    .containsPattern(counted + " +" + reader + " +\\d+ +0.08 +0.05 +5 +3");
        }
        long[] after = totals(server);
        assertThat(after[0] - before[0]).isGreaterThanOrEqualTo(5);
        assertThat(after[1] - before[1]).isGreaterThanOrEqualTo(3);
    }

    /** A topic of one queue, and a group. */
    private static void make(Server server, String name, String reader) {
        run("updateTopic", "-c", server.clusterName(), "-t", name, "-r", "1", "-w", "1");
        run("updateSubGroup", "-c", server.clusterName(), "-g", reader);
    }

    private static void subscribe(RawClient client, String name, String reader) throws IOException {
        client.call(34, Map.of(), heartbeat(reader, name).getBytes(StandardCharsets.UTF_8));
    }

    /** @param idStart of their unique ids, all but the last digit */
    private static void sendFive(RawClient client, RawTopic raw, String idStart) throws Exception {
        for (int n = 0; n < 5; n++) {
            raw.send(client, 0, idStart + n, ("m" + n).getBytes(StandardCharsets.UTF_8))
                    .get();
        }
    }

    /** What came in and went out today. */
    private static long[] totals(Server server) {
        Matcher row = Pattern.compile(Pattern.quote(server.brokerName()) + " +\\d+ +\\d+ +(\\d+) +(\\d+)")
                .matcher(run("clusterList", "-m"));
        assertThat(row.find()).isTrue();
        return new long[] {Long.parseLong(row.group(1)), Long.parseLong(row.group(2))};
    }

    @Test
    void changesWhatMayBeChangedAndRefusesTheRest(Server server) {
        assertThat(run("updateTopicPerm", "-c", server.clusterName(), "-t", topic, "-p", "6"))
                .containsIgnoringCase("perm");
        assertThat(run("updateKvConfig", "-s", "ns", "-k", "k", "-v", "v")).contains("success");
        assertThat(run("deleteKvConfig", "-s", "ns", "-k", "k")).contains("success");
        assertThat(run("updateOrderConf", "-t", topic, "-m", "put", "-v", server.brokerName() + ":2"))
                .contains("success");
        assertThat(run("updateOrderConf", "-t", topic, "-m", "get")).contains(server.brokerName() + ":2");
        assertThat(run("updateOrderConf", "-t", topic, "-m", "delete")).contains("success");
        assertThat(mqadmin.run("updateBrokerConfig", "-b", server.broker(), "-k", "storePathRootDir", "-v", "/x"))
                .contains("storePathRootDir is no setting that can be changed here");
        assertThat(mqadmin.run("updateNamesrvConfig", "-k", "kvConfigPath", "-v", "/x"))
                .contains("kvConfigPath");
    }

    @Test
    void resetsCopiesAndSkipsOffsets(Server server) {
        String copy = Names.unique("copy");
        run("updateSubGroup", "-c", server.clusterName(), "-g", copy);

        Awaitility.await()
                .atMost(Duration.ofSeconds(40))
                .pollInterval(Duration.ofMillis(200))
                .until(() -> mqadmin.run("cloneGroupOffset", "-s", group, "-d", copy, "-t", topic)
                        .contains("clone group offset success"));
        assertThat(run("consumerProgress", "-g", copy, "-t", topic)).containsPattern(topic + " +\\S+ +0 +5 +3 ");
        assertThat(run("resetOffsetByTime", "-g", copy, "-t", topic, "-s", "0"))
                .containsPattern(Pattern.quote(server.brokerName()) + " +0 +0");
        assertThat(run("consumerProgress", "-g", copy, "-t", topic)).containsPattern(topic + " +\\S+ +0 +5 +0 ");
        assertThat(run(
                        "resetOffsetByTime",
                        "-g",
                        copy,
                        "-t",
                        topic,
                        "-s",
                        "0",
                        "-b",
                        server.broker(),
                        "-q",
                        "0",
                        "-o",
                        "2"))
                .contains("reset consumer offset to 2");
        assertThat(run("skipAccumulatedMessage", "-g", copy, "-t", topic))
                .containsPattern(Pattern.quote(server.brokerName()) + " +0 +5");
        assertThat(run("consumerProgress", "-g", copy, "-t", topic)).contains("Consume Diff Total: 0");
        assertThat(run("deleteSubGroup", "-c", server.clusterName(), "-g", copy))
                .contains("success");
    }

    @Test
    void showsMessagesAndQueues(Server server) {
        String id = "7F00000100000000000000000000C001";

        // They also show what the group's member says, which a made-up one does not.
        assertThat(mqadmin.run("queryMsgByUniqueKey", "-t", topic, "-i", id)).contains(id);
        assertThat(mqadmin.run("queryMsgByOffset", "-t", topic, "-b", server.brokerName(), "-i", "0", "-o", "1"))
                .contains(id);
        assertThat(run("printMsg", "-t", topic)).contains(id);
        assertThat(run("queryCq", "-t", topic, "-q", "0", "-i", "0", "-c", "5", "-b", server.broker()))
                .contains("physicOffset");
    }

    @Test
    void makesTopicsAndGroupsOfLists(Server server) throws IOException {
        String one = Names.unique("list");
        String two = Names.unique("list");
        Path topics = list("""
                [{"topicName":"%s","readQueueNums":3,"writeQueueNums":2,"perm":6},
                 {"topicName":"%s","readQueueNums":1,"writeQueueNums":1,"perm":4,"attributes":{"+message.type":"FIFO"}}]""".formatted(one, two));

        assertThat(run("updateTopicList", "-b", server.broker(), "-f", topics.toString()))
                .contains("submit batch of topic config to " + server.broker() + " success");

        assertThat(run("topicRoute", "-t", one)).contains("\"readQueueNums\":3", "\"writeQueueNums\":2", "\"perm\":6");
        assertThat(run("topicRoute", "-t", two)).contains("\"readQueueNums\":1", "\"perm\":4");
        Path again = list("""
                [{"topicName":"%s","readQueueNums":4,"writeQueueNums":4,"perm":6}]""".formatted(one));
        assertThat(run("updateTopicList", "-c", server.clusterName(), "-f", again.toString()))
                .contains("submit batch of topic config to " + server.broker() + " success");
        assertThat(run("topicRoute", "-t", one)).contains("\"writeQueueNums\":4");

        String group1 = Names.unique("list-group");
        String group2 = Names.unique("list-group");
        Path groups = list("""
                [{"groupName":"%s","retryMaxTimes":7,"retryQueueNums":1},
                 {"groupName":"%s","consumeEnable":false}]""".formatted(group1, group2));
        assertThat(run("updateSubGroupList", "-b", server.broker(), "-f", groups.toString()))
                .contains("submit batch of group config to " + server.broker() + " success");
        assertThat(run("getConsumerConfig", "-g", group1)).containsPattern("retryMaxTimes +=? *7");
        assertThat(run("getConsumerConfig", "-g", group2)).containsPattern("consumeEnable +=? *false");
    }

    /** All of a list or nothing: what is wrong with one of them keeps the others from being made. */
    @Test
    void saysWhatIsWrongInAListOfTopics(Server server) throws IOException {
        String good = Names.unique("list");
        Path topics = list("""
                [{"topicName":"%s","readQueueNums":1,"writeQueueNums":1,"perm":6},
                 {"topicName":"not a name","readQueueNums":1,"writeQueueNums":1,"perm":6}]""".formatted(good));

        assertThat(mqadmin.run("updateTopicList", "-b", server.broker(), "-f", topics.toString()))
                .contains("not a name");

        assertThat(mqadmin.run("topicRoute", "-t", good)).contains("CODE: 17");
    }

    private static Path list(String json) throws IOException {
        Path file = Workspace.folder(Names.unique("lists")).resolve("list.json");
        Files.createDirectories(file.getParent());
        return Files.writeString(file, json);
    }

    @Test
    void measuresHowLongSendsTake(Server server) {
        try (OsProcess measuring = mqadmin.start("clusterRT", "-a", "3", "-s", "10", "-i", "1")) {
            MatchResult row = measuring.awaitLine(
                    Pattern.compile(Pattern.quote(server.clusterName()) + " +" + Pattern.quote(server.brokerName())
                            + " +([\\d.]+) +(\\d+) +(\\d+)"),
                    Duration.ofSeconds(60));

            assertThat(row.group(2)).as("sent").isEqualTo("3");
            assertThat(row.group(3)).as("failed").isEqualTo("0");
        }
    }

    @Test
    void watchesHowFarGroupsAre(Server server) throws Exception {
        String watched = Names.unique("watched");
        String watcher = Names.unique("watched-group");
        make(server, watched, watcher);
        RawTopic raw = new RawTopic(watched);
        try (RawClient client = RawClient.connect(server.broker());
                OsProcess monitor = mqadmin.start("startMonitoring")) {
            subscribe(client, watched, watcher);
            sendFive(client, raw, "7F00000100000000000000000000F00");
            raw.commit(client, watcher, 0, 3);

            // The first round begins after 20 s, the next a minute later.
            Awaitility.await()
                    .atMost(Duration.ofSeconds(110))
                    .pollInterval(Duration.ofMillis(200))
                    .until(() -> mqadmin.logged().contains("endRound")
                            && Pattern.compile(
                                            "consumerGroup=" + watcher + ", topic=" + watched + ", undoneMsgsTotal=2,")
                                    .matcher(mqadmin.logged())
                                    .find());
            assertThat(monitor.isAlive()).isTrue();
        }
    }

    @Test
    void cleansWhatIsCleanAlready(Server server) {
        assertThat(run("cleanExpiredCQ", "-b", server.broker())).contains("success");
        assertThat(run("deleteExpiredCommitLog", "-b", server.broker())).contains("success");
        assertThat(run("cleanUnusedTopic", "-b", server.broker())).contains("success");
    }

    @Test
    void exportsWhatABrokerKnows(Server server) throws IOException {
        Path folder = Workspace.folder(Names.unique("export"));

        run("exportMetadata", "-c", server.clusterName(), "-f", folder.toString());
        run("exportConfigs", "-c", server.clusterName(), "-f", folder.toString());
        run("exportMetrics", "-c", server.clusterName(), "-f", folder.toString());

        assertThat(Files.readString(folder.resolve("metadata.json"))).contains(topic);
        assertThat(folder.resolve("configs.json")).isNotEmptyFile();
        assertThat(folder.resolve("metrics.json")).isNotEmptyFile();
    }

    @Test
    void saysWhyItDoesNotDoWhatOnlyApacheHas(Server server) {
        String broker = server.broker();
        String noController = "there is no controller here";
        isRefused(noController, "getBrokerEpoch", "-b", server.brokerName());
        isRefused(noController, "getControllerMetaData", "-a", broker);
        isRefused(noController, "getControllerConfig", "-a", broker);
        isRefused("cold data flow control", "getColdDataFlowCtrInfo", "-b", broker);
        isRefused("cold data flow control", "updateColdDataFlowCtrGroupConfig", "-b", broker, "-g", group, "-v", "1");
        isRefused("cold data flow control", "removeColdDataFlowCtrGroupConfig", "-b", broker, "-g", group);
        isRefused("left to the operating system", "setCommitLogReadAheadMode", "-b", broker, "-m", "0");
        isRefused("nothing that was forced", "resetMasterFlushOffset", "-b", broker, "-o", "1");
        isRefused("no broker container", "addBroker", "-c", broker, "-b", "x.properties");
        isRefused("one timer engine", "switchTimerEngine", "-b", broker, "-e", "F");
        String name = server.brokerName();
        String cluster = server.clusterName();
        isRefused("no broker container", "removeBroker", "-c", broker, "-b", cluster + ":" + name + ":1");
        isRefused(noController, "electMaster", "-a", broker, "-b", "1", "-bn", name, "-c", cluster);
        isRefused(noController, "cleanBrokerMetadata", "-a", broker, "-b", "1", "-bn", name, "-c", cluster);
        isRefused("no RocksDB", "rocksDBConfigToJson", "-c", cluster);
        isRefused("no RocksDB", "checkRocksdbCqWriteProgress", "-c", cluster, "-t", topic);
    }
}
