package io.carillon.delayqueue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.carillon.base.CarillonException.BadConfig;
import io.carillon.base.Secret;
import io.carillon.base.Ticker;
import io.carillon.base.delayqueue.Health;
import io.carillon.contract.JsonClient;
import io.carillon.testkit.stores.Stores;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What one who starts a node wrongly is told. */
class StartTest {
    private static Stores stores;
    private static String database;

    @BeforeAll
    static void open() {
        stores = Stores.shared();
        database = stores.mysql().freshDatabase();
        stores.mysql().execute("CREATE USER some@'%' IDENTIFIED BY 'right'");
        stores.mysql().execute("GRANT SELECT ON " + database + ".* TO some@'%'");
    }

    @AfterAll
    static void close() {
        stores.mysql().execute("DROP DATABASE " + database);
    }

    private static DelayQueue start(String mysql, String user, String password, String redis, String redisPassword) {
        DelayQueueConfig plain = DelayQueueConfig.of("", "");
        DelayQueueConfig config = new DelayQueueConfig(
                "",
                new MysqlConfig(
                        mysql,
                        user,
                        Secret.of(password),
                        4,
                        Duration.ofSeconds(3),
                        Rig.ANSWER_TIMEOUT,
                        Path.of(""),
                        Path.of("")),
                new RedisConfig(
                        redis,
                        redisPassword.isEmpty() ? "" : "nobody",
                        Secret.of(redisPassword),
                        4,
                        Duration.ofSeconds(3),
                        Path.of(""),
                        Path.of(""),
                        Path.of("")),
                plain.delayTimer(),
                plain.delayKeep(),
                true,
                plain.waitingMax(),
                plain.deliverTo());
        return DelayQueue.open(config, new DelayQueue.Given(Ticker.system(), null, StoreTls.NONE));
    }

    private static void assertRefused(String mysql, String redis, String... words) {
        assertThatThrownBy(() -> start(mysql, "root", "", redis, ""))
                .isInstanceOf(BadConfig.class)
                .hasMessageContainingAll(words);
    }

    /** Who does not encrypt seals his password with a key of MySQL's own; MariaDB has no such thing. */
    private static String mysql(String name) {
        return mysqlWithTls(name) + "?sslMode=disable&allowPublicKeyRetrieval=true";
    }

    private static String mysqlWithTls(String name) {
        return "mysql://127.0.0.1:" + stores.mysql().port() + "/" + name;
    }

    private static int closedPort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    @Test
    void saysWhatAnAddressOfMysqlLooksLike() {
        String redis = stores.redisUrl();
        assertRefused("foo", redis, "mysql.url", "'foo'", "mysql://127.0.0.1:3306/carillon");
        assertRefused("mysql://127.0.0.1:3306", redis, "mysql.url", "no database");
        assertThatThrownBy(() -> start("mysql://me:secret@127.0.0.1/x", "", "", redis, ""))
                .isInstanceOf(BadConfig.class)
                .hasMessageContaining("mysql.password")
                .hasMessageNotContaining("secret");
    }

    @Test
    void saysWhatAnAddressOfRedisLooksLike() {
        for (String wrong : new String[] {"foo", "redis://", "redis://a:b", "redis://a:1/x", "redis://a:1,b:2"}) {
            assertRefused(mysql(database), wrong, "redis.url", "'" + wrong + "'", "redis://127.0.0.1:6379");
        }
        assertThatThrownBy(() -> start(mysql(database), "root", "", "redis://:secret@127.0.0.1:6379", ""))
                .isInstanceOf(BadConfig.class)
                .hasMessageContaining("redis.password")
                .hasMessageNotContaining("secret");
        assertRefused(mysql(database), stores.redisUrl() + "/999", "no such database");
    }

    @Test
    void saysWhomMysqlDoesNotLetIn() {
        assertThatThrownBy(() -> start(mysql(database), "some", "wrong", stores.redisUrl(), ""))
                .isInstanceOf(BadConfig.class)
                .hasMessageContainingAll("'some'", "mysql.user and mysql.password");
        assertThatThrownBy(() -> start(mysql(database), "some", "right", stores.redisUrl(), ""))
                .isInstanceOf(BadConfig.class)
                .hasMessageContainingAll("'some'", "rights", "CREATE");
        String otherProof = mysql(database) + "&restrictedAuth=client_ed25519";
        assertThatThrownBy(() -> start(otherProof, "some", "right", stores.redisUrl(), ""))
                .isInstanceOf(BadConfig.class)
                .hasMessageContainingAll("'some'", "correct mysql.user", "caching_sha2_password");
        assertRefused(mysql("nosuch"), stores.redisUrl(), "no such database", "mysql.url");
        assertRefused(mysqlWithTls(database), stores.redisUrl(), "certificate", "serverSslCert");
    }

