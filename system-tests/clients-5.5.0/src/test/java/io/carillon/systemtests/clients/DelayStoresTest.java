package io.carillon.systemtests.clients;

import static org.assertj.core.api.Assertions.assertThat;

import com.alibaba.fastjson2.JSON;
import com.alibaba.fastjson2.JSONObject;
import io.carillon.systemtests.harness.CarillonCommand;
import io.carillon.systemtests.harness.CarillonServer;
import io.carillon.systemtests.harness.Names;
import io.carillon.systemtests.harness.Server;
import io.carillon.testkit.stores.Stores;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.common.message.MessageExt;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The packed server with a real Redis and MariaDB: the delay queue alone, and beside a broker that it delivers to. */
class DelayStoresTest {
    private static Stores stores;
    private static HttpClient http;

    @BeforeAll
    static void start() {
        Assumptions.assumeFalse(Server.isApache(), "Apache has no such thing");
        stores = Stores.shared();
        http = HttpClient.newHttpClient();
    }

    @AfterAll
    static void stop() {
        if (http != null) {
            http.shutdownNow();
        }
    }

    /** Addresses of a database that nobody has used, and of Redis. */
    private static List<String> ofStores(int redisDatabase, String... more) {
        String mysql = "mysql://127.0.0.1:" + stores.mysql().port() + "/"
                + stores.mysql().freshDatabase() + "?sslMode=disable";
        List<String> all = new ArrayList<>(List.of("--http-port", "0", "--mysql", mysql, "--set", "mysql.user=root"));
        all.addAll(List.of("--redis", stores.redisUrl() + "/" + redisDatabase));
        all.addAll(List.of(more));
        return all;
    }

