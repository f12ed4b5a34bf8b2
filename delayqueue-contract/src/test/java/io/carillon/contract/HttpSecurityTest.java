package io.carillon.contract;

import static io.carillon.contract.ApiProblemAssertions.assertProblem;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.api.delayqueue.v1.DelayQueueGrpc;
import io.carillon.api.delayqueue.v1.DeleteGroupRequest;
import io.carillon.api.delayqueue.v1.GetLimitsRequest;
import io.carillon.api.delayqueue.v1.ListMessagesRequest;
import io.carillon.api.delayqueue.v1.ListMessagesResponse;
import io.carillon.api.delayqueue.v1.ListTopicsRequest;
import io.carillon.api.delayqueue.v1.ListTopicsResponse;
import io.carillon.api.delayqueue.v1.NewMessage;
import io.carillon.api.delayqueue.v1.PauseGroupRequest;
import io.carillon.api.delayqueue.v1.PullRequest;
import io.carillon.api.delayqueue.v1.PutGroupRequest;
import io.carillon.api.delayqueue.v1.PutTopicRequest;
import io.carillon.api.delayqueue.v1.SendRequest;
import io.carillon.base.ByteSize;
import io.carillon.http.Action;
import io.carillon.http.Caller;
import io.carillon.http.Callers;
import io.carillon.http.HttpConfig;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Who may ask what of the HTTP port, how much and how often. */
class HttpSecurityTest {
    private static final Map<String, Caller> BY_TOKEN = Map.of(
            "sender-token", new Caller("sender", Set.of(Action.SEND), List.of("orders", "audit-*")),
            "own-token", new Caller("own", Set.of(Action.values()), List.of("mine")),
            "look-token", new Caller("look", Set.of(Action.VIEW), List.of("seen", "seen-*")),
            "busy-token", new Caller("busy", Set.of(Action.SEND, Action.RECEIVE, Action.VIEW), List.of("*")),
            "wide-token", new Caller("wide", Set.of(Action.values()), List.of("*")),
            "all-token", new Caller("all", Set.of(Action.values()), List.of("*")));
    private static final int RATE = 20;
    private static final ByteSize REQUESTS = ByteSize.kib(64);
    private static final int PATIENCE_MS = 10_000;

    private static EmbeddedServer server;

    @BeforeAll
    static void start() throws Exception {
        HttpConfig config = new HttpConfig(
                true, Path.of(""), REQUESTS, REQUESTS, 100, 100, RATE, Duration.ofMinutes(1), Duration.ofSeconds(5));
        server = new EmbeddedServer(config, new Callers() {
            @Override
            public boolean isOpen() {
                return false;
            }

            @Override
            public @Nullable Caller byToken(String token) {
                return BY_TOKEN.get(token);
            }

            @Override
            public @Nullable Caller byCertificate(String commonName) {
                return null;
            }
        });
    }

    @AfterAll
    static void stop() throws Exception {
        server.close();
    }

    private static void with(String token, java.util.function.Consumer<ApiClient> work) {
        List<Function<String, ApiClient>> kinds =
                List.of(it -> new JsonClient(server.port(), it), it -> new GrpcClient(server.port(), it));
        for (Function<String, ApiClient> kind : kinds) {
            try (ApiClient client = kind.apply(token)) {
                work.accept(client);
            }
        }
    }

    private static void send(ApiClient client, String topic) {
        client.call(
                DelayQueueGrpc.getSendMethod(),
                SendRequest.newBuilder()
                        .setTopic(topic)
                        .setMessage(NewMessage.newBuilder().setText("x"))
                        .build());
    }

    @Test
    void nobodyGetsInWithoutATokenOfThisServer() {
        with("", client -> assertProblem("unauthenticated", () -> send(client, "orders")));
        with("wrong", client -> assertProblem("unauthenticated", () -> send(client, "orders")));
        try (JsonClient client = new JsonClient(server.port(), "")) {
            assertThat(client.send(client.to("/metrics").GET()).statusCode()).isEqualTo(401);
            assertThat(client.send(client.to("/health").GET()).statusCode()).isEqualTo(200);
            assertThat(client.send(client.to("/ready").GET()).statusCode()).isEqualTo(200);
        }
    }

