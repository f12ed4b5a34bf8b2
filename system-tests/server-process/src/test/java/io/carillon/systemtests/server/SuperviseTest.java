package io.carillon.systemtests.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.systemtests.harness.OsProcess;
import io.carillon.systemtests.harness.RawClient;
import io.carillon.systemtests.harness.Workspace;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** A server over which the launcher watches. */
@EnabledOnOs({OS.LINUX, OS.MAC})
class SuperviseTest {
    private static final Pattern READY = Pattern.compile("carillon ready nameserver=\\S+ broker=(\\S+) ");
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int GET_TOPICS = 206;

    @Test
    void aServerThatHangsIsKilledAndStartedAgainAndEndsWithItsLauncher() throws Exception {
        Path folder = Workspace.folder("supervised");
        OsProcess launcher = OsProcess.start(
                "launcher",
                folder,
                List.of(
                        "bash",
                        Workspace.launcher().toString(),
                        "supervise",
                        "server",
                        "--data",
                        folder.resolve("data").toString(),
                        "--nameserver-port",
                        "0",
                        "--broker-port",
                        "0",
                        "--http-port",
                        "0",
                        "--set",
                        "log.disk-use-max=100"),
                Map.of("CARILLON_NO_BUILD", "1", "JAVA_HOME", System.getProperty("java.home")));
        try {
            requireThatItServes(awaitReady(launcher, 1));
            ProcessHandle hanging = server(launcher);
            new ProcessBuilder("kill", "-STOP", Long.toString(hanging.pid()))
                    .start()
                    .waitFor();

            requireThatItServes(awaitReady(launcher, 2));
            assertThat(hanging.isAlive()).isFalse();
            assertThat(launcher.output()).contains("no sign of life for 3 s: killed");

            ProcessHandle last = server(launcher);
            launcher.terminate(PATIENCE);
            assertThat(last.isAlive()).isFalse();
            assertThat(READY.matcher(launcher.output()).results()).hasSize(2);
        } finally {
            ProcessHandle.of(launcher.pid())
                    .ifPresent(left -> left.descendants().forEach(ProcessHandle::destroyForcibly));
        }
    }

    /** The address of the broker at this start; the first one is 1. */
    private static String awaitReady(OsProcess launcher, int time) {
        List<MatchResult> ready = Awaitility.await("start " + time)
                .atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(10))
                .until(() -> READY.matcher(launcher.output()).results().toList(), found -> found.size() == time);
        return ready.getLast().group(1);
    }

    private static ProcessHandle server(OsProcess launcher) {
        return ProcessHandle.of(launcher.pid())
                .flatMap(parent -> parent.children().findFirst())
                .orElseThrow();
    }

    private static void requireThatItServes(String broker) throws IOException {
        try (RawClient client = RawClient.connect(broker)) {
            assertThat(client.call(GET_TOPICS, Map.of(), new byte[0]).code()).isGreaterThanOrEqualTo(0);
        }
    }
}
