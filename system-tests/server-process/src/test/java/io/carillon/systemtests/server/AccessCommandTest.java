package io.carillon.systemtests.server;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.systemtests.harness.CarillonCommand;
import io.carillon.systemtests.harness.CarillonCommand.Ended;
import io.carillon.systemtests.harness.CarillonServer;
import io.carillon.systemtests.harness.MqAdmin;
import io.carillon.systemtests.harness.Names;
import io.carillon.systemtests.harness.OsProcess;
import io.carillon.systemtests.harness.RawClient;
import io.carillon.systemtests.harness.Server;
import java.io.IOException;
import java.io.InputStream;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Users and policies of a secure server, by {@code carillon} and by mqadmin, as processes. */
class AccessCommandTest {
    private static final int DONE = 0;
    private static final int USAGE = 2;
    private static final int REFUSED = 5;
    private static final int NO_PERMISSION = 16;
    private static final String SECRET = "the-admins-secret";
    private static final Pattern FIRST_USER = Pattern.compile("name=admin secret=(\\S+) ");
    private static final String[] SECURE = {"--secure", "--set", "security.admin-secret=" + SECRET};
    private static final Pattern MADE_UP = Pattern.compile("shown this once: (\\S+)");

    @BeforeAll
    static void onlyCarillon() {
        Assumptions.assumeFalse(Server.isApache(), "Apache has no such commands");
    }

    private static Server start(String name, String... more) {
        return Server.startCarillon(
                name, Stream.concat(Arrays.stream(SECURE), Arrays.stream(more)).toArray(String[]::new));
    }

    private static Ended carillon(Server server, String secret, String... words) {
        String[] all = Arrays.copyOf(words, words.length + 2);
        all[words.length] = "--broker";
        all[words.length + 1] = server.broker();
        return CarillonCommand.run(
                server.data().resolveSibling("commands"),
                Map.of("CARILLON_USER", "admin", "CARILLON_SECRET", secret),
                all);
    }

    private static String done(Server server, String... words) {
        Ended ended = carillon(server, SECRET, words);
        assertThat(ended.exitCode()).as(ended.output()).isEqualTo(DONE);
        return ended.output();
    }

    private static String found(Pattern pattern, String text) {
        Matcher matcher = pattern.matcher(text);
        assertThat(matcher.find()).as(text).isTrue();
        return matcher.group(1);
    }

    private static Map<String, String> signed(String user, String secret, Map<String, String> ext, byte... body) {
        try {
            Map<String, String> all = new LinkedHashMap<>(ext);
            all.put("AccessKey", user);
            Mac mac = Mac.getInstance("HmacSHA1");
            mac.init(new SecretKeySpec(secret.getBytes(UTF_8), "HmacSHA1"));
            new TreeMap<>(all).values().forEach(value -> mac.update(value.getBytes(UTF_8)));
            all.put("Signature", Base64.getEncoder().encodeToString(mac.doFinal(body)));
            return all;
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void theFirstUserIsMadeAndItsSecretShownOnce() throws Exception {
        try (CarillonServer server = CarillonServer.start("access-first", "--secure")) {
            String secret = found(FIRST_USER, server.brokerProcess().output());
            assertThat(carillon(server, secret, "user", "list").output()).containsPattern("admin +Super +enable");
            assertThat(carillon(server, "a guess", "user", "list").exitCode()).isEqualTo(REFUSED);

            server.stop();
            server.restart();
            assertThat(server.brokerProcess().output()).doesNotContain("secret=", secret);
            assertThat(carillon(server, secret, "user", "list").exitCode()).isEqualTo(DONE);

            Path key = server.data().resolveSibling("data.key");
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(key)))
                    .isEqualTo("rw-------");
            try (Stream<Path> files = Files.walk(server.data())) {
                assertThat(files.filter(Files::isRegularFile)).noneMatch(file -> holds(file, secret));
            }
        }
    }

