package io.carillon.systemtests.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.systemtests.harness.CarillonCommand;
import io.carillon.systemtests.harness.CarillonGroup;
import io.carillon.systemtests.harness.CarillonServer;
import io.carillon.systemtests.harness.Certificate;
import io.carillon.systemtests.harness.Names;
import io.carillon.systemtests.harness.Workspace;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/**
 * The HTTP API of brokers that replicate one log: at each of them, whoever leads, and when that one is no more. It is encrypted,
 * and the client is known by its certificate alone, at members that pass on what it asks, too.
 */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class) // the last one leaves no group
class GroupHttpTest {
    private static final int OK = 200;
    private static final int UNAVAILABLE = 503;
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    /** A wait that is as long as may be, and ends much earlier. */
    private static final String LONG_WAIT = "{\"wait\":\"30s\"}";

    private static final int SOON_S = 15;

    private static final Pattern RECEIPT = Pattern.compile("\"receipt\":\"([^\"]+)\"");
    private static final Pattern TEXT = Pattern.compile("\"text\":\"([^\"]+)\"");

    private static HttpClient client;
    private static CarillonGroup group;

    @BeforeAll
    static void start() throws Exception {
        Path folder = Workspace.folder("group-http-certificate");
        Path certificate = folder.resolve("web.pem");
        Path key = folder.resolve("web-key.pem");
        Certificate web = Certificate.make(folder, "web");
        web.copyTo(certificate, key);
        Path tokens = Files.writeString(folder.resolve("tokens"), "web certificate send,receive,view *\n");
        List<String> arguments = new ArrayList<>(List.of("--http-port", "0"));
        for (String setting : List.of(
                "tls.certificate=" + certificate,
                "tls.key=" + key,
                "tls.trust=" + certificate,
                "http.tokens=" + tokens,
                "security.cluster-user=members",
                "security.cluster-secret=of the members")) {
            arguments.addAll(List.of("--set", setting));
        }
        client = HttpClient.newBuilder().sslContext(web.ofClient()).build();
        group = CarillonGroup.start("group-http", 3, arguments.toArray(String[]::new));
    }

    @AfterAll
    static void stop() {
        group.close();
        client.close();
    }

    @BeforeEach
    void awaitThatAllServeHttp() {
        for (CarillonServer node : group.nodes()) {
            await("a ready node").until(() -> get(node, "/ready").statusCode() == OK);
        }
    }

