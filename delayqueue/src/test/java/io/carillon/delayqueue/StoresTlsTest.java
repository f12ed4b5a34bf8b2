package io.carillon.delayqueue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.carillon.base.CarillonException;
import io.carillon.base.Secret;
import io.carillon.base.Ticker;
import io.carillon.base.delayqueue.Health;
import io.carillon.base.delayqueue.Settled;
import io.carillon.testkit.stores.PemFiles;
import io.carillon.testkit.stores.RedisServer;
import io.carillon.testkit.stores.Stores;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Both stores are asked by TLS, and only if the right certificate vouches for them. */
class StoresTlsTest {
    private static final String PASSWORD = "of tls";

    private static Stores stores;
    private static PemFiles pem;
    private static RedisServer redis;
    private static String database;

    @BeforeAll
    static void open() {
        stores = Stores.shared();
        pem = stores.pem();
        redis = RedisServer.encrypted(Stores.folder("redis-tls"), pem.certificate(), pem.key());
        database = stores.mysql().freshDatabase();
        stores.mysql().execute("CREATE USER tls@'%' IDENTIFIED BY '" + PASSWORD + "' REQUIRE SSL");
        stores.mysql().execute("GRANT ALL ON " + database + ".* TO tls@'%'");
    }

    @AfterAll
    static void close() {
        redis.close();
        stores.mysql().execute("DROP DATABASE " + database);
    }

    private static DelayQueue open(String mysqlOptions, byte[] redisTrust) {
        return open(mysqlOptions, "tls", redis, new StoreTls(redisTrust, null, null));
    }

    private static DelayQueue open(String mysqlOptions, String user, RedisServer of, StoreTls tls) {
        DelayQueueConfig plain = DelayQueueConfig.of("", "");
        DelayQueueConfig config = new DelayQueueConfig(
                "tls",
                new MysqlConfig(
                        "mysql://127.0.0.1:" + stores.mysql().port() + "/" + database + mysqlOptions,
                        user,
                        Secret.of(PASSWORD),
                        8,
                        Duration.ofSeconds(2),
                        Rig.ANSWER_TIMEOUT,
                        Path.of(""),
                        Path.of("")),
                new RedisConfig(
                        "rediss://127.0.0.1:" + of.tlsPort(),
                        "",
                        Secret.NONE,
                        16,
                        Duration.ofSeconds(2),
                        Path.of(""),
                        Path.of(""),
                        Path.of("")),
                Rig.timing(DelayTimer.Style.NOTIFY),
                plain.delayKeep(),
                true,
                plain.waitingMax(),
                plain.deliverTo());
        return DelayQueue.open(config, new DelayQueue.Given(Ticker.system(), null, tls));
    }

    private static String verified() {
        return "?sslMode=verify-full&serverSslCert=" + pem.certificate();
    }

    @Test
    void sendsAndPullsByTls() throws IOException {
        try (DelayQueue queue = open(verified(), Files.readAllBytes(pem.certificate()))) {
            Client client = new Client(queue, "tls", "g");
            client.send("hidden", 100);

            assertThat(client.acknowledge(client.pullOne(10_000))).isEqualTo(Settled.DONE);
            assertThat(Rig.get(queue.health()).isReady()).isTrue();
        }
    }

    @Test
    void doesNotSpeakToARedisThatNobodyVouchesFor() {
        try (DelayQueue queue = open(verified(), null)) {
            Health health = Rig.get(queue.health());

            assertThat(health.isReady()).isFalse();
            assertThat(health.parts().toString()).contains("redis").contains("certification path");
        }
    }

    @Test
    void doesNotSpeakToAMysqlThatNobodyVouchesFor() {
        PemFiles other = PemFiles.make(Stores.folder("other"), "other");
        assertThatThrownBy(() -> open("?sslMode=verify-full&serverSslCert=" + other.certificate(), null))
                .isInstanceOf(CarillonException.BadConfig.class)
                .hasMessageContaining("serverSslCert");
        assertThatThrownBy(() -> open("?sslMode=disable", null))
                .isInstanceOf(CarillonException.BadConfig.class)
                .hasMessageContaining("mysql.password");
    }

