package io.carillon.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.carillon.base.Counters;
import io.carillon.base.Ticker;
import io.carillon.remoting.Dispatcher;
import io.carillon.remoting.IoGroup;
import io.carillon.remoting.RemotingClient;
import io.carillon.remoting.RemotingConfig;
import io.carillon.remoting.Reply;
import io.carillon.remoting.RequestCode;
import io.carillon.remoting.Response;
import io.carillon.remoting.ResponseCode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

class ServerTest {
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

    @Test
    void servesNamesAndMessagesFromTheMomentItIsReady() {
        try (Server server = Server.start(Role.SERVER, config())) {
            ReadyLine ready = server.readyLine();

            assertThat(ready.data()).isEqualTo(folder.toAbsolutePath().normalize());
            assertThat(ask(ready.nameserver(), RequestCode.GET_BROKER_CLUSTER_INFO, Reply.ok())
                            .body())
                    .asString()
                    .contains("broker-a", String.valueOf(ready.broker()));
            assertThat(ask(ready.broker(), RequestCode.SEND_MESSAGE_V2, message())
                            .code())
                    .isEqualTo(ResponseCode.SUCCESS);
            assertThat(server.isHealthy()).isTrue();
        }
    }

    @Test
    void keepsWhatItAcknowledgedOverAStop() {
        ConfigReader.Effective config = config();
        for (long expected = 0; expected < 3; expected++) {
            try (Server server = Server.start(Role.SERVER, config)) {
                Response sent = ask(server.readyLine().broker(), RequestCode.SEND_MESSAGE_V2, message());

                assertThat(sent.ext()).containsEntry("queueOffset", Long.toString(expected));
            }
        }
    }

    @Test
    void registersABrokerWithANameServerElsewhere() {
        try (Server names = Server.start(Role.NAMESERVER, config())) {
            HostPort at = names.readyLine().nameserver();
            assertThat(names.readyLine().broker()).isNull();
            assertThat(names.readyLine().data()).isNull();

            try (Server broker = Server.start(Role.BROKER, config("nameservers=" + at))) {
                assertThat(broker.readyLine().nameserver()).isNull();
                assertThat(ask(at, RequestCode.GET_BROKER_CLUSTER_INFO, Reply.ok())
                                .body())
                        .asString()
                        .contains(String.valueOf(broker.readyLine().broker()));
            }

            assertThat(ask(at, RequestCode.GET_BROKER_CLUSTER_INFO, Reply.ok()).body())
                    .asString()
                    .doesNotContain("broker-a");
        }
    }

    @Test
    void runsNoNameServerWhenItIsToldOfOthers() {
        try (Server names = Server.start(Role.NAMESERVER, config());
                Server server = Server.start(
                        Role.SERVER, config("nameservers=" + names.readyLine().nameserver()))) {
            assertThat(server.readyLine().nameserver()).isNull();
            assertThat(server.readyLine().broker()).isNotNull();
        }
    }

    @Test
    void saysWhichFlagChangesAPortThatIsTakenAndLetsTheFolderGo() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            ConfigReader.Effective config = config("broker-port=" + taken.getLocalPort());