    /** Reads bit by bit, as some files are larger than the memory here. */
    private static boolean holds(Path file, String secret) {
        byte[] chunk = new byte[1 << 20];
        String before = "";
        try (InputStream in = Files.newInputStream(file)) {
            for (int length = in.read(chunk); length > 0; length = in.read(chunk)) {
                String text = before + new String(chunk, 0, length, ISO_8859_1);
                if (text.contains(secret)) {
                    return true;
                }
                before = text.substring(Math.max(0, text.length() - secret.length()));
            }
            return false;
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void usersAndPoliciesAreMadeChangedAndDeleted() {
        try (Server server = start("access-commands")) {
            String secret = found(MADE_UP, done(server, "user", "create", "shop"));
            assertThat(secret).hasSize(32);
            assertThat(carillon(server, SECRET, "user", "create", "shop").exitCode())
                    .isEqualTo(REFUSED);
            done(server, "user", "update", "shop", "--disable");
            assertThat(done(server, "user", "show", "shop"))
                    .containsPattern("shop +Normal +disable")
                    .doesNotContain(secret);
            done(
                    server,
                    "acl",
                    "allow",
                    "shop",
                    "--resource",
                    "Topic:orders-*,Group:g",
                    "--actions",
                    "Pub,Sub",
                    "--from",
                    "10.0.0.0/8");
            done(server, "acl", "deny", "shop", "--resource", "Topic:orders-secret", "--actions", "All");
            assertThat(done(server, "acl", "list"))
                    .containsPattern("User:shop +Custom +Topic:orders-\\* +Pub,Sub +10.0.0.0/8 +Allow")
                    .containsPattern("User:shop +Custom +Topic:orders-secret +All +any +Deny");
            done(server, "acl", "delete", "shop", "--resource", "Group:g");
            assertThat(done(server, "acl", "show", "shop", "--json"))
                    .contains("\"Topic:orders-*\"")
                    .doesNotContain("Group:g");

            server.kill();
            server.restart();
            assertThat(done(server, "acl", "show", "shop")).contains("orders-secret");
            done(server, "user", "delete", "shop");
            assertThat(done(server, "acl", "list")).contains("no policies");
            assertThat(carillon(server, SECRET, "user", "show", "shop").exitCode())
                    .isEqualTo(REFUSED);
            Ended last = carillon(server, SECRET, "user", "delete", "admin");
            assertThat(last.exitCode()).isEqualTo(REFUSED);
            assertThat(last.output()).contains("last super user");
        }
    }

    private static String[] acl(String command, String cluster, String action) {
        return new String[] {command, "-c", cluster, "-s", "User:bob", "-r", "Topic:b*", "-a", action, "-d", "Allow"};
    }

    @Test
    void mqadminManagesUsersAndPolicies() {
        try (Server server = start("access-mqadmin");
                MqAdmin admin = new MqAdmin(server.nameServer()).signingAs("admin", SECRET);
                MqAdmin stranger = new MqAdmin(server.nameServer())) {
            String broker = server.broker();
            assertThat(stranger.run("listUser", "-b", broker))
                    .contains("CODE: 16")
                    .contains("username cannot be null");
            assertThat(admin.run("createUser", "-b", broker, "-u", "alice", "-p", "12345678", "-t", "Normal"))
                    .contains("create user to " + broker + " success");
            assertThat(admin.run("getUser", "-b", broker, "-u", "alice"))
                    .containsPattern("alice +null +Normal +enable")
                    .doesNotContain("12345678");
            assertThat(admin.run("updateUser", "-b", broker, "-u", "alice", "-s", "disable"))
                    .contains("success");
            assertThat(admin.run("listUser", "-c", server.clusterName()))
                    .containsPattern("alice +null +Normal +disable")
                    .containsPattern("admin +null +Super +enable");
            assertThat(admin.run(
                            "createAcl",
                            "-b",
                            broker,
                            "-s",
                            "User:alice",
                            "-r",
                            "Topic:a*,Group:g",
                            "-a",
                            "Pub,Sub",
                            "-i",
                            "10.0.0.0/8",
                            "-d",
                            "Allow"))
                    .contains("create acl to " + broker + " success");
            assertThat(admin.run(
                            "updateAcl", "-b", broker, "-s", "User:alice", "-r", "Group:g", "-a", "Sub", "-d", "Deny"))
                    .contains("success");
            assertThat(admin.run("getAcl", "-b", broker, "-s", "User:alice"))
                    .containsPattern("User:alice +Custom +Topic:a\\* +\\[Pub, Sub] +\\[10.0.0.0/8] +Allow")
                    .containsPattern("User:alice +Custom +Group:g +\\[Sub] +.* +Deny");
            assertThat(admin.run("deleteAcl", "-b", broker, "-s", "User:alice", "-r", "Group:g"))
                    .contains("success");
            assertThat(admin.run("listAcl", "-c", server.clusterName()))
                    .contains("Topic:a*")
                    .doesNotContain("Group:g");
            assertThat(admin.run("deleteUser", "-b", broker, "-u", "alice")).contains("success");
            assertThat(admin.run("listUser", "-b", broker)).doesNotContain("alice");
            assertThat(admin.run("updateTopic", "-b", broker, "-t", "T", "-r", "1", "-w", "1"))
                    .contains("success");
            assertThat(admin.run("topicRoute", "-t", "T")).contains(broker);
            // Each of the brokers of a cluster is told, also those that pass on to the same one. Of the topic the name
            // server
            // is told as well, but one by itself knows no administrators.
            String cluster = server.clusterName();
            assertThat(admin.run("deleteTopic", "-c", cluster, "-t", "T"))
                    .contains("from cluster [" + cluster + "] success");
            assertThat(admin.run("createUser", "-c", cluster, "-u", "bob", "-p", "12345678", "-t", "Normal"))
                    .contains("create user to " + broker + " success")
                    .doesNotContain("failed");
            // two orders that say the same are signed alike, which in a group would be a replay
            assertThat(admin.run(acl("createAcl", cluster, "Pub")))
                    .contains("success")
                    .doesNotContain("failed");
            assertThat(admin.run(acl("updateAcl", cluster, "Sub")))
                    .contains("success")
                    .doesNotContain("failed");
            assertThat(admin.run("deleteAcl", "-c", cluster, "-s", "User:bob"))
                    .contains("success")
                    .doesNotContain("failed");
            assertThat(admin.run("deleteUser", "-c", cluster, "-u", "bob"))
                    .contains("success")
                    .doesNotContain("failed");
            assertThat(admin.run("listUser", "-b", broker)).doesNotContain("bob");
            assertThat(stranger.run("updateTopic", "-b", broker, "-t", "T2", "-r", "1", "-w", "1"))
                    .contains("CODE: 16");
        }
    }

    @Test
    void anOrderIsNotTakenFromASecondConnection() throws Exception {
        try (Server server = start("access-replay", "--set", "security.replay-check=always");
                RawClient client = RawClient.connect(server.broker());
                RawClient attacker = RawClient.connect(server.broker())) {
            byte[] body = "{\"username\":\"eve\",\"password\":\"12345678\"}".getBytes(UTF_8);
            Map<String, String> order = signed("admin", SECRET, Map.of("username", "eve"), body);
            assertThat(client.call(3001, order, body).code()).isZero();
            assertThat(client.call(3003, signed("admin", SECRET, Map.of("username", "eve")), new byte[0])
                            .code())
                    .isZero();

            RawClient.Answer replayed = attacker.call(3001, order, body);

            assertThat(replayed.code()).isEqualTo(NO_PERMISSION);
            assertThat(replayed.remark()).contains("replay");
            assertThat(done(server, "user", "list")).doesNotContain("eve");
        }
    }

    @Test
    void aBrokerRegistersAtASecureNameServerAsTheUserBothKnow() throws Exception {
        String[] cluster = {
            "--secure", "--set", "security.cluster-user=brokers", "--set", "security.cluster-secret=among-ourselves"
        };
        try (CarillonServer names = CarillonServer.startRole("nameserver", "access-names", cluster)) {
            String[] wrong = {
                "--secure",
                "--nameservers",
                names.nameServer(),
                "--set",
                "security.cluster-user=brokers",
                "--set",
                "security.cluster-secret=a-guess"
            };
            String[] right = Stream.concat(Arrays.stream(cluster), Stream.of("--nameservers", names.nameServer()))
                    .toArray(String[]::new);
            try (CarillonServer stranger = CarillonServer.startRole("broker", "access-stranger", wrong);
                    RawClient client = RawClient.connect(names.nameServer())) {
                assertThat(stranger.brokerProcess().output()).contains("check signature failed");
                assertThat(client.call(105, Map.of("topic", "TBW102"), new byte[0])
                                .code())
                        .isEqualTo(17);
                assertThat(client.call(100, Map.of("namespace", "n", "key", "k", "value", "v"), new byte[0])
                                .code())
                        .isEqualTo(NO_PERMISSION);
            }
            try (CarillonServer broker = CarillonServer.startRole("broker", "access-broker", right);
                    RawClient client = RawClient.connect(names.nameServer())) {
                assertThat(new String(
                                client.call(105, Map.of("topic", "TBW102"), new byte[0])
                                        .body(),
                                UTF_8))
                        .contains(broker.broker());
            }
        }
    }

    @Test
    void aServerThatOthersCanReachNeedsUsersOrAWord() throws Exception {
        assertThat(started("access-bind-none", "--bind", "0.0.0.0"))
                .contains("--secure")
                .contains("--insecure");
        assertThat(started("access-bind-names", "--secure")).doesNotContain("refusing");
    }

    /** What a server said that was started where no port is free, so that it ends in any case. */
    private static String started(String name, String... arguments) throws IOException {
        try (ServerSocket taken = new ServerSocket(0)) {
            String[] all = Stream.concat(
                            Stream.of(
                                    "server",
                                    "--data",
                                    Names.unique(name),
                                    "--broker-port",
                                    Integer.toString(taken.getLocalPort()),
                                    "--nameserver-port",
                                    "0"),
                            Arrays.stream(arguments))
                    .toArray(String[]::new);
            Ended ended = CarillonCommand.run(io.carillon.systemtests.harness.Workspace.folder(name), all);
            assertThat(ended.exitCode()).isNotZero();
            return ended.output();
        }
    }

    @Test
    void aStartWithAnotherKeySaysWhatIsMissing() throws Exception {
        try (CarillonServer server = CarillonServer.start("access-key", SECURE)) {
            server.stop();
            Files.delete(server.data().resolveSibling("data.key"));

            OsProcess second = server.spawnSecond();

            assertThat(second.awaitExit(Duration.ofSeconds(30))).isEqualTo(USAGE);
            assertThat(second.output()).contains("sealed with another key");
        }
    }

    @Test
    void commandsSayWhatTheyNeed() {
        Path folder = io.carillon.systemtests.harness.Workspace.folder("access-usage");
        Ended noSecret = CarillonCommand.run(folder, "user", "list", "--user", "admin");
        assertThat(noSecret.exitCode()).isEqualTo(USAGE);
        assertThat(noSecret.output()).contains("CARILLON_SECRET");
        Ended noActions = CarillonCommand.run(folder, "acl", "allow", "shop", "--resource", "Topic:t");
        assertThat(noActions.exitCode()).isEqualTo(USAGE);
        assertThat(noActions.output()).contains("--actions");
    }
}