    @Test
    void aTokenIsGoodForItsTopicsAndActionsOnly() {
        with("sender-token", client -> {
            send(client, "orders");
            send(client, "audit-2026");
            assertProblem("forbidden", () -> send(client, "other"));
            assertProblem(
                    "forbidden",
                    () -> client.call(
                            DelayQueueGrpc.getPullMethod(),
                            PullRequest.newBuilder()
                                    .setTopic("orders")
                                    .setGroup("g")
                                    .build()));
            assertProblem(
                    "forbidden",
                    () -> client.call(
                            DelayQueueGrpc.getPutTopicMethod(),
                            PutTopicRequest.newBuilder().setTopic("orders").build()));
        });
    }

    @Test
    void whoMaySeeSomeTopicsSeesTheFiguresOfThoseOnly() {
        try (JsonClient all = new JsonClient(server.port(), "all-token");
                JsonClient some = new JsonClient(server.port(), "look-token")) {
            for (String topic : List.of("seen", "seen-too", "unseen")) {
                pull(all, topic, "watched");
                send(all, topic);
            }
            assertThat(series(some))
                    .contains("delayqueue_ready_messages{group=\"watched\",topic=\"seen\"} 1")
                    .contains("delayqueue_ready_messages{group=\"watched\",topic=\"seen-too\"} 1")
                    .allMatch(line -> line.contains("topic=\"seen\"") || line.contains("topic=\"seen-too\""));
            assertThat(series(all))
                    .contains("delayqueue_ready_messages{group=\"watched\",topic=\"unseen\"} 1")
                    .anyMatch(line -> line.startsWith("http_requests_total"));
        }
    }

    @Test
    void whoMaySeeSomeTopicsIsToldOfThoseOnly() {
        try (JsonClient all = new JsonClient(server.port(), "wide-token")) {
            for (String topic : List.of("aside", "seen", "seen-again", "unseen-too")) {
                send(all, topic);
            }
        }
        with("look-token", client -> {
            assertThat(topics(client, 1)).contains("seen", "seen-again").allMatch(name -> name.startsWith("seen"));
            assertThat(topicsOfMessages(client))
                    .contains("seen", "seen-again")
                    .allMatch(name -> name.startsWith("seen"));
        });
        with("wide-token", client -> {
            assertThat(topics(client, 100)).contains("aside", "seen", "seen-again", "unseen-too");
            assertThat(topicsOfMessages(client)).contains("aside", "seen", "seen-again", "unseen-too");
        });
        with("sender-token", client -> {
            assertProblem("forbidden", () -> topics(client, 1));
            assertProblem("forbidden", () -> topicsOfMessages(client));
        });
    }

    @Test
    void whoeverMayAskAnythingIsToldTheLimits() {
        for (String token : List.of("sender-token", "look-token")) {
            with(
                    token,
                    client -> assertThat(client.call(
                                            DelayQueueGrpc.getGetLimitsMethod(), GetLimitsRequest.getDefaultInstance())
                                    .getPullMax())
                            .isPositive());
        }
    }

    /** No token of a page says the name of a topic that is not to be seen. */
    private static List<String> topics(ApiClient client, int pageSize) {
        List<String> all = new ArrayList<>();
        List<String> tokens = new ArrayList<>();
        do {
            ListTopicsResponse page = client.call(
                    DelayQueueGrpc.getListTopicsMethod(),
                    ListTopicsRequest.newBuilder()
                            .setPageSize(pageSize)
                            .setPageToken(tokens.isEmpty() ? "" : tokens.getLast())
                            .build());
            page.getTopicsList().forEach(one -> all.add(one.getTopic()));
            tokens.add(page.getNextPageToken());
        } while (!tokens.getLast().isEmpty());
        assertThat(all).containsAll(tokens.subList(0, tokens.size() - 1));
        return all;
    }

    private static List<String> topicsOfMessages(ApiClient client) {
        List<String> all = new ArrayList<>();
        String token = "";
        do {
            ListMessagesResponse page = client.call(
                    DelayQueueGrpc.getListMessagesMethod(),
                    ListMessagesRequest.newBuilder().setPageToken(token).build());
            page.getMessagesList().forEach(one -> all.add(one.getTopic()));
            token = page.getNextPageToken();
        } while (!token.isEmpty());
        return all;
    }