            assertThatThrownBy(() -> Server.start(Role.SERVER, config))
                    .isInstanceOfSatisfying(
                            StartFailure.class, e -> assertThat(e.exitCode()).isEqualTo(ExitCode.PORT_IN_USE))
                    .hasMessageContaining(String.valueOf(taken.getLocalPort()))
                    .hasMessageContaining("--broker-port");
        }

        try (Server server = Server.start(Role.SERVER, config())) {
            assertThat(server.isHealthy()).isTrue();
        }
    }

    @Test
    void refusesASecondServerOnItsFolder() {
        try (Server _ = Server.start(Role.SERVER, config())) {
            assertThatThrownBy(() -> Server.start(Role.SERVER, config()))
                    .isInstanceOfSatisfying(
                            StartFailure.class, e -> assertThat(e.exitCode()).isEqualTo(ExitCode.DATA_IN_USE))
                    .hasMessageContaining("pid " + ProcessHandle.current().pid());
        }
    }

    @Test
    void aSettingThatIsChangedHoldsAtOnceAndAfterARestart() throws IOException {
        byte[] body = "maxMessageSize=1024".getBytes(StandardCharsets.UTF_8);
        Reply large = message().body(new byte[2000]);
        try (Server server = Server.start(Role.SERVER, config())) {
            HostPort broker = server.readyLine().broker();
            assertThat(ask(broker, RequestCode.SEND_MESSAGE_V2, large).code()).isZero();

            assertThat(ask(broker, RequestCode.UPDATE_BROKER_CONFIG, Reply.ok().body(body))
                            .code())
                    .isZero();
            assertThat(ask(broker, RequestCode.SEND_MESSAGE_V2, large).code()).isEqualTo(ResponseCode.MESSAGE_ILLEGAL);
        }

        assertThat(folder.resolve("broker.settings")).content().contains("\nbroker.message-size-max=1KiB\n");
        try (Server server = Server.start(Role.SERVER, config())) {
            assertThat(ask(server.readyLine().broker(), RequestCode.SEND_MESSAGE_V2, large)
                            .code())
                    .isEqualTo(ResponseCode.MESSAGE_ILLEGAL);
        }
    }

    @Test
    void aSettingIsChangedAndShownFromTheCommandLine() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        Main main = new Main(Map.of(), new PrintStream(out, true, StandardCharsets.UTF_8), System.err);
        try (Server server = Server.start(Role.SERVER, config())) {
            String broker = String.valueOf(server.readyLine().broker());
            String names = String.valueOf(server.readyLine().nameserver());

            assertThat(main.run("settings", "set", "log.keep-for=2d", "--broker", broker))
                    .isZero();
            assertThat(main.run("settings", "set", "nameserver.ordered-topics=true", "--nameserver", names))
                    .isZero();
            assertThat(main.run("settings", "set", "data=elsewhere", "--broker", broker))
                    .isEqualTo(ExitCode.REFUSED);
            assertThat(main.run("settings", "list", "--broker", broker)).isZero();
            assertThat(main.run("settings", "list", "--nameserver", names)).isZero();
        }
        assertThat(out)
                .asString()
                .containsPattern("log\\.keep-for +48h +from 1m")
                .containsPattern("nameserver\\.ordered-topics +true ");
    }

    @Test
    void aNameServerByItselfKeepsItsSettingsInAFolderThatNoOtherOneUses() {
        try (Server names = Server.start(Role.NAMESERVER, config());
                Server other = Server.start(Role.NAMESERVER, config())) {
            assertThat(folder).isEmptyDirectory();
            assertThat(changeEntriesMax(names).code()).isZero();
            assertThat(putSetting(names).code()).isEqualTo(ResponseCode.SYSTEM_ERROR);

            Response refused = changeEntriesMax(other);
            assertThat(refused.code()).isEqualTo(ResponseCode.SYSTEM_ERROR);
            assertThat(refused.remark()).contains("is not in force", "in use by the process");
            assertThat(putSetting(other).code()).isZero();
        }

        try (Server names = Server.start(Role.NAMESERVER, config())) {
            assertThat(putSetting(names).code()).isEqualTo(ResponseCode.SYSTEM_ERROR);
        }
    }

    @Test
    void aMemberThatNeverLeadsDoesNotBeginAGroupWithTheLogOfOneProcess() {
        Server.start(Role.SERVER, config()).close();

        assertThatThrownBy(() -> Server.start(
                        Role.SERVER,
                        config(
                                "replication.node-id=2",
                                "replication.peers=1=127.0.0.1:1,2=127.0.0.1:2",
                                "replication.learner=true")))
                .isInstanceOf(StartFailure.class)
                .hasMessageContaining("this member would never lead");
    }

    /** Nobody could find it there, which the Raft library says to its own log alone. */
    @Test
    void aMemberWhoseRaftLibraryRefusesToStartTellsWhyAndTheLibraryIsSilentAgain() throws Exception {
        Server.start(Role.SERVER, config()).close();

        assertThatThrownBy(() -> Server.start(
                        Role.SERVER,
                        config("replication.node-id=1", "replication.peers=1=0.0.0.0:" + freePort(), "bind=127.0.0.1")))
                .isInstanceOf(StartFailure.class)
                .hasMessageContaining("cannot take part in the group")
                .hasMessageContaining("IP_ANY");
        Logger library = (Logger) LoggerFactory.getLogger(RaftErrors.LIBRARY);
        assertThat(library.getLevel()).isEqualTo(Level.OFF);
        assertThat(library.iteratorForAppenders()).isExhausted();
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private Response changeEntriesMax(Server names) {
        byte[] body = "nameserver.kv-entries-max=0".getBytes(StandardCharsets.UTF_8);
        return ask(
                names.readyLine().nameserver(),
                RequestCode.UPDATE_NAMESRV_CONFIG,
                Reply.ok().body(body));
    }

    private Response putSetting(Server names) {
        return ask(
                names.readyLine().nameserver(),
                RequestCode.PUT_KV_CONFIG,
                Reply.ok().ext("namespace", "n").ext("key", "k").ext("value", "v"));
    }

    private Response ask(@Nullable HostPort at, int code, Reply content) {
        assertThat(at).isNotNull();
        return client.call(new InetSocketAddress(at.host(), at.port()), code, content, PATIENCE_MS)
                .join();
    }

    private static Reply message() {
        return Reply.ok()
                .ext("a", "producers")
                .ext("b", "Orders")
                .ext("c", "TBW102")
                .ext("d", 1)
                .ext("e", 0)
                .ext("f", 0)
                .ext("g", 1)
                .ext("h", 0)
                .ext("i", "")
                .ext("j", 0)
                .ext("k", false)
                .ext("m", false)
                .body(new byte[] {1, 2, 3});
    }

    private ConfigReader.Effective config(String... settings) {
        List<String> all = new ArrayList<>(
                List.of("data=" + folder, "nameserver-port=0", "broker-port=0", "log.segment-size=1MiB"));
        all.addAll(List.of(settings));
        List<ConfigReader.FlagValue> flags = all.stream()
                .map(setting -> setting.split("=", 2))
                .map(pair -> new ConfigReader.FlagValue("--set", pair[0], pair[1]))
                .toList();
        return ConfigReader.read(null, Map.of(), flags);
    }
}