    @Test
    void saysThatRedisDoesNotLetUsIn() {
        assertThatThrownBy(() -> start(mysql(database), "root", "", stores.redisUrl(), "a password that is none"))
                .isInstanceOf(BadConfig.class)
                .hasMessageContaining("redis.password");
    }

    @Test
    void tellsAClusterFromASingleRedis() {
        String cluster = stores.cluster().url();
        assertRefused(
                mysql(database),
                cluster.substring(0, cluster.indexOf(',')).replace("+cluster", ""),
                "redis+cluster://");
        assertRefused(mysql(database), stores.redisUrl().replace("redis:", "redis+cluster:"), "no cluster");
    }

    @Test
    void takesMessagesBeforeRedisIsThere() throws IOException {
        int nobody = closedPort();
        for (String kind : new String[] {"redis://127.0.0.1:", "redis+cluster://127.0.0.1:"}) {
            try (DelayQueue queue = start(mysql(database), "root", "", kind + nobody, "")) {
                Health health = Rig.get(queue.health());
                assertThat(health.isReady()).isFalse();
                assertThat(health.parts().toString()).contains("refused");
                assertThat(new Client(queue, "early", "g").send("taken", 0).id())
                        .isNotEmpty();
            }
        }
    }

    @Test
    void servesByItselfOnceMysqlIsThere() {
        stores.killMysql();
        try (DelayQueue queue = start(mysql(database), "root", "", stores.redisUrl(), "");
                DelayQueue unknown = start(mysql(database), "late", "right", stores.redisUrl(), "");
                HttpNode http = new HttpNode(queue);
                JsonClient client = new JsonClient(http.port(), "")) {
            try {
                HttpResponse<String> ready = client.send(client.to("/ready").GET());
                assertThat(ready.statusCode()).isEqualTo(503);
                assertThat(ready.body())
                        .contains(
                                "\"name\":\"mysql\",\"status\":\"down\"",
                                "refused",
                                "\"name\":\"redis\",\"status\":\"up\"");
                assertThat(client.send(client.to("/health").GET()).statusCode()).isEqualTo(200);
                assertThat(client.send(client.to("/metrics").GET()).body())
                        .contains(
                                "delayqueue_store_up{store=\"mysql\"} 0\n", "delayqueue_store_up{store=\"redis\"} 1\n");
                HttpResponse<String> sent = send(client);
                assertThat(sent.statusCode()).isEqualTo(503);
                assertThat(sent.body()).contains("\"code\":\"unavailable\"", "mysql");
            } finally {
                stores.startMysql();
            }

            Rig.await(() -> Rig.get(queue.health()).isReady());
            assertThat(send(client).statusCode()).isEqualTo(200);
            Client receiver = new Client(queue, "late", "g");
            assertThat(receiver.text(receiver.pullOne(10_000))).isEqualTo("x");

            // MySQL 9 asks who it does not know for a proof of a kind that it makes up.
            Pattern refused = Pattern.compile("Access denied|authentication protocol");
            Rig.await(() -> refused.matcher(Rig.get(unknown.health()).parts().toString())
                    .find());
            stores.mysql().execute("CREATE USER late@'%' IDENTIFIED BY 'right'");
            stores.mysql().execute("GRANT ALL ON " + database + ".* TO late@'%'");
            Rig.await(() -> Rig.get(unknown.health()).isReady());
        }
    }

    private static HttpResponse<String> send(JsonClient client) {
        return client.send(
                client.to("/v1/topics/late/messages").POST(HttpRequest.BodyPublishers.ofString("{\"text\":\"x\"}")));
    }

    @Test
    void endsAStartWithWrongSettingsOfRedisWhereMysqlIsNotThere() throws IOException {
        String nobody = "mysql://127.0.0.1:" + closedPort() + "/x?sslMode=disable";

        assertRefused(nobody, stores.redisUrl() + "/999", "no such database");
        try (DelayQueue queue = start(nobody, "root", "", stores.redisUrl(), "")) {
            assertThat(Rig.get(queue.health()).isReady()).isFalse();
        }
    }

    @Test
    void knowsWhichVersionsAreTooOld() {
        assertThat(Database.faultOfVersion(true, 10, 6)).contains("MariaDB 10.6", "10.11");
        assertThat(Database.faultOfVersion(true, 10, 11)).isEmpty();
        assertThat(Database.faultOfVersion(true, 11, 4)).isEmpty();
        assertThat(Database.faultOfVersion(false, 5, 7)).contains("MySQL 5.7", "8.0");
        assertThat(Database.faultOfVersion(false, 8, 4)).isEmpty();
        assertThat(Redis.isOld(6, 0)).isTrue();
        assertThat(Redis.isOld(5, 9)).isTrue();
        assertThat(Redis.isOld(6, 2)).isFalse();
        assertThat(Redis.isOld(7, 0)).isFalse();
    }
}
