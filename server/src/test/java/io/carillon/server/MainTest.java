package io.carillon.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MainTest {
    @TempDir
    Path folder;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @Test
    void answersHelpForEveryCommand() {
        for (String command : new String[] {"server", "nameserver", "broker", "config", "schedule", "version"}) {
            out.reset();
            assertThat(run(command, "--help")).isEqualTo(ExitCode.OK);
            assertThat(out()).startsWith("Usage: carillon " + command);
        }
        assertThat(run("--help")).isEqualTo(ExitCode.OK);
        assertThat(out()).contains("nameserver").contains("Exit codes:").doesNotContain("train");
    }

    @Test
    void namesTheNearestOptionOfAnUnknownOne() {
        assertThat(run("server", "--broker-prot=1")).isEqualTo(ExitCode.USAGE);

        assertThat(err()).contains("unknown option '--broker-prot'; did you mean '--broker-port'?");
    }

    @Test
    void namesTheNearestCommandOfAnUnknownOne() {
        assertThat(run("sevrer")).isEqualTo(ExitCode.USAGE);

        assertThat(err()).contains("unknown command 'sevrer'; did you mean 'server'?");
    }

    @Test
    void saysWhichOptionLacksItsValue() {
        assertThat(run("server", "--data")).isEqualTo(ExitCode.USAGE);

        assertThat(err()).contains("--data");
    }

    @Test
    void showsEverySettingAndWhereItCameFrom() {
        assertThat(run("config", "--flush", "async", "--set", "log.keep-for=1h"))
                .isEqualTo(ExitCode.OK);

        assertThat(out())
                .containsPattern("log\\.flush +async +flag --flush\n")
                .containsPattern("log\\.keep-for +1h +flag --set\n")
                .containsPattern("broker-port +10911 +default\n");
    }

    @Test
    void showsItsVersionAndJavas() {
        assertThat(run("version")).isEqualTo(ExitCode.OK);

        assertThat(out()).startsWith("carillon ").contains("java " + Runtime.version());
    }

    @Test
    void refusesToListenWhereOthersCanConnect() {
        int code = run("server", "--data", folder.toString(), "--bind", "0.0.0.0", "--broker-port", "0");

        assertThat(code).isEqualTo(ExitCode.USAGE);
        assertThat(err()).contains("refusing to listen on 0.0.0.0").contains("--insecure");
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void refusesADataFolderThatIsInUse() {
        try (DataLock _ = DataLock.take(folder)) {
            int code = run("server", "--data", folder.toString(), "--broker-port", "0", "--nameserver-port", "0");

            assertThat(code).isEqualTo(ExitCode.DATA_IN_USE);
            assertThat(err())
                    .contains(folder.toString())
                    .contains("pid " + ProcessHandle.current().pid());
            assertThat(out()).isEmpty();
        }
    }

    @Test
    void refusesABrokerThatKnowsNoNameServer() {
        assertThat(run("broker", "--data", folder.toString())).isEqualTo(ExitCode.USAGE);

        assertThat(err()).contains("--nameservers");
    }

    private int run(String... args) {
        return new Main(Map.of(), print(out), print(err)).run(args);
    }

    private static PrintStream print(ByteArrayOutputStream bytes) {
        return new PrintStream(bytes, true, StandardCharsets.UTF_8);
    }

    private String out() {
        return out.toString(StandardCharsets.UTF_8).replace("\r", "");
    }

    private String err() {
        return err.toString(StandardCharsets.UTF_8);
    }
}
