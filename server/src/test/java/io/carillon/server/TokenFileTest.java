package io.carillon.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.carillon.base.CarillonException.BadConfig;
import io.carillon.base.Ticker;
import io.carillon.http.Action;
import io.carillon.http.Caller;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine.ParseResult;

class TokenFileTest {
    @TempDir
    Path folder;

    private long nowNs;

    private final Ticker ticker = new Ticker() {
        @Override
        public long nowMs() {
            return 0;
        }

        @Override
        public long nanoTime() {
            return nowNs;
        }
    };

    private TokenFile tokens() {
        return TokenFile.of(config(), ticker);
    }

    private ServerConfig config() {
        return ConfigReader.read(
                        null,
                        Map.of(),
                        List.of(new ConfigReader.FlagValue(
                                "--data", "data", folder.resolve("data").toString())))
                .config();
    }

    private Path file() {
        return folder.resolve("data.tokens");
    }

    /** Runs a command; returns what it said on standard output. */
    private String run(String... words) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ParseResult said = CommandLines.all().parseArgs(words).subcommand();
        int code = new TokenCommands(
                        new PrintStream(out, true, StandardCharsets.UTF_8),
                        new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8),
                        new Random(7),
                        file())
                .run(said);
        assertThat(code).isZero();
        return out.toString(StandardCharsets.UTF_8).strip();
    }

    @Test
    void withoutAFileEverybodyMayUntilThereIsOne() throws Exception {
        TokenFile tokens = tokens();
        assertThat(tokens.isOpen()).isTrue();

        String token = run("token", "add", "billing", "--actions", "send", "--topics", "orders,audit-*");
        nowNs += TimeUnit.SECONDS.toNanos(2);
        assertThat(tokens.isOpen()).isFalse();
        Caller caller = Objects.requireNonNull(tokens.byToken(token));
        assertThat(caller.name()).isEqualTo("billing");
        assertThat(caller.actions()).containsExactly(Action.SEND);
        assertThat(caller.topics()).containsExactly("orders", "audit-*");
        assertThat(tokens.byToken(token + "x")).isNull();
        assertThat(Files.readString(file())).doesNotContain(token);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file())))
                .isEqualTo("rw-------");

        run("token", "remove", "billing");
        nowNs += TimeUnit.SECONDS.toNanos(2);
        assertThat(tokens.byToken(token)).isNull();
        Files.delete(file());
        nowNs += TimeUnit.SECONDS.toNanos(2);
        assertThat(tokens.isOpen()).as("never again").isFalse();
    }

    @Test
    void aCertificateIsAsGoodAsAToken() throws Exception {
        Files.writeString(file(), "# people\nshop.example certificate receive,view orders\n");
        Caller caller = Objects.requireNonNull(tokens().byCertificate("shop.example"));
        assertThat(caller.actions()).containsExactlyInAnyOrder(Action.RECEIVE, Action.VIEW);
        assertThat(tokens().byCertificate("other.example")).isNull();
    }

    @Test
    void aLineThatMakesNoSenseIsToldWithItsPlace() throws Exception {
        Files.writeString(file(), "me sha256:abc send *\n");
        assertThatThrownBy(this::tokens).isInstanceOf(BadConfig.class).hasMessageContaining("data.tokens:1");
        Files.writeString(file(), "me sha256:" + "0".repeat(64) + " sing *\n");
        assertThatThrownBy(this::tokens).hasMessageContaining("no action is called 'sing'");
    }
}