    private static HttpResponse<String> ask(CarillonServer server, String path, String json) throws Exception {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.httpPort() + path));
        return http.send(
                json.isEmpty()
                        ? request.build()
                        : request.POST(BodyPublishers.ofString(json)).build(),
                BodyHandlers.ofString());
    }

    private static JSONObject get(CarillonServer server, String path) throws Exception {
        return post(server, path, "");
    }

    private static JSONObject post(CarillonServer server, String path, String json) throws Exception {
        HttpResponse<String> answer = ask(server, path, json);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return JSON.parseObject(answer.body());
    }

    private static JSONObject pull(CarillonServer server, String where, String visibility) throws Exception {
        return post(server, where + ":pull", "{\"wait\":\"20s\",\"visibility\":\"" + visibility + "\"}");
    }

    @Test
    void theDelayQueueAloneSendsHandsOutAndAcknowledgesAndOutlivesAKill() throws Exception {
        String topic = "/v1/topics/" + Names.unique("topic");
        String group = topic + "/groups/mailer";
        List<String> arguments = ofStores(1);
        try (CarillonServer server =
                CarillonServer.startRole("delayqueue", "delay-stores", arguments.toArray(String[]::new))) {
            JSONObject sent = post(
                    server, topic + "/messages", "{\"text\":\"hello\",\"delay\":\"0.3s\",\"key\":\"k\",\"tag\":\"a\"}");

            JSONObject got = pull(server, group, "60s").getJSONArray("messages").getJSONObject(0);
            assertThat(got.getJSONObject("message"))
                    .containsEntry("id", sent.get("id"))
                    .containsEntry("text", "hello")
                    .containsEntry("key", "k")
                    .containsEntry("tag", "a");
            String acks = "{\"receipts\":[\"" + got.getString("receipt") + "\"]}";
            assertThat(post(server, group + ":ack", acks).getJSONArray("outcomes"))
                    .containsExactly("DONE");
            assertThat(get(server, "/health")).containsEntry("engine", "redis-mysql");
            assertThat(get(server, "/ready")).containsEntry("status", "ready");
            assertThat(ask(server, "/metrics", "").body()).contains("delayqueue_acknowledged_messages_total 1\n");

            String open =
                    post(server, topic + "/messages", "{\"text\":\"open\"}").getString("id");
            assertThat(pull(server, group, "1s").getJSONArray("messages")).hasSize(1);
            server.kill();
            server.restart();

            // The one that nobody acknowledged comes again, and the other never.
            JSONObject again =
                    pull(server, group, "60s").getJSONArray("messages").getJSONObject(0);
            assertThat(again.getJSONObject("message")).containsEntry("id", open);
            assertThat(again).containsEntry("attempt", 2);
            acks = "{\"receipts\":[\"" + again.getString("receipt") + "\"]}";
            post(server, group + ":ack", acks);
            assertThat(post(server, group + ":pull", "{}").getJSONArray("messages"))
                    .isEmpty();
            assertThat(server.brokerProcess().terminate(Duration.ofSeconds(5))).isZero();
        }
    }

    @Test
    void aDelayQueueThatCannotStartSaysWhy() {
        var folder = Stores.folder("no-start");
        var wrong = CarillonCommand.run(folder, "delayqueue", "--mysql", "nowhere", "--redis", stores.redisUrl());
        assertThat(wrong.exitCode()).isEqualTo(2);
        assertThat(wrong.output())
                .contains("mysql.url is no address of MySQL: 'nowhere'")
                .doesNotContain("\tat ");

        var alone = CarillonCommand.run(folder, ofDelivering("delayqueue").toArray(String[]::new));
        assertThat(alone.exitCode()).isEqualTo(2);
        assertThat(alone.output()).contains("needs a broker in the same process");
    }

    private static List<String> ofDelivering(String role) {
        List<String> all = new ArrayList<>(List.of(role));
        all.addAll(ofStores(2, "--set", "delayqueue.deliver-to=broker"));
        return all;
    }

    @Test
    void whatIsDueGoesIntoTheTopicOfTheBroker() throws Exception {
        String topic = Names.unique("due");
        List<String> arguments = ofStores(3, "--delay-engine", "redis-mysql", "--set", "delayqueue.deliver-to=broker");
        try (CarillonServer server = CarillonServer.start("deliver-to-broker", arguments.toArray(String[]::new));
                Clients clients = new Clients(server)) {
            String path = "/v1/topics/" + topic + "/messages";
            String id = post(
                            server,
                            path,
                            "{\"text\":\"hello\",\"delay\":\"0.2s\",\"key\":\"k\",\"tag\":\"a\",\"headers\":{\"colour\":\"red\"}}")
                    .getString("id");
            for (int i = 0; i < 5; i++) {
                post(server, path, "{\"text\":\"" + i + "\",\"delay\":\"0." + (2 + i) + "s\",\"orderingKey\":\"o\"}");
            }
            String last =
                    post(server, path, "{\"text\":\"last\",\"delay\":\"0.9s\"}").getString("id");
            Clients.soon()
                    .until(() ->
                            "ACKNOWLEDGED".equals(get(server, path + "/" + last).getString("state")));

            DefaultMQPushConsumer consumer = clients.pushConsumer(Names.unique("group"));
            consumer.subscribe(topic, "*");
            Received received = new Received().concurrently(consumer);
            clients.start(consumer);
            Clients.soon().until(() -> received.count() == 7);

            MessageExt first = received.all().stream()
                    .filter(message -> id.equals(message.getProperty("CARILLON_DELAY_ID")))
                    .findFirst()
                    .orElseThrow();
            assertThat(Received.text(first)).isEqualTo("hello");
            assertThat(first.getKeys()).isEqualTo("k");
            assertThat(first.getTags()).isEqualTo("a");
            assertThat(first.getUserProperty("colour")).isEqualTo("red");
            assertThat(first.getMsgId()).matches("[0-9A-F]{32}");
            List<MessageExt> ordered = received.all().stream()
                    .filter(message -> "o".equals(message.getProperty("__SHARDINGKEY")))
                    .sorted(java.util.Comparator.comparingLong(MessageExt::getQueueOffset))
                    .toList();
            assertThat(Received.texts(ordered)).containsExactly("0", "1", "2", "3", "4");
            assertThat(ordered)
                    .extracting(MessageExt::getQueueId)
                    .containsOnly(ordered.getFirst().getQueueId());
            assertThat(ask(server, path, "{\"text\":\"x\",\"headers\":{\"TAGS\":\"b\"}}")
                            .body())
                    .contains("the header 'TAGS' has a meaning of its own");
        }
    }
}
