package io.carillon.systemtests.harness;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Where the tests keep the folders of servers, and where the things under test lie on disk; all handed in by the build. */
public final class Workspace {
    private Workspace() {}

    /** A fresh folder for {@code name}; what an earlier run left there is gone. */
    public static Path folder(String name) {
        Path folder = Path.of(System.getProperty("carillon.tests.dir", "target/servers"), name)
                .toAbsolutePath();
        try {
            unmountBelow(folder);
            deleteTree(folder);
            return Files.createDirectories(folder);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A test JVM that was killed may have left a {@link LoopDisk} behind. */
    private static void unmountBelow(Path folder) throws IOException {
        Path mounts = Path.of("/proc/mounts");
        if (!Files.exists(mounts)) {
            return;
        }
        for (String line : Files.readAllLines(mounts)) {
            String place = line.split(" ", -1)[1];
            if (place.startsWith(folder + "/")) {
                OsProcess.start("unmount", folder, List.of("umount", "-l", place), Map.of())
                        .awaitExit(Duration.ofSeconds(20));
            }
        }
    }

    static void deleteTree(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }

    /** The class path of Apache RocketMQ's name server, broker and tools. */
    public static String apacheClassPath() {
        return read(Path.of(System.getProperty("carillon.tests.apache.classpath", "../apache-5.5.0/target/classpath")));
    }

    /** The folder of the packed server. */
    public static Path dist() {
        Path dist = Path.of(System.getProperty("carillon.dist", "../../server/target/dist"))
                .toAbsolutePath()
                .normalize();
        if (!Files.isDirectory(dist.resolve("lib"))) {
            throw new AssertionError("no packed server at " + dist + "; build the module server up to package first");
        }
        return dist;
    }

    /** The script that users start it with. */
    public static Path launcher() {
        return dist().resolve("../../../carillon").normalize();
    }

    /** The jar that names all the others of the packed server. */
    static Path serverJar() {
        try (Stream<Path> jars = Files.list(dist().resolve("lib"))) {
            return jars.filter(jar -> jar.getFileName().toString().startsWith("carillon-server-"))
                    .findFirst()
                    .orElseThrow(() -> new AssertionError("no carillon-server jar in " + dist()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The beginning of a command line that runs the packed Carillon the way its launcher does; to be added to. */
    static List<String> carillon() {
        List<String> command = new ArrayList<>(List.of(java(), "@" + dist().resolve("jvm.options")));
        command.addAll(StartUpCache.javaFlags());
        command.addAll(List.of("-jar", serverJar().toString()));
        return command;
    }

    /** The {@code java} of the JVM that runs the tests. */
    public static String java() {
        return Path.of(System.getProperty("java.home"), "bin", "java").toString();
    }

    /** A port that was free a moment ago, with the one two below and the one above free as well (Apache takes them too). */
    public static int freePort() {
        while (true) {
            try (ServerSocket found = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                    ServerSocket below =
                            new ServerSocket(found.getLocalPort() - 2, 1, InetAddress.getLoopbackAddress());
                    ServerSocket above =
                            new ServerSocket(found.getLocalPort() + 1, 1, InetAddress.getLoopbackAddress())) {
                assert below.isBound() && above.isBound();
                return found.getLocalPort();
            } catch (IOException e) {
                // a neighbour is taken: draw again
            }
        }
    }

    static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