    @Test
    void saysThatTrustIsNoCertificate() {
        assertThatThrownBy(() -> open(verified(), new byte[] {1, 2, 3}))
                .isInstanceOf(CarillonException.BadConfig.class)
                .hasMessageContaining("redis.trust");
    }

    private static ClientCertificate certificate(PemFiles of) throws IOException {
        return new ClientCertificate(Files.readAllBytes(of.certificate()), Files.readAllBytes(of.key()));
    }

    @Test
    void showsItsCertificateToStoresThatAskForOne() throws IOException {
        stores.mysql().execute("CREATE USER shown@'%' IDENTIFIED BY '" + PASSWORD + "' REQUIRE X509");
        stores.mysql().execute("GRANT ALL ON " + database + ".* TO shown@'%'");
        byte[] trust = Files.readAllBytes(pem.certificate());
        ClientCertificate own = certificate(pem);
        try (RedisServer asking =
                RedisServer.askingForCertificates(Stores.folder("redis-asking"), pem.certificate(), pem.key())) {
            assertThatThrownBy(() -> open(verified(), "shown", asking, new StoreTls(trust, own, null)))
                    .isInstanceOf(CarillonException.BadConfig.class)
                    .hasMessageContaining("'shown'");
            try (DelayQueue queue = open(verified(), "shown", asking, new StoreTls(trust, null, own))) {
                assertThat(Rig.get(queue.health()).parts().toString()).contains("redis, isUp=false");
            }
            try (DelayQueue queue = open(verified(), "shown", asking, new StoreTls(trust, own, own))) {
                Client client = new Client(queue, "shown", "g");
                client.send("hidden", 0);

                assertThat(client.acknowledge(client.pullOne(10_000))).isEqualTo(Settled.DONE);
                assertThat(Rig.get(queue.health()).isReady()).isTrue();
            }
        }
    }

    @Test
    void saysWhatIsWrongWithACertificateOfItsOwn() throws IOException {
        PemFiles other = PemFiles.make(Stores.folder("other-key"), "other");
        ClientCertificate own = certificate(pem);
        ClientCertificate mixed = new ClientCertificate(own.certificates(), Files.readAllBytes(other.key()));
        ClientCertificate noKey = new ClientCertificate(own.certificates(), own.certificates());

        assertRefused(new StoreTls(null, null, mixed), "mysql.key is not the key of mysql.certificate");
        assertRefused(new StoreTls(null, mixed, null), "redis.key is not the key of redis.certificate");
        assertRefused(new StoreTls(null, null, noKey), "mysql.key holds no key");
        assertRefused(new StoreTls(null, new ClientCertificate(own.key(), own.key()), null), "redis.certificate");
        RedisConfig plain = DelayQueueConfig.of("", "redis://127.0.0.1:6379").redis();
        assertThatThrownBy(() -> new RedisConfig(
                                plain.url(),
                                "",
                                Secret.NONE,
                                4,
                                plain.timeout(),
                                Path.of(""),
                                other.certificate(),
                                other.key())
                        .check())
                .hasMessageContaining("rediss://");
        assertThatThrownBy(() -> new MysqlConfig(
                                "mysql://h/d",
                                "",
                                Secret.NONE,
                                4,
                                plain.timeout(),
                                Rig.ANSWER_TIMEOUT,
                                other.certificate(),
                                Path.of(""))
                        .jdbcUrl())
                .hasMessageContaining("belong together");
        assertThatThrownBy(() -> new MysqlConfig(
                                "mysql://h/d?sslMode=disable",
                                "",
                                Secret.NONE,
                                4,
                                plain.timeout(),
                                Rig.ANSWER_TIMEOUT,
                                other.certificate(),
                                other.key())
                        .jdbcUrl())
                .hasMessageContaining("sslMode=disable");
    }

    private static void assertRefused(StoreTls tls, String words) {
        assertThatThrownBy(() -> open(verified(), "tls", redis, tls))
                .isInstanceOf(CarillonException.BadConfig.class)
                .hasMessageContaining(words);
    }
}
