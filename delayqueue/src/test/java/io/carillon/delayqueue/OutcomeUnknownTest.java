package io.carillon.delayqueue;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.carillon.api.delayqueue.v1.DelayQueueGrpc;
import io.carillon.api.delayqueue.v1.NewMessage;
import io.carillon.api.delayqueue.v1.SendRequest;
import io.carillon.base.Ticker;
import io.carillon.base.delayqueue.Delivery;
import io.carillon.base.delayqueue.Redriven;
import io.carillon.base.delayqueue.Refusal;
import io.carillon.base.delayqueue.Settled;
import io.carillon.contract.ApiClient;
import io.carillon.contract.GrpcClient;
import io.carillon.contract.JsonClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A store that goes while it is asked: what that means for who asked. */
class OutcomeUnknownTest {
    private static final String UNKNOWN = "outcome-unknown";

    private final Warnings warnings = new Warnings();
    private final AtomicBoolean killsRedis = new AtomicBoolean();
    private Rig rig;
    private DelayQueue queue;
    private Client client;

    @BeforeEach
    void open() {
        rig = Rig.fresh();
        rig.answerTimeout = Duration.ofSeconds(1);
        queue = rig.open(Ticker.system(), step -> {
            if (step == Step.REDRIVE_COMMITTED && killsRedis.getAndSet(false)) {
                rig.killRedis();
            }
        });
        client = new Client(queue, "unknown", "g");
        client.pull(1, 0);
    }

    @AfterEach
    void close() {
        warnings.close();
        rig.close();
    }

    /** It commits nothing and answers nothing as long as the statement's table is another's. */
    @Test
    void saysSoOfWhatWasUnderWayWhenMysqlWentAndIsAskedAgainSafely() throws SQLException {
        client.send("held", 0);
        Delivery held = client.pullOne(5_000);
        try (HttpNode node = new HttpNode(queue);
                JsonClient json = new JsonClient(node.port(), "");
                GrpcClient grpc = new GrpcClient(node.port(), "")) {
            try (Connection other = DriverManager.getConnection(rig.mysqlUrl);
                    Statement statement = other.createStatement()) {
                statement.execute("LOCK TABLES dq_message WRITE");
                CompletableFuture<HttpResponse<String>> overJson = CompletableFuture.supplyAsync(() -> send(json));
                CompletableFuture<String> overGrpc = CompletableFuture.supplyAsync(() -> codeOf(grpc));
                CompletableFuture<String> acknowledged = CompletableFuture.supplyAsync(
                        () -> Rig.refused(queue.acknowledge(client.where(), List.of(held.receipt())))
                                .code());
                CompletableFuture<Refusal> cancelled = CompletableFuture.supplyAsync(
                        () -> Rig.refused(queue.cancel("unknown", held.message().id())));

                HttpResponse<String> answer = Rig.get(overJson);
                assertThat(answer.statusCode()).isEqualTo(503);
                assertThat(answer.headers().firstValue("retry-after")).contains("1");
                assertThat(answer.body()).contains("\"code\":\"" + UNKNOWN + "\"", "mysql", "idempotency key");
                assertThat(Rig.get(overGrpc)).isEqualTo(UNKNOWN);
                assertThat(Rig.get(acknowledged)).isEqualTo(UNKNOWN);
                // It had only looked.
                assertThat(Rig.get(cancelled).code()).isEqualTo("unavailable");
                assertThat(Rig.get(cancelled).detail()).contains("nothing was changed");
            }

            assertThat(send(json).statusCode()).isEqualTo(200);
            assertThat(codeOf(grpc)).isEqualTo("taken");
            assertThat(client.acknowledge(held)).isEqualTo(Settled.DONE);
        }
        assertThat(texts(2)).containsExactlyInAnyOrder("over json", "over grpc");
        assertThat(warnings.lines().stream().filter(line -> line.startsWith("delayqueue_outcome_unknown")))
                .hasSize(1);
        assertThat(warnings.traces()).isEmpty();
    }

    private static HttpResponse<String> send(JsonClient json) {
        return json.send(json.to("/v1/topics/unknown/messages")
                .POST(HttpRequest.BodyPublishers.ofString("{\"text\":\"over json\",\"idempotencyKey\":\"j\"}")));
    }

    private static String codeOf(GrpcClient grpc) {
        try {
            grpc.call(
                    DelayQueueGrpc.getSendMethod(),
                    SendRequest.newBuilder()
                            .setTopic("unknown")
                            .setMessage(NewMessage.newBuilder()
                                    .setBody(ByteString.copyFromUtf8("over grpc"))
                                    .setIdempotencyKey("g"))
                            .build());
            return "taken";
        } catch (ApiClient.ApiProblem problem) {
            return problem.code();
        }
    }

    private List<String> texts(int count) {
        List<String> texts = new ArrayList<>();
        Set<String> ids = ConcurrentHashMap.newKeySet();
        while (texts.size() < count) {
            Delivery delivery = client.pullOne(10_000);
            assertThat(ids.add(delivery.message().id())).as("handed out once").isTrue();
            texts.add(client.text(delivery));
            client.acknowledge(delivery);
        }
        assertThat(client.pull(10, 500)).isEmpty();
        return texts;
    }

    @Test
    void redrivesAlsoWhenRedisGoesAfterTheCommit() {
        client.send("hopeless", 0);
        Delivery last = client.pullOne(5_000);
        for (int attempt = 1; attempt < 17; attempt++) {
            client.release(last, 0);
            last = client.pullOne(5_000);
        }
        client.release(last, 0);
        killsRedis.set(true);
        try {
            Redriven redriven = client.redrive(List.of(last.message().id()));
            assertThat(redriven).isEqualTo(new Redriven(1, 0));
            assertThat(client.deadLetters()).isEmpty();
        } finally {
            rig.stores.startRedis();
        }

        assertThat(client.pullOne(15_000).message().id())
                .isEqualTo(last.message().id());
    }

    @Test
    void saysOfRedisThatNothingWasChangedOnlyWhereItWasNotAsked() {
        client.send("held", 0);
        Delivery held = client.pullOne(5_000);
        rig.stores.ask("CLIENT PAUSE 6000 ALL\r\n");
        Refusal unanswered = Rig.refused(queue.release(client.where(), held.receipt(), 0));
        assertThat(unanswered.code()).isEqualTo(UNKNOWN);
        assertThat(unanswered.detail()).contains("redis").doesNotContain("nothing was changed");

        rig.killRedis();
        try {
            Rig.await(() -> Rig.refused(queue.release(client.where(), held.receipt(), 0))
                    .detail()
                    .contains("nothing was changed"));
        } finally {
            rig.stores.startRedis();
        }
    }
}
