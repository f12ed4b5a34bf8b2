package io.carillon.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

/** Runs the script at the root of the project against made-up JDKs, whose {@code java} only says how it was called. */
@EnabledOnOs({OS.LINUX, OS.MAC})
class LauncherTest {
    private static final Path SCRIPT = Path.of("..", "carillon");
    private static final String FAKE_JAVA = """
            #!/bin/sh
            echo "java of $0"
            echo "process $$"
            echo "folder $(pwd)"
            for word in "$@"; do echo "word $word"; done
            """;

    @TempDir
    Path temp;

    private Path home;
    private Path script;

    private record Ended(long process, int code, String out, String err) {}

    @BeforeEach
    void installInAFolderWithASpace() throws IOException {
        home = Files.createDirectories(temp.toRealPath().resolve("a folder"));
        script = executable(home.resolve("carillon"), Files.readString(SCRIPT));
        Path lib = Files.createDirectories(home.resolve("server/target/dist/lib"));
        Files.createFile(lib.resolve("carillon-server-1.jar"));
        Files.createFile(lib.resolveSibling("jvm.options"));
        Files.createFile(lib.resolveSibling("built"));
    }

    @Test
    void takesJavaHomeWhenItIsNewEnough() throws Exception {
        Path jdk = jdk("jdk-26", "26.0.1");

        Ended ended = run(script, jdk, "/usr/bin:/bin", "server", "--data", "with space");

        assertThat(ended.err()).isEmpty();
        assertThat(ended.code()).isZero();
        assertThat(ended.out())
                .contains("java of " + jdk.resolve("bin/java") + "\n")
                .contains("word -jar\nword " + home + "/server/target/dist/lib/carillon-server-1.jar\n")
                .endsWith("word server\nword --data\nword with space\n");
    }

    /** Whoever watches over it knows it by its number, and takes news from no other. */
    @Test
    void becomesTheProcessOfJavaItself() throws Exception {
        Ended ended = run(script, jdk("jdk-25", "25"), "/usr/bin:/bin", "server");

        assertThat(ended.out()).contains("process " + ended.process() + "\n");
    }

    @Test
    void takesTheJavaOfThePathWhenJavaHomeIsTooOld() throws Exception {
        Path old = jdk("jdk-17", "17.0.2");
        Path young = jdk("jdk-25", "25");

        Ended ended = run(script, old, young.resolve("bin") + ":/usr/bin:/bin", "version");

        assertThat(ended.out()).contains("java of " + young.resolve("bin/java") + "\n");
    }

    @Test
    void passesTheUsersFlagsToJavaAfterItsOwn() throws Exception {
        Path jdk = jdk("jdk-25", "25.0.3");

        Ended ended = run(script, jdk, "/usr/bin:/bin", "version");

        assertThat(ended.out()).containsSubsequence("jvm.options\n", "word -Dmine=1\nword -Xmx1g\n", "word -jar\n");
    }

    @Test
    void worksThroughALinkAndStaysInTheCallersFolder() throws Exception {
        Path jdk = jdk("jdk-25", "25.0.3");
        Path bin = Files.createDirectories(temp.toRealPath().resolve("bin"));
        Path link = Files.createSymbolicLink(bin.resolve("carillon"), Path.of("..", "a folder", "carillon"));

        Ended ended = run(link, jdk, "/usr/bin:/bin", "version");

        assertThat(ended.err()).isEmpty();
        assertThat(ended.out()).contains("folder " + temp.toRealPath() + "\n").contains(home + "/server/target/dist");
    }

