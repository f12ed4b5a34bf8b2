package io.carillon.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.util.Durations;
import io.carillon.api.delayqueue.v1.AcknowledgeRequest;
import io.carillon.api.delayqueue.v1.DelayQueueGrpc;
import io.carillon.api.delayqueue.v1.GetStatisticsRequest;
import io.carillon.api.delayqueue.v1.Message;
import io.carillon.api.delayqueue.v1.NewMessage;
import io.carillon.api.delayqueue.v1.PullRequest;
import io.carillon.api.delayqueue.v1.PullResponse;
import io.carillon.api.delayqueue.v1.SendRequest;
import io.carillon.api.delayqueue.v1.Settled;
import io.carillon.base.Counters;
import io.carillon.base.Secret;
import io.carillon.base.Ticker;
import io.carillon.base.delayqueue.Answer;
import io.carillon.base.delayqueue.DelayEngine;
import io.carillon.base.delayqueue.Health;
import io.carillon.base.delayqueue.Refusal.Unavailable;
import io.carillon.broker.BrokerConfig;
import io.carillon.broker.delayqueue.EmbeddedEngine;
import io.carillon.http.Action;
import io.carillon.http.Caller;
import io.carillon.http.Callers;
import io.carillon.http.Elsewhere;
import io.carillon.http.HttpConfig;
import io.carillon.http.HttpFront;
import java.lang.reflect.Proxy;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A port that passes on what it is asked to another one, which trusts everybody, while this one does not. */
class RelayTest {
    private static final String TOKEN = "a-token";
    private static final long PATIENCE_S = 10;

    private static final ScheduledExecutorService ASIDE = Executors.newScheduledThreadPool(1);
    private static EmbeddedServer leader;
    private static HttpFront front;
    private static volatile @Nullable InetSocketAddress target;

    @BeforeAll
    static void start() throws Exception {
        leader = new EmbeddedServer(HttpConfig.DEFAULT, new Everybody());
        front = HttpFront.listen(
                at(0),
                new HttpFront.Parts(
                        refusing(),
                        HttpConfig.DEFAULT,
                        new OneToken(),
                        null,
                        Thread.ofPlatform().daemon().name("relay-", 1).factory(),
                        1,
                        ASIDE,
                        () -> true,
                        Ticker.system(),
                        new Counters()),
                new Elsewhere(() -> target, Secret.NONE));
    }

    @AfterAll
    static void stop() throws Exception {
        front.close();
        leader.close();
        ASIDE.shutdownNow();
    }

    @BeforeEach
    void passOn() {
        target = at(leader.port());
        front.retarget();
    }

    private static InetSocketAddress at(int port) {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    }

    private static final class OneToken implements Callers {
        @Override
        public boolean isOpen() {
            return false;
        }

        @Override
        public @Nullable Caller byToken(String token) {
            return token.equals(TOKEN) ? new Caller("one", Set.of(Action.values()), List.of("*")) : null;
        }

        @Override
        public @Nullable Caller byCertificate(String commonName) {
            return null;
        }
    }

    /** An engine that is never to be asked for anything but what it is. */
    private static DelayEngine refusing() {
        return (DelayEngine) Proxy.newProxyInstance(
                DelayEngine.class.getClassLoader(),
                new Class<?>[] {DelayEngine.class},
                (_, method, _) -> switch (method.getName()) {
                    case "name" -> "refusing";
                    case "limits" -> EmbeddedEngine.limits(BrokerConfig.DEFAULT);
                    case "metrics" -> List.of();
                    case "health" -> CompletableFuture.completedFuture(new Health(true, List.of()));
                    default ->
                        CompletableFuture.completedFuture(
                                Answer.refused(new Unavailable("group", "asked here", 1_000)));
                });
    }

    private static void byBoth(String token, Consumer<ApiClient> work) {
        try (ApiClient json = new JsonClient(front.port(), token);
                ApiClient grpc = new GrpcClient(front.port(), token)) {
            work.accept(json);
            work.accept(grpc);
        }
    }

    private static SendRequest message(String topic, String text) {
        return SendRequest.newBuilder()
                .setTopic(topic)
                .setMessage(NewMessage.newBuilder().setText(text))
                .build();
    }

    private static PullRequest pull(String topic) {
        return PullRequest.newBuilder()
                .setTopic(topic)
                .setGroup("g")
                .setWait(Durations.fromSeconds(20))
                .build();
    }

