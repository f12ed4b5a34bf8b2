package io.carillon.systemtests.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.systemtests.harness.CarillonCommand;
import io.carillon.systemtests.harness.CarillonCommand.Ended;
import io.carillon.systemtests.harness.CarillonServer;
import io.carillon.systemtests.harness.Server;
import io.carillon.systemtests.harness.Workspace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** {@code carillon backup} and {@code carillon restore} as processes: who may, and what they say when they cannot. */
class BackupCommandTest {
    private static final int DONE = 0;
    private static final int FAULT = 1;
    private static final int USAGE = 2;
    private static final int DATA_IN_USE = 3;
    private static final int REFUSED = 5;
    private static final int NO_BROKER = 6;
    private static final String SECRET = "the-admins-secret";
    private static final Pattern MADE_UP = Pattern.compile("shown this once: (\\S+)");

    @BeforeAll
    static void onlyCarillon() {
        Assumptions.assumeFalse(Server.isApache(), "Apache has no such commands");
    }

    private static Ended asUser(CarillonServer server, String user, String secret, String... words) {
        String[] all = Arrays.copyOf(words, words.length + 2);
        all[words.length] = "--broker";
        all[words.length + 1] = server.broker();
        Map<String, String> environment =
                user.isEmpty() ? Map.of() : Map.of("CARILLON_USER", user, "CARILLON_SECRET", secret);
        return CarillonCommand.run(server.data().resolveSibling("commands"), environment, all);
    }

    /** Runs the command in a folder of its own. */
    private static Ended restore(Path commands, Path backup, Path data) {
        return CarillonCommand.run(commands, "restore", backup.toString(), "--data", data.toString());
    }

    @Test
    void onlyWhoMayUpdateTheClusterMayBackItUpAndUsersComeBackWithTheKey() throws IOException {
        String[] secure = {"--secure", "--set", "security.admin-secret=" + SECRET};
        Path restored = Workspace.folder("backup-secure-restored");
        try (CarillonServer server = CarillonServer.start("backup-secure", secure)) {
            Path folder = server.data().resolveSibling("backup");
            Ended nobody = asUser(server, "", "", "backup", folder.toString());
            assertThat(nobody.exitCode()).as(nobody.output()).isEqualTo(REFUSED);
            Matcher made = MADE_UP.matcher(
                    asUser(server, "admin", SECRET, "user", "create", "shop").output());
            assertThat(made.find()).isTrue();
            Ended stranger = asUser(server, "shop", made.group(1), "backup", folder.toString());
            assertThat(stranger.exitCode()).as(stranger.output()).isEqualTo(REFUSED);
            asUser(server, "admin", SECRET, "acl", "allow", "shop", "--resource", "Cluster:*", "--actions", "Update");
            Ended allowed = asUser(server, "shop", made.group(1), "backup", folder.toString());
            assertThat(allowed.exitCode()).as(allowed.output()).isEqualTo(DONE);

            Ended laidOut = restore(restored, folder, restored.resolve("data"));
            assertThat(laidOut.exitCode()).as(laidOut.output()).isEqualTo(DONE);
            Files.copy(
                    server.data().resolveSibling("data.key"),
                    restored.resolve("data.key"),
                    java.nio.file.StandardCopyOption.COPY_ATTRIBUTES);
            try (CarillonServer again = CarillonServer.startOn(restored, restored.resolve("data"), "--secure")) {
                assertThat(asUser(again, "shop", made.group(1), "acl", "list").exitCode())
                        .isEqualTo(REFUSED);
                assertThat(asUser(again, "admin", SECRET, "user", "list").output())
                        .contains("shop");
            }
        }
    }

    @Test
    void badInputIsToldAndNothingIsTouched() throws IOException {
        Path folder = Workspace.folder("backup-bad-input");
        Path full = Files.createDirectories(folder.resolve("full"));
        Files.writeString(full.resolve("mine"), "do not touch");
        assertThat(CarillonCommand.run(folder, "backup").exitCode()).isEqualTo(USAGE);
        assertThat(CarillonCommand.run(folder, "backup", "x", "--rate", "fast").output())
                .contains("not a size: 'fast'");
        Ended nobody = CarillonCommand.run(folder, "backup", full.toString(), "--broker", "127.0.0.1:1");
        assertThat(nobody.exitCode()).isEqualTo(REFUSED);
        assertThat(nobody.output()).contains("not empty");
        Ended noBroker = CarillonCommand.run(folder, "backup", "empty", "--broker", "127.0.0.1:1");
        assertThat(noBroker.exitCode()).isEqualTo(NO_BROKER);
        Ended noCopy = CarillonCommand.run(folder, "restore", full.toString(), "--data", "data");
        assertThat(noCopy.exitCode()).isEqualTo(REFUSED);
        assertThat(noCopy.output()).contains("no copy in the folder");
        assertThat(CarillonCommand.run(folder, "restore", "nowhere", "--data", "data")
                        .exitCode())
                .isEqualTo(FAULT);
        assertThat(full.resolve("mine")).hasContent("do not touch");
        try (Stream<Path> all = Files.list(full)) {
            assertThat(all).hasSize(1);
        }
    }

    @Test
    void aDataFolderThatIsUsedIsNotRestoredInto() {
        try (CarillonServer server = CarillonServer.start("backup-in-use")) {
            Path folder = server.data().resolveSibling("backup");
            assertThat(asUser(server, "", "", "backup", folder.toString()).exitCode())
                    .isEqualTo(DONE);
            Ended inUse = restore(folder.resolveSibling("commands"), folder, server.data());
            assertThat(inUse.exitCode()).as(inUse.output()).isEqualTo(DATA_IN_USE);
            server.stop();
            Ended notEmpty = restore(folder.resolveSibling("commands"), folder, server.data());
            assertThat(notEmpty.exitCode()).as(notEmpty.output()).isEqualTo(REFUSED);
            assertThat(notEmpty.output()).contains("not empty");
        }
    }
}