    @Test
    void usesTheStartUpCacheOnlyWhenThereIsOne() throws Exception {
        Path jdk = jdk("jdk-25", "25.0.3");
        assertThat(run(script, jdk, "/usr/bin:/bin", "version").out()).doesNotContain("AOTCache");

        Files.createFile(home.resolve("server/target/dist/carillon.aot"));

        assertThat(run(script, jdk, "/usr/bin:/bin", "version").out())
                .contains("word -XX:AOTCache=" + home + "/server/target/dist/carillon.aot\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"schedule", "user", "acl", "cluster", "backup", "settings", "token"})
    void asksABrokerWithWhatWasBuiltHoweverOld(String command) throws Exception {
        Files.delete(home.resolve("server/target/dist/built"));

        Ended ended = run(script, jdk("jdk-25", "25"), "/usr/bin:/bin", command, "list");

        assertThat(ended.err()).isEmpty();
        assertThat(ended.code()).isZero();
        assertThat(ended.out()).endsWith("word " + command + "\nword list\n");
    }

    @Test
    void namesEveryCommandInItsHelp() throws Exception {
        String help =
                run(script, jdk("jdk-25", "25"), "/usr/bin:/bin", "--help").out();

        List<String> commands = CommandLines.all().getSubcommands().values().stream()
                .map(CommandLine::getCommandSpec)
                .filter(command -> !command.usageMessage().hidden())
                .map(CommandSpec::name)
                .toList();
        assertThat(commands).contains("cluster");
        assertThat(commands)
                .allSatisfy(
                        command -> assertThat(help.lines()).anyMatch(line -> line.startsWith("  " + command + " ")));
    }

    @Test
    void namesEveryPlaceThatItLookedAtWhenThereIsNoJdk() throws Exception {
        Files.writeString(script, Files.readString(script).replace("WANTED=25", "WANTED=999"));
        Path old = jdk("jdk-17", "17.0.2");

        Ended ended = run(script, old, "/usr/bin:/bin", "server");

        assertThat(ended.code()).isEqualTo(2);
        assertThat(ended.out()).isEmpty();
        assertThat(ended.err())
                .contains("no JDK of version 999")
                .contains("JAVA_HOME=" + old + ": Java 17")
                .contains("java on the PATH")
                .contains("/usr/lib/jvm")
                .contains("/Library/Java/JavaVirtualMachines");
    }

    @Test
    void saysThatMavenIsMissingWhenItHasToBuild() throws Exception {
        Files.delete(home.resolve("server/target/dist/built"));
        Path tools = Files.createDirectories(temp.toRealPath().resolve("tools"));
        for (String tool :
                List.of("bash", "dirname", "readlink", "mkdir", "find", "head", "tee", "awk", "cat", "touch")) {
            Files.createSymbolicLink(tools.resolve(tool), whereIs(tool));
        }

        Ended ended = run(script, jdk("jdk-25", "25"), tools.toString(), "server");

        assertThat(ended.code()).isEqualTo(2);
        assertThat(ended.err()).contains("Maven is needed").contains("'mvn'");
    }

    @Test
    void killsAServerThatHangsAndStartsItAgainUntilItEndsInOrder() throws Exception {
        Path jdk = jdk("jdk-25", "25");
        executable(jdk.resolve("bin/java"), """
                #!/bin/sh
                starts=$(($(cat starts 2>/dev/null || echo 0) + 1))
                echo "$starts" >starts
                echo "start $starts, told of $WATCHDOG_USEC us at $NOTIFY_SOCKET"
                case $starts in
                    1) echo READY=1 >&3 && exec sleep 60 ;;
                    2) exit 1 ;;
                    3) echo READY=1 >&3 && echo WATCHDOG=1 >&3 && exit 1 ;;
                    *) echo READY=1 >&3 && echo STOPPING=1 >&3 && exit 0 ;;
                esac
                """);

        Ended ended = run(script, jdk, "/usr/bin:/bin", "supervise", "server");

        assertThat(ended.code()).isZero();
        assertThat(ended.out().lines()).hasSize(4).first().isEqualTo("start 1, told of 3000000 us at /dev/fd/3");
        assertThat(ended.err().lines())
                .containsExactly(
                        "carillon: no sign of life for 3 s: killed",
                        "carillon: the server ended with code 137, and is started again",
                        "carillon: the server ended with code 1, and is started again",
                        "carillon: the server ended with code 1, and is started again");
    }

    @Test
    void doesNotStartAgainWhatCannotStart() throws Exception {
        Path jdk = jdk("jdk-25", "25");
        executable(jdk.resolve("bin/java"), "#!/bin/sh\necho started\nexit 4\n");
        Ended portInUse = run(script, jdk, "/usr/bin:/bin", "supervise", "broker");
        assertThat(portInUse.code()).isEqualTo(4);
        assertThat(portInUse.out()).isEqualTo("started\n");

        executable(jdk.resolve("bin/java"), "#!/bin/sh\necho started\nexit 1\n");
        Ended always = run(script, jdk, "/usr/bin:/bin", "supervise", "broker");
        assertThat(always.code()).isEqualTo(1);
        assertThat(always.out().lines()).hasSize(10);
        assertThat(always.err()).contains("ended 10 times before it served");

        Ended wrong = run(script, jdk, "/usr/bin:/bin", "supervise", "backup");
        assertThat(wrong.code()).isEqualTo(2);
        assertThat(wrong.err()).contains("supervise takes what to run");
    }

    @Test
    void passesOnThatItIsToStop() throws Exception {
        Path jdk = jdk("jdk-25", "25");
        executable(jdk.resolve("bin/java"), """
                #!/bin/sh
                trap 'echo STOPPING=1 >&3; echo stopped; exit 143' TERM
                echo READY=1 >&3
                echo serves
                while :; do echo WATCHDOG=1 >&3; sleep 0.2; done
                """);
        Process process = start(script, jdk, "/usr/bin:/bin", Redirect.PIPE, Redirect.DISCARD, "supervise", "server");
        try (BufferedReader out = process.inputReader()) {
            assertThat(out.readLine()).isEqualTo("serves");
            process.toHandle().destroy();
            assertThat(out.readLine()).isEqualTo("stopped");
            assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        } finally {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
        assertThat(process.exitValue()).isEqualTo(143);
    }

    private static Path whereIs(String tool) {
        for (String folder : List.of("/bin", "/usr/bin", "/usr/local/bin", "/opt/homebrew/bin")) {
            if (Files.isExecutable(Path.of(folder, tool))) {
                return Path.of(folder, tool);
            }
        }
        throw new IllegalStateException("this machine has no " + tool);
    }

    private Path jdk(String name, String version) throws IOException {
        Path jdk = Files.createDirectories(temp.toRealPath().resolve(name));
        Files.createDirectories(jdk.resolve("bin"));
        Files.writeString(jdk.resolve("release"), "IMPLEMENTOR=\"nobody\"\nJAVA_VERSION=\"" + version + "\"\n");
        executable(jdk.resolve("bin/java"), FAKE_JAVA);
        executable(jdk.resolve("bin/javac"), FAKE_JAVA);
        return jdk;
    }

    private static Path executable(Path file, String text) throws IOException {
        Files.writeString(file, text);
        assertThat(file.toFile().setExecutable(true)).isTrue();
        return file;
    }

    private Ended run(Path command, Path javaHome, String path, String... args) throws Exception {
        Path out = Files.createTempFile(temp, "out", "");
        Path err = Files.createTempFile(temp, "err", "");
        Process process = start(command, javaHome, path, Redirect.to(out.toFile()), Redirect.to(err.toFile()), args);
        try {
            assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        } finally {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
        return new Ended(process.pid(), process.exitValue(), read(out), read(err));
    }

    private Process start(Path command, Path javaHome, String path, Redirect out, Redirect err, String... args)
            throws IOException {
        List<String> words = new ArrayList<>(List.of(whereIs("bash").toString(), command.toString()));
        words.addAll(List.of(args));
        ProcessBuilder builder = new ProcessBuilder(words)
                .directory(temp.toRealPath().toFile())
                .redirectOutput(out)
                .redirectError(err);
        builder.environment().clear();
        builder.environment().put("JAVA_HOME", javaHome.toString());
        builder.environment().put("PATH", path);
        builder.environment().put("CARILLON_JAVA_OPTS", "-Dmine=1 -Xmx1g");
        return builder.start();
    }

    private static String read(Path file) throws IOException {
        return Files.readString(file, StandardCharsets.UTF_8);
    }
}