    @Test
    void passesOnBothWaysOfAsking() {
        byBoth(TOKEN, client -> {
            client.call(DelayQueueGrpc.getSendMethod(), message("passed-on", "text"));
            PullResponse pulled = client.call(DelayQueueGrpc.getPullMethod(), pull("passed-on"));
            Message got = pulled.getMessages(0).getMessage();
            assertThat(got.getText() + got.getBody().toStringUtf8()).isEqualTo("text");
            var outcomes = client.call(
                    DelayQueueGrpc.getAcknowledgeMethod(),
                    AcknowledgeRequest.newBuilder()
                            .setTopic("passed-on")
                            .setGroup("g")
                            .addReceipts(pulled.getMessages(0).getReceipt())
                            .build());
            assertThat(outcomes.getOutcomesList()).containsExactly(Settled.DONE);
        });
    }

    @Test
    void turnsAwayItselfWhoMayNotAsk() {
        byBoth("wrong", client -> assertCode("unauthenticated", client));
    }

    @Test
    void saysThatNobodyIsThereInTheWordsOfWhoAsks() throws Exception {
        try (ServerSocket nobody = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            int port = nobody.getLocalPort();
            nobody.close();
            target = at(port);
            byBoth(TOKEN, client -> assertCode("unavailable", client));
        }
        try (JsonClient client = new JsonClient(front.port(), TOKEN)) {
            HttpResponse<String> told =
                    client.send(client.requestOf(DelayQueueGrpc.getSendMethod(), message("t", "x")));
            assertThat(told.headers().firstValue("retry-after")).hasValue("1");
        }
    }

    private static void assertCode(String code, ApiClient client) {
        assertThatThrownBy(() -> client.call(DelayQueueGrpc.getSendMethod(), message("t", "x")))
                .isInstanceOfSatisfying(
                        ApiClient.ApiProblem.class,
                        problem -> assertThat(problem.code()).isEqualTo(code));
    }

    @Test
    void passesOnNothingTwiceAndNotItsOwnPages() {
        try (JsonClient client = new JsonClient(front.port(), TOKEN)) {
            HttpResponse<String> twice = client.send(client.requestOf(DelayQueueGrpc.getSendMethod(), message("t", "x"))
                    .header("carillon-relayed", "1"));
            assertThat(twice.statusCode()).isEqualTo(503);
            assertThat(twice.body()).contains("asked here");
            assertThat(client.send(client.to("/health")).body()).contains("refusing");
        }
    }

    @Test
    void endsWhatWaitsElsewhereWhenAnotherNodeIsToBeAsked() throws Exception {
        try (JsonClient client = new JsonClient(front.port(), TOKEN)) {
            CompletableFuture<HttpResponse<String>> waiting = CompletableFuture.supplyAsync(
                    () -> client.send(client.requestOf(DelayQueueGrpc.getPullMethod(), pull("elsewhere"))));
            awaitWaiting("elsewhere", 1);
            target = null;
            front.retarget();
            assertThat(waiting.get(PATIENCE_S, TimeUnit.SECONDS).statusCode()).isEqualTo(503);
        }
        awaitWaiting("elsewhere", 0);
    }

    @Test
    void whoGoesAwayIsGoneThereToo() throws Exception {
        JsonClient client = new JsonClient(front.port(), TOKEN);
        CompletableFuture<?> gone = CompletableFuture.runAsync(
                () -> client.send(client.requestOf(DelayQueueGrpc.getPullMethod(), pull("gone"))));
        awaitWaiting("gone", 1);
        client.close();
        assertThat(gone.handle((_, fault) -> fault != null).get(PATIENCE_S, TimeUnit.SECONDS))
                .isTrue();
        awaitWaiting("gone", 0);
    }

    private static void awaitWaiting(String topic, long count) {
        long deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_S);
        try (JsonClient client = new JsonClient(leader.port(), "")) {
            while (waiting(client, topic) != count) {
                assertThat(System.nanoTime() - deadlineNs)
                        .as("so many wait: " + count)
                        .isNegative();
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(2));
            }
        }
    }

    private static long waiting(ApiClient client, String topic) {
        try {
            return client
                    .call(
                            DelayQueueGrpc.getGetStatisticsMethod(),
                            GetStatisticsRequest.newBuilder().setTopic(topic).build())
                    .getGroupsList()
                    .stream()
                    .mapToLong(group -> group.getWaiting())
                    .sum();
        } catch (ApiClient.ApiProblem _) { // the topic is not there yet
            return 0;
        }
    }
}
