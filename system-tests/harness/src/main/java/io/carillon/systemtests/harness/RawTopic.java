package io.carillon.systemtests.harness;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.carillon.systemtests.harness.RawClient.Answer;
import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.awaitility.Awaitility;

/** The requests that tests make of a broker about one topic, over a connection of their own. */
public record RawTopic(String topic) {
    public static final int OK = 0;
    public static final int NOT_FOUND = 19;
    public static final int RETRY = 20;
    public static final int OFFSET_MOVED = 21;
    private static final int UNAVAILABLE = 14;
    private static final byte[] NOTHING = {};

    /** Creates the topic with {@code queueCount} queues, or confirms it. */
    public void create(RawClient client, int queueCount) throws IOException {
        Answer answer = served(client.call(
                17,
                Map.of(
                        "topic", topic,
                        "defaultTopic", "TBW102",
                        "readQueueNums", Integer.toString(queueCount),
                        "writeQueueNums", Integer.toString(queueCount),
                        "perm", "6",
                        "topicFilterType", "SINGLE_TAG",
                        "topicSysFlag", "0",
                        "order", "false"),
                NOTHING));
        if (answer.code() != OK) {
            throw new AssertionError("cannot create " + topic + ": " + answer);
        }
    }

    public CompletableFuture<Answer> send(RawClient client, int queue, String uniqueId, byte[] body) {
        return send(client, queue, uniqueId, "", body);
    }

    /** Sends a message that is due at this time, in epoch ms. */
    public CompletableFuture<Answer> schedule(RawClient client, int queue, String uniqueId, long dueMs, byte[] body) {
        return send(client, queue, uniqueId, "TIMER_DELIVER_MS\u0001" + dueMs + "\u0002", body);
    }

    /** Recalls a message by the handle that its send was answered with. */
    public CompletableFuture<Answer> recall(RawClient client, String handle) {
        return client.send(370, Map.of("topic", topic, "recallHandle", handle), NOTHING);
    }

    private CompletableFuture<Answer> send(
            RawClient client, int queue, String uniqueId, String moreProperties, byte[] body) {
        Map<String, String> ext = new LinkedHashMap<>();
        ext.put("a", "history-producers");
        ext.put("b", topic);
        ext.put("c", "TBW102");
        ext.put("d", "4");
        ext.put("e", Integer.toString(queue));
        ext.put("f", "0");
        ext.put("g", Long.toString(System.currentTimeMillis()));
        ext.put("h", "0");
        ext.put("i", "UNIQ_KEY\u0001" + uniqueId + "\u0002WAIT\u0001true\u0002" + moreProperties);
        ext.put("j", "0");
        ext.put("k", "false");
        ext.put("m", "false");
        return client.send(310, ext, body);
    }

    /** Pulls up to 32 messages; waits at the server for {@code suspendMs} when there is none. */
    public Answer pull(RawClient client, String group, int queue, long offset, long suspendMs) throws IOException {
        Map<String, String> ext = new LinkedHashMap<>(at(queue));
        ext.put("consumerGroup", group);
        ext.put("queueOffset", Long.toString(offset));
        ext.put("maxMsgNums", "32");
        ext.put("sysFlag", suspendMs > 0 ? "6" : "4");
        ext.put("commitOffset", "0");
        ext.put("suspendTimeoutMillis", Long.toString(suspendMs));
        ext.put("subscription", "*");
        ext.put("subVersion", "1");
        ext.put("expressionType", "TAG");
        return client.call(11, ext, NOTHING);
    }

    public long offsetMin(RawClient client, int queue) throws IOException {
        return served(client.call(31, at(queue), NOTHING)).number("offset");
    }

    public long offsetMax(RawClient client, int queue) throws IOException {
        return served(client.call(30, at(queue), NOTHING)).number("offset");
    }

    public Answer commit(RawClient client, String group, int queue, long offset) throws IOException {
        Map<String, String> ext = new LinkedHashMap<>(at(queue));
        ext.put("consumerGroup", group);
        ext.put("commitOffset", Long.toString(offset));
        return client.call(15, ext, NOTHING);
    }

    public Answer committed(RawClient client, String group, int queue) throws IOException {
        Map<String, String> ext = new LinkedHashMap<>(at(queue));
        ext.put("consumerGroup", group);
        return client.call(14, ext, NOTHING);
    }

    /** Waits until a name server says that {@code broker} has the topic. */
    public void awaitRoute(String nameServer, String broker) {
        Awaitility.await("route of " + topic)
                .atMost(Duration.ofSeconds(40))
                .pollInterval(Duration.ofMillis(50))
                .ignoreExceptions()
                .until(() -> route(nameServer).contains(broker));
    }

    /** Whether a name server knows any broker that has the topic. */
    public boolean isRouted(String nameServer) throws IOException {
        return !route(nameServer).isEmpty();
    }

    private String route(String nameServer) throws IOException {
        try (RawClient client = RawClient.connect(nameServer)) {
            Answer answer = client.call(105, Map.of("topic", topic), NOTHING);
            return answer.code() == OK ? new String(answer.body(), UTF_8) : "";
        }
    }

    /** The answer, unless it says that nobody serves now: somebody may soon. */
    public static Answer served(Answer answer) throws IOException {
        if (answer.code() == UNAVAILABLE) {
            throw new IOException("nobody serves now: " + answer);
        }
        return answer;
    }

    private Map<String, String> at(int queue) {
        return Map.of("topic", topic, "queueId", Integer.toString(queue));
    }
}
