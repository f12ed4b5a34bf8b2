package io.carillon.systemtests.harness;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Apache's mqadmin 5.5, given a name server. */
public final class MqAdmin implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final String nameServer;
    private final Path folder = Workspace.folder(Names.unique("mqadmin"));
    private final OsProcess shell;
    private int count;
    private int aloneCount;

    public MqAdmin(String nameServer) {
        this.nameServer = nameServer;
        CodeSource here = MqAdmin.class.getProtectionDomain().getCodeSource();
        String classPath = Path.of(here.getLocation().getPath()) + File.pathSeparator + Workspace.apacheClassPath();
        this.shell = OsProcess.start("shell", folder, java(classPath, MqAdminShell.class.getName()), Map.of());
    }

    /** Lets mqadmin sign what it says, the way its users do: by a file in its home. */
    public MqAdmin signingAs(String user, String secret) {
        Path conf = folder.resolve("conf");
        try {
            Files.createDirectories(conf);
            Files.writeString(conf.resolve("tools.yml"), "accessKey: " + user + "\nsecretKey: " + secret + "\n");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return this;
    }

    /** Runs a command, which is given the name server, and returns everything that it printed. */
    public String run(String... words) {
        int before = shell.output().length();
        shell.say(String.join(MqAdminShell.SEPARATOR, withNameServer(words)));
        int number = count++; // also when it takes too long: else each command after it would wait for the one before
        shell.awaitLine(Pattern.compile(MqAdminShell.DONE + number + "\\n"), PATIENCE);
        return withoutWarnings(shell.output().substring(before));
    }

    /** Runs a command as a user does, in a process of its own. */
    public OsProcess runAlone(String... words) {
        OsProcess process = start(words);
        process.awaitExit(PATIENCE);
        return process;
    }

    /** Starts a command that goes on until it is ended, in a process of its own. */
    public OsProcess start(String... words) {
        List<String> command = java(Workspace.apacheClassPath(), "org.apache.rocketmq.tools.command.MQAdminStartup");
        command.addAll(List.of(withNameServer(words)));
        return OsProcess.start("alone-" + aloneCount++, folder, command, Map.of());
    }

    /** What the tools have written into their log files so far. */
    public String logged() {
        try (Stream<Path> files = Files.walk(folder)) {
            StringBuilder all = new StringBuilder();
            for (Path file :
                    files.filter(one -> one.toString().endsWith(".log")).toList()) {
                all.append(Files.readString(file));
            }
            return all.toString();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What it prints when it is called without a command: the names of all. */
    public String help() {
        List<String> command = java(Workspace.apacheClassPath(), "org.apache.rocketmq.tools.command.MQAdminStartup");
        OsProcess process = OsProcess.start("help", folder, command, Map.of());
        process.awaitExit(PATIENCE);
        return process.output();
    }

    private String[] withNameServer(String... words) {
        List<String> all = new ArrayList<>(List.of(words));
        all.addAll(List.of("-n", nameServer));
        return all.toArray(String[]::new);
    }

    private List<String> java(String classPath, String main) {
        return new ArrayList<>(List.of(
                Workspace.java(),
                "-Xmx128m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-Drocketmq.home.dir=" + folder,
                "-Drocketmq.log.root=" + folder,
                "-Drocketmq.client.logRoot=" + folder,
                "-Duser.home=" + folder,
                "-cp",
                classPath,
                main));
    }

    private static String withoutWarnings(String output) {
        return String.join(
                "\n",
                output.lines()
                        .filter(line -> !line.startsWith("WARNING:") && !line.contains(" |-"))
                        .toList());
    }

    @Override
    public void close() {
        shell.close();
    }
}
