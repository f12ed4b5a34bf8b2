package io.carillon.systemtests.clients;

import static org.assertj.core.api.Assertions.assertThat;

import com.alibaba.fastjson2.JSON;
import com.alibaba.fastjson2.JSONObject;
import io.carillon.systemtests.harness.Names;
import io.carillon.systemtests.harness.Server;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The same messages over HTTP and with the official client. */
class HttpInteropTest {
    private static Server server;
    private static HttpClient http;
    private Clients clients;

    @BeforeAll
    static void start() {
        Assumptions.assumeFalse(Server.isApache(), "Apache's broker has no such port");
        server = Server.startCarillon("http-interop", "--http-port", "0");
        http = HttpClient.newHttpClient();
    }

    @AfterAll
    static void stop() {
        if (server != null) {
            http.shutdownNow();
            server.close();
        }
    }

    @BeforeEach
    void makeClients() {
        clients = new Clients(server);
    }

    @AfterEach
    void shutClients() {
        clients.close();
    }

    private static JSONObject post(String path, String json) throws Exception {
        var answer = http.send(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.httpPort() + path))
                        .POST(BodyPublishers.ofString(json))
                        .build(),
                BodyHandlers.ofString());
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return JSON.parseObject(answer.body());
    }

    @Test
    void aPushConsumerGetsWhatIsSentWithADelayOverHttp() throws Exception {
        String topic = Names.unique("http-topic");
        JSONObject sent = post(
                "/v1/topics/" + topic + "/messages",
                "{\"text\":\"hello\",\"delay\":\"0.5s\",\"key\":\"k1\",\"tag\":\"a\",\"headers\":{\"colour\":\"red\"}}");
        DefaultMQPushConsumer consumer = clients.pushConsumer(Names.unique("http-group"));
        consumer.subscribe(topic, "a");
        Received received = new Received().concurrently(consumer);
        clients.start(consumer);

        Clients.soon().until(() -> received.count() == 1);
        MessageExt message = received.all().getFirst();
        assertThat(new String(message.getBody(), StandardCharsets.UTF_8)).isEqualTo("hello");
        assertThat(message.getMsgId()).isEqualTo(sent.getString("id"));
        assertThat(message.getKeys()).isEqualTo("k1");
        assertThat(message.getTags()).isEqualTo("a");
        assertThat(message.getUserProperty("colour")).isEqualTo("red");
        assertThat(message.getStoreTimestamp())
                .isGreaterThanOrEqualTo(
                        java.time.Instant.parse(sent.getString("dueAt")).toEpochMilli());
    }

    @Test
    void whatTheOfficialClientSendsIsPulledOverHttp() throws Exception {
        String topic = Names.unique("http-topic");
        DefaultMQProducer producer = clients.producer();
        Message small = new Message(topic, "b", "k2", Received.bytes("from the client"));
        small.putUserProperty("colour", "blue");
        small.setDelayTimeMs(300);
        SendResult sent = producer.send(small);

        JSONObject pulled = post(
                "/v1/topics/" + topic + "/groups/web:pull", "{\"wait\":\"10s\",\"visibility\":\"60s\",\"max\":10}");
        JSONObject got = pulled.getJSONArray("messages").getJSONObject(0);
        JSONObject message = got.getJSONObject("message");
        assertThat(message.getString("id")).isEqualTo(sent.getMsgId());
        assertThat(message.getString("text")).isEqualTo("from the client");
        assertThat(message.getString("key")).isEqualTo("k2");
        assertThat(message.getString("tag")).isEqualTo("b");
        assertThat(message.getJSONObject("headers")).containsEntry("colour", "blue");
        JSONObject acked = post(
                "/v1/topics/" + topic + "/groups/web:ack", "{\"receipts\":[\"" + got.getString("receipt") + "\"]}");
        assertThat(acked.getJSONArray("outcomes")).containsExactly("DONE");
    }

    @Test
    void whatTheOfficialClientCompressedIsPulledAsItWasWritten() throws Exception {
        String topic = Names.unique("http-topic");
        DefaultMQProducer producer = clients.producer();
        byte[] large = "0123456789abcdef\u0000\n".repeat(1_000).getBytes(StandardCharsets.UTF_8);
        producer.send(new Message(topic, large));

        JSONObject message = post("/v1/topics/" + topic + "/groups/web:pull", "{\"wait\":\"10s\"}")
                .getJSONArray("messages")
                .getJSONObject(0)
                .getJSONObject("message");
        byte[] body = message.containsKey("text")
                ? message.getString("text").getBytes(StandardCharsets.UTF_8)
                : Base64.getDecoder().decode(message.getString("body"));
        assertThat(body).isEqualTo(large);
    }
}