    private static List<String> series(JsonClient client) {
        var page = client.send(client.to("/metrics").GET());
        assertThat(page.statusCode()).isEqualTo(200);
        return page.body().lines().filter(line -> !line.startsWith("#")).toList();
    }

    /** A group of the broker is one for all topics. */
    @Test
    void aGroupIsChangedByWhoeverMayChangeEachTopicOfIt() {
        with("all-token", client -> pull(client, "orders", "billing"));
        with("own-token", client -> {
            pull(client, "mine", "own");
            pull(client, "mine", "billing");
            assertProblem("forbidden", () -> put(client, "mine", "billing"));
            assertProblem("forbidden", () -> pause(client, "mine", "billing"));
            assertProblem("forbidden", () -> delete(client, "mine", "billing"));
            assertProblem("forbidden", () -> delete(client, "orders", "billing"));
            put(client, "mine", "own");
            pause(client, "mine", "own");
            assertThat(delete(client, "mine", "own")).isTrue();
        });
        with("all-token", client -> put(client, "mine", "billing"));
    }

    private static void pull(ApiClient client, String topic, String group) {
        client.call(
                DelayQueueGrpc.getPullMethod(),
                PullRequest.newBuilder().setTopic(topic).setGroup(group).build());
    }

    private static void put(ApiClient client, String topic, String group) {
        client.call(
                DelayQueueGrpc.getPutGroupMethod(),
                PutGroupRequest.newBuilder().setTopic(topic).setGroup(group).build());
    }

    private static void pause(ApiClient client, String topic, String group) {
        client.call(
                DelayQueueGrpc.getPauseGroupMethod(),
                PauseGroupRequest.newBuilder().setTopic(topic).setGroup(group).build());
    }

    private static boolean delete(ApiClient client, String topic, String group) {
        return client.call(
                        DelayQueueGrpc.getDeleteGroupMethod(),
                        DeleteGroupRequest.newBuilder()
                                .setTopic(topic)
                                .setGroup(group)
                                .build())
                .getDeleted();
    }

    @Test
    void aRequestThatIsTooLargeIsNotRead() {
        try (JsonClient client = new JsonClient(server.port(), "all-token")) {
            var answer = client.send(
                    client.to("/v1/topics/t/messages").POST(BodyPublishers.ofByteArray(new byte[(64 << 10) + 1])));
            assertThat(answer.statusCode()).isEqualTo(413);
            assertThat(answer.body()).contains("\"limit\":\"requestBytesMax\"").contains("\"max\":65536");
        }
    }

    /** It would take the room of all others until its time is over. */
    @Test
    void whatIsAnnouncedByWhoMayNotAskTakesNoRoom() throws IOException {
        String head = "POST /carillon.delayqueue.v1.DelayQueue/Send HTTP/1.1\r\nhost: localhost\r\n"
                + "content-type: application/grpc+proto\r\ncontent-length: " + REQUESTS.bytes() + "\r\n\r\n";
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
            socket.setSoTimeout(PATIENCE_MS);
            socket.getOutputStream().write(head.getBytes(US_ASCII));
            byte[] first = socket.getInputStream().readNBytes("HTTP/1.1 200".length());
            assertThat(new String(first, US_ASCII)).isEqualTo("HTTP/1.1 200");

            with("wide-token", client -> send(client, "orders"));
        }
    }

    @Test
    void whoAsksTooOftenIsToldToWait() {
        try (JsonClient client = new JsonClient(server.port(), "busy-token")) {
            boolean isTurnedAway = false;
            for (int i = 0; i < 40 * RATE && !isTurnedAway; i++) {
                var answer = client.send(client.to("/v1/limits").GET());
                isTurnedAway = answer.statusCode() == 429;
                if (isTurnedAway) {
                    assertThat(answer.body()).contains("requestRateMax").contains("\"max\":" + RATE);
                    assertThat(answer.headers().firstValue("retry-after")).contains("1");
                }
            }
            assertThat(isTurnedAway).isTrue();
        }
    }

    @Test
    void aWebPageOfSomebodyElseIsTurnedAway() {
        try (JsonClient client = new JsonClient(server.port(), "all-token")) {
            var answer = client.send(client.to("/v1/topics/t/messages")
                    .header("origin", "http://evil.example")
                    .POST(BodyPublishers.ofString("{}")));
            assertThat(answer.statusCode()).isEqualTo(403);
        }
    }
}
