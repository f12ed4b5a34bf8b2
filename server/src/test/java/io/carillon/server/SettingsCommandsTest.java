package io.carillon.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.carillon.remoting.RequestCode;
import io.carillon.remoting.Response;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import picocli.CommandLine.ParameterException;

class SettingsCommandsTest {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private final List<SettingsCommands.Call> calls = new ArrayList<>();
    private Response answer = new Response(0, null, Map.of(), new byte[0]);

    private int run(String... words) {
        SettingsCommands commands = new SettingsCommands(
                print(out), print(err), Map.of("CARILLON_USER", "admin", "CARILLON_SECRET", "s"), call -> {
                    calls.add(call);
                    return answer;
                });
        return commands.run(CommandLines.all().parseArgs(words).subcommand());
    }

    private static PrintStream print(ByteArrayOutputStream bytes) {
        return new PrintStream(bytes, true, StandardCharsets.UTF_8);
    }

    private Properties sent() throws IOException {
        Properties properties = new Properties();
        properties.load(new StringReader(new String(calls.getLast().content().body(), StandardCharsets.UTF_8)));
        return properties;
    }

    @Test
    void asksABrokerForAllChangesAtOnce() throws IOException {
        assertThat(run("settings", "set", "log.keep-for=48h", "pop.polls-max = 7", "--broker", "a:1"))
                .isZero();

        assertThat(calls.getLast().at()).isEqualTo(new HostPort("a", 1));
        assertThat(calls.getLast().code()).isEqualTo(RequestCode.UPDATE_BROKER_CONFIG);
        assertThat(calls.getLast().as().credentials()).isNotNull();
        assertThat(sent()).isEqualTo(Map.of("log.keep-for", "48h", "pop.polls-max", "7"));
        assertThat(out).asString().isEqualTo("done\n");
    }

    @Test
    void asksANameServerWhenItIsToldOf() throws IOException {
        assertThat(run("settings", "set", "nameserver.acting-master=true", "--nameserver", "n:2"))
                .isZero();

        assertThat(calls.getLast().at()).isEqualTo(new HostPort("n", 2));
        assertThat(calls.getLast().code()).isEqualTo(RequestCode.UPDATE_NAMESRV_CONFIG);
        assertThat(sent()).containsEntry("nameserver.acting-master", "true");
    }

    @Test
    void showsWhatMayBeChangedAndToWhat() {
        byte[] body = "log.disk-use-max=85\nbrokerName=a\ntransaction.enabled=true\nnameserver.acting-master=true\n"
                .getBytes(StandardCharsets.UTF_8);
        answer = new Response(0, null, Map.of(), body);

        assertThat(run("settings", "list")).isZero();
        assertThat(calls.getLast().code()).isEqualTo(RequestCode.GET_BROKER_CONFIG);
        assertThat(out)
                .asString()
                .containsPattern("log\\.disk-use-max +85 +from 1 to 100\n")
                .containsPattern("transaction\\.enabled +true +true or false\n")
                .doesNotContain("brokerName", "nameserver");

        assertThat(run("settings", "list", "--nameserver", "n:2")).isZero();
        assertThat(calls.getLast().code()).isEqualTo(RequestCode.GET_NAMESRV_CONFIG);
        assertThat(out).asString().contains("nameserver.acting-master");
    }

    @Test
    void saysWhyItWasRefused() {
        answer = new Response(29, "nothing was changed: log.disk-use-max must be from 1 to 100", Map.of(), new byte[0]);

        assertThat(run("settings", "set", "log.disk-use-max=0")).isEqualTo(ExitCode.REFUSED);

        assertThat(err).asString().isEqualTo("carillon: nothing was changed: log.disk-use-max must be from 1 to 100\n");
    }

    @Test
    void saysWhatIsWrongWithTheCommandLine() {
        assertThatThrownBy(() -> run("settings", "set", "log.keep-for"))
                .isInstanceOf(ParameterException.class)
                .hasMessageContaining("write key=value, not 'log.keep-for'");
        assertThatThrownBy(() -> run("settings", "set")).hasMessageContaining("what is to change?");
        assertThatThrownBy(() -> run("settings", "list", "--broker", "a:1", "--nameserver", "b:2"))
                .hasMessageContaining("one at a time");
        assertThatThrownBy(() -> run("settings", "list", "--broker", "nowhere")).isInstanceOf(ParameterException.class);
        assertThat(calls).isEmpty();
    }
}
