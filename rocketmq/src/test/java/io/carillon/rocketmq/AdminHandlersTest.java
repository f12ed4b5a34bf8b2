package io.carillon.rocketmq;

import static org.assertj.core.api.Assertions.assertThat;

import com.alibaba.fastjson2.JSON;
import com.alibaba.fastjson2.JSONObject;
import io.carillon.base.Agent;
import io.carillon.base.ByteSize;
import io.carillon.base.Counters;
import io.carillon.base.Ticker;
import io.carillon.broker.Broker;
import io.carillon.broker.BrokerConfig;
import io.carillon.log.AppendBatch;
import io.carillon.log.LogConfig;
import io.carillon.message.MessageRecord;
import io.carillon.message.RecordEncoder;
import io.carillon.message.RecordScan;
import io.carillon.remoting.Dispatcher;
import io.carillon.remoting.IoGroup;
import io.carillon.remoting.RemotingClient;
import io.carillon.remoting.RemotingConfig;
import io.carillon.remoting.RemotingServer;
import io.carillon.remoting.Reply;
import io.carillon.remoting.Response;
import io.carillon.testkit.Changed;
import io.carillon.testkit.LossyStorage;
import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The admin codes over a real connection, on a broker whose disk is in memory. */
@Timeout(60)
class AdminHandlersTest {
    private static final String UNIQUE = "7F0000010001000000000000000000AA";

    private final Ticker ticker = Ticker.system();
    private final Counters counters = new Counters();
    private Broker broker;
    private IoGroup io;
    private RemotingServer server;
    private RemotingClient client;
    private Thread agents;
    private volatile boolean isRunning = true;

