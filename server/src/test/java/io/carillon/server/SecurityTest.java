package io.carillon.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.carillon.base.CarillonException.BadConfig;
import io.carillon.base.Counters;
import io.carillon.base.Secret;
import io.carillon.base.Ticker;
import io.carillon.remoting.Dispatcher;
import io.carillon.remoting.IoGroup;
import io.carillon.remoting.RemotingClient;
import io.carillon.remoting.RemotingConfig;
import io.carillon.remoting.Reply;
import io.carillon.remoting.RequestCode;
import io.carillon.remoting.Response;
import io.carillon.rocketmq.Credentials;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SecurityTest {
    private static final long PATIENCE_MS = 20_000;

    @TempDir
    Path folder;

    private final Threads threads = new Threads();
    private final IoGroup io = IoGroup.open(1, threads.io(), RemotingConfig.DEFAULT, Ticker.system(), new Counters());
    private final RemotingClient client = new RemotingClient(io, new Dispatcher());

    @AfterEach
    void close() {
        client.close();
        io.close();
        threads.close();
    }

    private ConfigReader.Effective config(String... settings) {
        List<String> all = new ArrayList<>(List.of(
                "data=" + folder.resolve("data"),
                "nameserver-port=0",
                "broker-port=0",
                "log.segment-size=1MiB",
                "security.enabled=true"));
        all.addAll(List.of(settings));
        List<ConfigReader.FlagValue> flags = all.stream()
                .map(setting -> setting.split("=", 2))
                .map(pair -> new ConfigReader.FlagValue("--set", pair[0], pair[1]))
                .toList();
        return ConfigReader.read(null, Map.of(), flags);
    }

    private final List<String> notices = new ArrayList<>();

    private Response ask(@Nullable HostPort at, int code, Reply content) {
        assertThat(at).isNotNull();
        return client.call(new InetSocketAddress(at.host(), at.port()), code, content, PATIENCE_MS)
                .join();
    }

    private Response listUsers(Server server, String secret) {
        Reply request = new Credentials("admin", Secret.of(secret)).sign(Reply.ok());
        return ask(server.readyLine().broker(), RequestCode.AUTH_LIST_USER, request);
    }

    @Test
    void makesTheFirstUserOnceAndTellsItsSecretOnce() {
        String secret;
        try (Server server = Server.start(Role.SERVER, config(), notices::add)) {
            String notice = notices.getFirst();
            secret = notice.replaceAll(".*secret=(\\S+) .*", "$1");
            assertThat(listUsers(server, secret).code()).isZero();
            Response route = ask(
                    server.readyLine().nameserver(),
                    RequestCode.GET_ROUTEINFO_BY_TOPIC,
                    Reply.ok().ext("topic", "TBW102"));
            assertThat(route.code()).as("the name server is as secure").isEqualTo(16);
        }
        try (Server server = Server.start(Role.SERVER, config(), notices::add)) {
            assertThat(notices).hasSize(1);
            assertThat(listUsers(server, secret).code()).isZero();
        }
    }

    @Test
    void letsWhoLostTheSecretInAgainByAConfiguredOne() throws IOException {
        try (Server server = Server.start(Role.SERVER, config(), notices::add)) {
            assertThat(notices).hasSize(1);
        }
        Path file = Files.writeString(folder.resolve("secret"), "found again\n");
        try (Server server = Server.start(Role.SERVER, config("security.admin-secret=file:" + file), notices::add)) {
            assertThat(notices).hasSize(1);
            assertThat(listUsers(server, "found again").code()).isZero();
        }
        try (Server server = Server.start(Role.SERVER, config(), notices::add)) {
            assertThat(listUsers(server, "found again").code()).isZero();
        }
    }

    @Test
    void refusesAKeyThatOthersMayReadOrThatLiesWithTheData() throws IOException {
        Path key = folder.resolve("data.key");
        try (Server _ = Server.start(Role.SERVER, config(), notices::add)) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(key)))
                    .isEqualTo("rw-------");
        }
        Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-r-----"));
        assertThatThrownBy(() -> Server.start(Role.SERVER, config(), notices::add))
                .isInstanceOf(BadConfig.class)
                .hasMessageContaining("chmod 600");
        assertThatThrownBy(() -> Server.start(
                        Role.SERVER,
                        config("security.key-file=" + folder.resolve("data").resolve("key"))))
                .isInstanceOf(BadConfig.class)
                .hasMessageContaining("data folder");
    }

    @Test
    void refusesToStartWithAnotherKeyThanTheSecretsWereSealedWith() throws IOException {
        try (Server server = Server.start(Role.SERVER, config(), notices::add)) {
            assertThat(notices).hasSize(1);
        }
        Files.delete(folder.resolve("data.key"));

        assertThatThrownBy(() -> Server.start(Role.SERVER, config(), notices::add))
                .isInstanceOf(BadConfig.class)
                .hasMessageContaining("sealed with another key");
    }

    @Test
    void aNameServerByItselfNeedsAUserForBrokers() {
        assertThatThrownBy(() -> Server.start(Role.NAMESERVER, config()))
                .isInstanceOf(StartFailure.class)
                .hasMessageContaining("security.cluster-user");
    }

    @Test
    void registersAtASecureNameServerElsewhere() {
        String[] cluster = {"security.cluster-user=brokers", "security.cluster-secret=among ourselves"};
        try (Server names = Server.start(Role.NAMESERVER, config(cluster))) {
            HostPort at = names.readyLine().nameserver();
            try (Server broker = Server.start(Role.BROKER, config("nameservers=" + at, cluster[0], cluster[1]))) {
                assertThat(ask(at, RequestCode.GET_BROKER_CLUSTER_INFO, Reply.ok())
                                .body())
                        .asString()
                        .contains(String.valueOf(broker.readyLine().broker()));
                Reply setting = Reply.ok().ext("namespace", "n").ext("key", "k").ext("value", "v");
                assertThat(ask(at, RequestCode.PUT_KV_CONFIG, setting).code()).isEqualTo(16);
            }
        }
    }

    @Test
    void showsNoSecretAmongTheSettings() {
        ConfigReader.Effective config = config("security.admin-secret=sesame", "tls.key-password=sesame");

        assertThat(config.config().toString()).doesNotContain("sesame");
        assertThat(config.settings().toString()).doesNotContain("sesame");
    }

    @Test
    void listensWhereOthersCanConnectOnlyWithUsers() {
        assertThat(Addresses.of(config("bind=0.0.0.0").config()).bind().isAnyLocalAddress())
                .isTrue();
        assertThatThrownBy(() -> Addresses.of(
                        config("bind=0.0.0.0", "security.enabled=false").config()))
                .isInstanceOf(StartFailure.class)
                .hasMessageContaining("--secure")
                .hasMessageContaining("--insecure");
    }
}