    private static ConditionFactory await(String what) {
        return Awaitility.await(what)
                .atMost(PATIENCE)
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(20))
                .ignoreExceptionsInstanceOf(IOException.class);
    }

    private record Topic(String name) {
        static Topic fresh() {
            return new Topic(Names.unique("group-http"));
        }

        String messages() {
            return "/v1/topics/" + name + "/messages";
        }

        String pull() {
            return "/v1/topics/" + name + "/groups/web:pull";
        }

        String statistics() {
            return "/v1/topics/" + name + "/statistics";
        }

        String ack() {
            return "/v1/topics/" + name + "/groups/web:ack";
        }
    }

    @Test
    @Order(1)
    void endsWaitsAtALeaderThatHandsOverSoThatClientsAskAgain() throws Exception {
        Topic topic = Topic.fresh();
        CarillonServer leader = group.awaitLeader();
        CarillonServer next = group.nodes().stream()
                .filter(node -> node != leader)
                .findFirst()
                .orElseThrow();
        send(next, topic, "{\"text\":\"made\"}");
        acknowledge(next, topic, all(RECEIPT, done(leader, topic.pull(), "{\"wait\":\"10s\"}")));
        CompletableFuture<HttpResponse<String>> atLeader = ask(leader, topic.pull(), LONG_WAIT);
        CompletableFuture<HttpResponse<String>> atFollower = ask(next, topic.pull(), LONG_WAIT);
        awaitWaiting(leader, topic, 2);

        CarillonCommand.run(
                leader.data().resolveSibling("commands"),
                "cluster",
                "transfer",
                Integer.toString(group.number(next)),
                "--broker",
                leader.broker());

        assertToldToAskAgain(atLeader);
        assertToldToAskAgain(atFollower);
        await("the old leader passes on")
                .until(() -> get(leader, topic.statistics()).statusCode() == OK);
        CompletableFuture<HttpResponse<String>> askedAgain = ask(leader, topic.pull(), LONG_WAIT);
        send(next, topic, "{\"text\":\"after\"}");
        assertThat(all(TEXT, askedAgain.get(SOON_S, TimeUnit.SECONDS))).containsExactly("after");
    }

    /** Leaves one member, which is none of a majority. */
    @Test
    @Order(2)
    void servesEverywhereWhatWasSentOverAFollowerWhoseLeaderIsKilled() throws Exception {
        Topic topic = Topic.fresh();
        CarillonServer leader = group.awaitLeader();
        List<CarillonServer> followers =
                group.nodes().stream().filter(node -> node != leader).toList();
        CarillonServer first = followers.getFirst();
        CarillonServer second = followers.getLast();
        List<String> later = IntStream.range(0, 30).mapToObj(n -> "later-" + n).toList();
        for (String text : List.of("now-0", "now-1", "now-2")) {
            send(first, topic, "{\"text\":\"" + text + "\"}");
        }
        Set<String> acknowledged = new TreeSet<>();
        List<String> held = new ArrayList<>();
        while (acknowledged.size() + held.size() < 3) {
            HttpResponse<String> got = done(second, topic.pull(), "{\"wait\":\"10s\",\"max\":1}");
            if (acknowledged.size() < 2) {
                acknowledge(first, topic, all(RECEIPT, got));
                acknowledged.addAll(all(TEXT, got));
            } else {
                held.addAll(all(RECEIPT, got));
            }
        }
        for (String text : later) {
            send(first, topic, "{\"text\":\"" + text + "\",\"delay\":\"1s\",\"idempotencyKey\":\"" + text + "\"}");
        }
        Topic quiet = Topic.fresh();
        CompletableFuture<HttpResponse<String>> waiting = ask(second, quiet.pull(), LONG_WAIT);
        awaitWaiting(leader, quiet, 1);

        leader.kill();

        assertToldToAskAgain(waiting);
        List<String> taken = new ArrayList<>();
        acknowledge(second, topic, held); // given by the one that is dead
        for (int n = 0; taken.size() < later.size(); n++) {
            CarillonServer asked = followers.get(n % 2);
            HttpResponse<String> got = done(asked, topic.pull(), "{\"wait\":\"10s\",\"max\":7}");
            taken.addAll(all(TEXT, got));
            acknowledge(followers.get(1 - n % 2), topic, all(RECEIPT, got));
        }
        assertThat(taken).containsExactlyInAnyOrderElementsOf(later);
        for (CarillonServer node : followers) {
            assertThat(all(TEXT, done(node, topic.pull(), "{\"max\":32}"))).isEmpty();
        }
        HttpResponse<String> again =
                done(first, topic.messages(), "{\"text\":\"later-0\",\"idempotencyKey\":\"later-0\"}");
        assertThat(again.body()).contains("\"repeated\":true");

        second.kill();
        assertSaysThatNobodyLeads(first);
    }

    /** Its own pages answer all the same. */
    private static void assertSaysThatNobodyLeads(CarillonServer alone) throws Exception {
        await("no leader").until(() -> get(alone, "/ready").statusCode() == UNAVAILABLE);
        assertToldToAskAgain(ask(alone, Topic.fresh().messages(), "{\"text\":\"in vain\"}"));
        assertThat(get(alone, "/health").statusCode()).isEqualTo(OK);
        assertThat(get(alone, "/metrics").body()).contains("http_requests_total");
    }

    // ---- asking

    private static HttpResponse<String> get(CarillonServer node, String path) throws IOException, InterruptedException {
        return client.send(HttpRequest.newBuilder(uri(node, path)).build(), BodyHandlers.ofString());
    }

    private static void awaitWaiting(CarillonServer leader, Topic topic, int count) {
        await("so many wait: " + count)
                .until(() -> get(leader, topic.statistics()).body().contains("\"waiting\":\"" + count + "\""));
    }

    private static URI uri(CarillonServer node, String path) {
        return URI.create("https://127.0.0.1:" + node.httpPort() + path);
    }

    private static CompletableFuture<HttpResponse<String>> ask(CarillonServer node, String path, String body) {
        HttpRequest request = HttpRequest.newBuilder(uri(node, path))
                .POST(BodyPublishers.ofString(body))
                .build();
        return client.sendAsync(request, BodyHandlers.ofString());
    }

    /** Asks as often as it is told to. */
    private static HttpResponse<String> done(CarillonServer node, String path, String body) {
        HttpResponse<String> answer = await("an answer to " + path)
                .until(
                        () -> ask(node, path, body).get(SOON_S, TimeUnit.SECONDS),
                        told -> told.statusCode() != UNAVAILABLE);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(OK);
        return answer;
    }

    private static void send(CarillonServer node, Topic topic, String message) {
        assertThat(done(node, topic.messages(), message).body()).contains("\"id\"");
    }

    private static void acknowledge(CarillonServer node, Topic topic, List<String> receipts) {
        if (!receipts.isEmpty()) {
            String body = "{\"receipts\":[\"" + String.join("\",\"", receipts) + "\"]}";
            assertThat(done(node, topic.ack(), body).body())
                    .contains("\"DONE\"")
                    .doesNotContain("\"TOO_LATE\"", "\"INVALID\"");
        }
    }

    private static void assertToldToAskAgain(CompletableFuture<HttpResponse<String>> asked)
            throws ExecutionException, InterruptedException, TimeoutException {
        HttpResponse<String> told = asked.get(SOON_S, TimeUnit.SECONDS);
        assertThat(told.statusCode()).as(told.body()).isEqualTo(UNAVAILABLE);
        assertThat(told.headers().firstValue("content-type")).hasValue("application/problem+json");
        assertThat(told.headers().firstValue("retry-after")).hasValue("1");
        assertThat(told.body()).contains("\"code\":\"unavailable\"");
    }

    private static List<String> all(Pattern what, HttpResponse<String> answer) {
        return what.matcher(answer.body())
                .results()
                .map(found -> found.group(1))
                .toList();
    }
}