    @BeforeEach
    void start() throws Exception {
        broker = Broker.open(config(), new LossyStorage(), ticker, counters, new Random(1), Runnable::run);
        agents = Thread.ofPlatform().start(this::runAgents);
        io = IoGroup.open(1, Thread.ofPlatform().daemon().factory(), RemotingConfig.DEFAULT, ticker, counters);
        Dispatcher dispatcher = new Dispatcher();
        Aside aside = new Aside(work -> Thread.ofVirtual().start(work), Room.ofAdmin(counters));
        List<Handlers> families = List.of(
                new OffsetHandler(broker.admin(), aside),
                new TopicHandler(broker.admin(), "broker-a", aside, () -> CompletableFuture.completedFuture(null)),
                new GroupHandler(broker.admin(), true, () -> "127.0.0.1:1", aside),
                new ConsumptionHandler(broker.admin(), "broker-a", () -> "127.0.0.1:1", aside),
                new MessageQueryHandler(broker.log(), ticker, aside, false),
                new RuntimeHandler(new RuntimeFigures(broker.admin().stats(), broker.log(), counters), aside),
                new StatsHandler(broker.admin(), aside),
                new ReplicasHandler(broker.log(), null, aside),
                new SettingsHandler(
                        () -> new BrokerSettings(broker.config(), LiveSettings.NONE, "127.0.0.1", 1), aside));
        families.forEach(family -> family.register(dispatcher));
        server = RemotingServer.listen(io, new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), dispatcher);
        client = new RemotingClient(io, new Dispatcher());
    }

    private void runAgents() {
        while (isRunning) {
            int done = 0;
            for (Agent agent : broker.agents()) {
                done += agent.doWork();
            }
            if (done == 0) {
                LockSupport.parkNanos(200_000);
            }
        }
    }

    @AfterEach
    void stop() throws Exception {
        client.close();
        server.close();
        io.close();
        isRunning = false;
        agents.join();
        broker.close();
    }

    @Test
    void makesChangesAndDeletesATopic() throws Exception {
        assertThat(ask(17, topic("T1", 2, "+message.type=FIFO")).code()).isZero();
        assertThat(json(ask(351, ext("topic", "T1"))))
                .containsEntry("readQueueNums", 2)
                .containsEntry("attributes", Map.of("message.type", "FIFO"));
        assertThat(text(ask(202, ext("topic", "T1"))))
                .contains("{\"brokerName\":\"broker-a\",\"queueId\":1,\"topic\":\"T1\"}:{\"lastUpdateTimestamp\":0");

        assertThat(ask(17, topic("T1", 4, "-message.type,+queue.type=SimpleCQ,+reserve.time=-1"))
                        .code())
                .isZero();
        assertThat(json(ask(351, ext("topic", "T1"))))
                .containsEntry("readQueueNums", 4)
                .containsEntry("attributes", Map.of("queue.type", "SimpleCQ", "reserve.time", "-1"));

        assertThat(ask(215, ext("topic", "T1")).code()).isZero();
        assertThat(ask(351, ext("topic", "T1")).code()).isEqualTo(17);
        assertThat(ask(202, ext("topic", "T1")).code()).isEqualTo(17);
        assertThat(ask(215, ext("topic", "T1")).code()).isZero();
    }

    @Test
    void refusesTopicsThatMayNotBe() throws Exception {
        assertThat(ask(17, topic("a b", 2, "")).code()).isEqualTo(29);
        assertThat(ask(17, topic("TBW102", 2, "")).code()).isEqualTo(29);
        assertThat(ask(17, topic("T1", 1_000_000, "")).code()).isEqualTo(29);
        assertThat(ask(17, topic("T1", 2, "+nonsense=1")).code()).isEqualTo(29);
        assertThat(ask(17, topic("T1", 2, "+message.type=ODD")).remark()).contains("message.type is one of");
        assertThat(ask(17, topic("T1", 2, "+cleanup.policy=COMPACTION")).remark())
                .contains("COMPACTION is not supported");
        assertThat(ask(17, topic("T1", 2, "+queue.type=ODD")).remark()).contains("queue.type is one of");
        assertThat(ask(17, topic("T1", 2, "+reserve.time=soon")).code()).isEqualTo(29);
        assertThat(ask(17, topic("T1", 2, "+reserve.time=-2")).code()).isEqualTo(29);
        assertThat(ask(215, ext("topic", "TBW102")).code()).isEqualTo(29);
        assertThat(ask(17, ext("topic", "T1")).code()).isEqualTo(1);
        assertThat(broker.topics().find("T1")).isNull();
    }

    @Test
    void makesManyTopicsAtOnceAndListsThemByPages() throws Exception {
        String body = "{\"topicConfigList\":[{\"topicName\":\"A1\",\"readQueueNums\":1,\"writeQueueNums\":1},"
                + "{\"topicName\":\"A2\",\"perm\":4}]}";
        assertThat(ask(18, Reply.ok().body(utf8(body))).code()).isZero();

        Response page = ask(21, ext("topicSeq", "0").ext("maxTopicNum", "2"));
        assertThat(page.ext()).containsEntry("totalTopicNum", "14");
        assertThat(json(page).getJSONObject("topicConfigTable").keySet()).containsExactly("A1", "A2");
        assertThat(json(ask(21, Reply.ok())).getJSONObject("topicConfigTable")).hasSize(14);
        assertThat(json(ask(305, Reply.ok())).getJSONArray("topicList")).contains("TBW102", "DefaultCluster");
    }

    @Test
    void makesShowsAndDeletesAGroup() throws Exception {
        assertThat(ask(352, ext("group", "no name!")).code()).isEqualTo(26);
        assertThat(ask(200, Reply.ok().body(utf8("{\"groupName\":\"G\",\"retryMaxTimes\":3}")))
                        .code())
                .isZero();
        assertThat(json(ask(352, ext("group", "G")))).containsEntry("retryMaxTimes", 3);
        assertThat(json(ask(201, Reply.ok())).getJSONObject("subscriptionGroupTable"))
                .containsKeys("G", "TOOLS_CONSUMER");
        assertThat(ask(203, ext("consumerGroup", "G")).code()).isEqualTo(206);
        assertThat(ask(207, ext("groupName", "G").ext("cleanOffset", "true")).code())
                .isZero();
        assertThat(broker.groups().find("G")).isNull();
        assertThat(json(ask(352, ext("group", "G"))))
                .as("what its first use would make")
                .containsEntry("groupName", "G")
                .containsEntry("retryMaxTimes", 16);
        assertThat(broker.groups().find("G")).as("asking makes nothing").isNull();
        assertThat(ask(200, Reply.ok().body(utf8("{\"groupName\":\"G\",\"retryMaxTimes\":[]}")))
                        .remark())
                .contains("retryMaxTimes must be a whole number");
    }

    @Test
    void keepsOffsetsByTheRules() throws Exception {
        ask(17, topic("T1", 2, ""));
        Reply commit = queue("T1", 1).ext("consumerGroup", "G").ext("commitOffset", "7");
        assertThat(ask(15, commit).code()).isEqualTo(26);
        ask(200, Reply.ok().body(utf8("{\"groupName\":\"G\"}")));
        assertThat(ask(15, queue("none", 1).ext("consumerGroup", "G").ext("commitOffset", "7"))
                        .code())
                .isEqualTo(17);
        assertThat(ask(15, queue("T1", 2).ext("consumerGroup", "G").ext("commitOffset", "7"))
                        .code())
                .isEqualTo(29);

        assertThat(ask(14, queue("T1", 1).ext("consumerGroup", "G")).ext()).containsEntry("offset", "0");
        assertThat(ask(14, queue("T1", 1).ext("consumerGroup", "G").ext("setZeroIfNotFound", "false"))
                        .code())
                .isEqualTo(22);

        assertThat(ask(15, queue("T1", 1).ext("consumerGroup", "G").ext("commitOffset", "-1"))
                        .code())
                .isZero();
        assertThat(broker.offsets().current("G", "T1", 1))
                .as("none is no offset")
                .isEqualTo(-1);

        assertThat(ask(15, commit).code()).isZero();
        assertThat(ask(14, queue("T1", 1).ext("consumerGroup", "G")).ext()).containsEntry("offset", "7");
        assertThat(json(ask(43, Reply.ok())).getJSONObject("offsetTable")).isEqualTo(Map.of("T1@G", Map.of("1", 7)));
        assertThat(json(ask(300, ext("topic", "T1")))).containsEntry("groupList", List.of("G"));
        assertThat(json(ask(343, ext("group", "G"))))
                .containsEntry("topicList", List.of("T1"))
                .containsEntry("brokerAddr", "127.0.0.1:1");
    }

    @Test
    void findsAStoredMessageByOffsetKeyAndTime() throws Exception {
        ask(17, topic("T1", 1, ""));
        ask(200, Reply.ok().body(utf8("{\"groupName\":\"G\"}")));
        long beforeMs = ticker.nowMs();
        long logOffset = store("T1");
        ask(15, queue("T1", 0).ext("consumerGroup", "G").ext("commitOffset", "1"));

        Response byOffset = ask(33, ext("offset", Long.toString(logOffset)));
        assertThat(byOffset.code()).isZero();
        assertThat(MessageRecord.topic(MemorySegment.ofArray(byOffset.body()), 0))
                .isEqualTo("T1");
        assertThat(ask(33, ext("offset", Long.toString(logOffset + 1))).code()).isEqualTo(1);
        assertThat(ask(12, byKey("order-1")).body()).isEqualTo(byOffset.body());
        assertThat(ask(12, byKey(UNIQUE).ext("_UNIQUE_KEY_QUERY", "true")).body())
                .isEqualTo(byOffset.body());
        assertThat(ask(12, byKey("nothing")).code()).isEqualTo(22);

        assertThat(ask(30, queue("T1", 0)).ext()).containsEntry("offset", "1");
        assertThat(ask(30, queue("none", 0)).ext()).containsEntry("offset", "0");
        assertThat(ask(31, queue("T1", 0)).ext()).containsEntry("offset", "0");
        assertThat(ask(29, queue("T1", 0).ext("timestamp", beforeMs)).ext()).containsEntry("offset", "0");
        assertThat(ask(29, queue("T1", 0).ext("timestamp", beforeMs + 60_000)).ext())
                .containsEntry("offset", "1");
        assertThat(Long.parseLong(ask(32, queue("T1", 0)).ext().get("timestamp")))
                .isGreaterThanOrEqualTo(beforeMs);
        assertThat(text(ask(208, ext("consumerGroup", "G"))))
                .contains("{\"brokerName\":\"broker-a\",\"queueId\":0,\"topic\":\"T1\"}:"
                        + "{\"brokerOffset\":1,\"consumerOffset\":1,\"lastTimestamp\":");
        JSONObject figures = json(ask(28, Reply.ok())).getJSONObject("table");
        assertThat(figures).containsEntry("msgPutTotalTodayNow", "1");
        assertThat(figures.getLongValue("earliestMessageTimeStamp")).isGreaterThanOrEqualTo(beforeMs);
        assertThat(text(ask(317, ext("isOrder", "false")))).contains("{\"G\":[{\"consumeTps\":", "\"totalDiff\":0");
        assertThat(json(ask(303, ext("group", "G").ext("topic", "T1"))).getJSONArray("consumeTimeSpanSet"))
                .hasSize(1);
        assertThat(json(ask(315, ext("statsName", "TOPIC_PUT_NUMS").ext("statsKey", "T1")))
                        .getJSONObject("statsMinute"))
                .containsEntry("sum", 1);
        assertThat(minute("GROUP_GET_NUMS", "T1@G")).containsEntry("sum", 0);
        Response unknown = ask(315, ext("statsName", "GROUP_GET_LATENCY").ext("statsKey", "T1@G"));
        assertThat(unknown.code()).isEqualTo(1);
        assertThat(unknown.remark())
                .contains("The stats <GROUP_GET_LATENCY> <T1@G> not exist")
                .contains("GROUP_GET_NUMS");
        assertThat(ask(315, ext("statsName", "GROUP_GET_NUMS").ext("statsKey", "T1@nobody"))
                        .code())
                .isEqualTo(1);
        assertThat(ask(315, ext("statsName", "TOPIC_PUT_NUMS").ext("statsKey", "nothing"))
                        .remark())
                .contains("the key should be a topic");
    }

    private JSONObject minute(String name, String key) throws Exception {
        return json(ask(315, ext("statsName", name).ext("statsKey", key))).getJSONObject("statsMinute");
    }

    @Test
    void tellsTheFiguresThatToolsRead() throws Exception {
        JSONObject table = json(ask(28, Reply.ok())).getJSONObject("table");

        assertThat(table)
                .containsEntry("brokerVersionDesc", "carillon development build")
                .containsEntry("brokerActive", "true")
                .containsEntry("msgPutTotalTodayNow", "0")
                .containsEntry("earliestMessageTimeStamp", "-1")
                .containsEntry("dispatchBehindBytes", "0")
                .containsEntry("busy_admin_requests", "0")
                .containsEntry("busy_undecided_transactions", "0");
        for (String rate : List.of("putTps", "getTransferredTps", "getTotalTps", "getFoundTps", "getMissTps")) {
            assertThat(table.getString(rate).split(" ")).as(rate).hasSize(3).allSatisfy(Double::parseDouble);
        }
        assertThat(Double.parseDouble(table.getString("commitLogDiskRatio"))).isBetween(0.0, 1.0);
        assertThat(text(ask(26, Reply.ok()))).contains("brokerName=broker-a\n");
        assertThat(ask(26, Reply.ok()).ext()).containsKey("version");
        assertThat(ask(25, Reply.ok().body(utf8("brokerName=broker-a"))).code()).isZero();
        assertThat(ask(25, Reply.ok().body(utf8("rocketmqHome=/"))).remark()).contains("rocketmqHome");
        assertThat(json(ask(907, Reply.ok()))).containsEntry("master", true);
        assertThat(json(ask(328, Reply.ok()))).containsEntry("data", Map.of());
        assertThat(ask(204, ext("producerGroup", "P")).code()).isEqualTo(1);
        assertThat(json(ask(345, ext("group", "G").ext("topic", "T")))).isEqualTo(Map.of("group", "G", "topic", "T"));
    }

    private Response ask(int code, Reply request) throws Exception {
        return client.call(server.address(), code, request, 20_000).get(30, TimeUnit.SECONDS);
    }

    private static Reply ext(String name, String value) {
        return Reply.ok().ext(name, value);
    }

    private static Reply queue(String topic, int queue) {
        return ext("topic", topic).ext("queueId", queue);
    }

    private static Reply byKey(String key) {
        return ext("topic", "T1")
                .ext("key", key)
                .ext("maxNum", 10)
                .ext("beginTimestamp", 0)
                .ext("endTimestamp", Long.MAX_VALUE);
    }

    private static Reply topic(String name, int queues, String attributes) {
        return ext("topic", name)
                .ext("defaultTopic", "TBW102")
                .ext("readQueueNums", queues)
                .ext("writeQueueNums", queues)
                .ext("perm", 6)
                .ext("topicFilterType", "SINGLE_TAG")
                .ext("order", false)
                .ext("attributes", attributes);
    }

    private static JSONObject json(Response response) {
        assertThat(response.code()).as(String.valueOf(response.remark())).isZero();
        return JSON.parseObject(response.body());
    }

    private static String text(Response response) {
        assertThat(response.code()).as(String.valueOf(response.remark())).isZero();
        return new String(response.body(), StandardCharsets.UTF_8);
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** Stores one message as the producer's side would, and returns where it stands. */
    private long store(String topic) throws InterruptedException {
        CountDownLatch done = new CountDownLatch(1);
        AppendBatch batch = new AppendBatch(_ -> done.countDown());
        byte[] properties = utf8("KEYS\u0001order-1 order-2\u0002UNIQ_KEY\u0001" + UNIQUE + "\u0002");
        RecordEncoder.Head head = new RecordEncoder.Head();
        int size = RecordEncoder.size(head, 5, topic.length(), properties.length);
        MemorySegment room = batch.room(size);
        int at = batch.end();
        new RecordEncoder()
                .encode(room, at, head, ByteBuffer.wrap(utf8("hello")), utf8(topic), properties, properties.length);
        RecordScan scan = new RecordScan();
        scan.scan(room, MessageRecord.propertiesAt(room, at), properties.length);
        batch.add(broker.topics().find(topic).queue(0), size, scan, false);
        broker.log().append(batch);
        assertThat(done.await(20, TimeUnit.SECONDS)).isTrue();
        assertThat(batch.refusal()).isNull();
        return batch.logOffset(0);
    }

    /** With segments that fit into a disk in memory. */
    private static BrokerConfig config() {
        LogConfig small = Changed.copy(LogConfig.DEFAULT, "segmentSize", ByteSize.mib(1), "dedupCount", 1000);
        return Changed.copy(BrokerConfig.DEFAULT, "log", small);
    }
}
