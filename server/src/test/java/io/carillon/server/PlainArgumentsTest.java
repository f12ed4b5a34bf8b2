package io.carillon.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class PlainArgumentsTest {
    @Test
    void readsAnOrdinaryStart() {
        CommandLines.Said said = PlainArguments.read(
                "server", "--data", "d", "--broker-port=0", "--insecure", "--set", "log.keep-for=1h", "--config=c");

        assertThat(said).isNotNull();
        assertThat(said.command()).isEqualTo("server");
        assertThat(said.file()).hasToString("c");
        assertThat(said.settings())
                .containsExactlyInAnyOrder(
                        new ConfigReader.FlagValue("--data", "data", "d"),
                        new ConfigReader.FlagValue("--broker-port", "broker-port", "0"),
                        new ConfigReader.FlagValue("--insecure", "insecure", "true"),
                        new ConfigReader.FlagValue("--set", "log.keep-for", "1h"));
    }

    @Test
    void leavesEverythingElseToTheLibrary() {
        assertThat(PlainArguments.read()).isNull();
        assertThat(PlainArguments.read("config", "--data", "d")).isNull();
        assertThat(PlainArguments.read("server", "--help")).isNull();
        assertThat(PlainArguments.read("server", "--data")).isNull();
        assertThat(PlainArguments.read("server", "--data", "a", "--data", "b")).isNull();
        assertThat(PlainArguments.read("server", "--set", "nothing")).isNull();
        assertThat(PlainArguments.read("nameserver", "--broker-port", "1")).isNull();
    }

    /** Whatever it reads, the library reads the same; the order of different flags means nothing. */
    @Property(tries = 300)
    void agreesWithTheLibraryWhereItReadsAnything(@ForAll("commandLines") List<String> args) {
        CommandLines.Said plain = PlainArguments.read(args.toArray(String[]::new));

        if (plain != null) {
            CommandLine library = CommandLines.all();
            CommandLines.Said full = CommandLines.said(
                    library.parseArgs(args.toArray(String[]::new)).subcommand());
            assertThat(plain.command()).isEqualTo(full.command());
            assertThat(plain.file()).isEqualTo(full.file());
            assertThat(plain.settings()).containsExactlyInAnyOrderElementsOf(full.settings());
        }
    }

    @Provide
    Arbitrary<List<String>> commandLines() {
        Arbitrary<String> words = Arbitraries.of(
                "--data",
                "--data=x",
                "d",
                "--broker-port",
                "0",
                "--insecure",
                "--insecure=true",
                "--set",
                "a=b",
                "--set=a=b=c",
                "--config",
                "--config=f",
                "--flush=async",
                "--flush",
                "sync",
                "--nope",
                "--help",
                "");
        return words.list().ofMaxSize(6).map(list -> {
            List<String> all = new ArrayList<>(list);
            all.addFirst("server");
            return all;
        });
    }
}
