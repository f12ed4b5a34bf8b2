package io.carillon.systemtests.harness;

import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** The start-up cache that {@code ./carillon} records with a build, recorded once for the tests of all modules. */
final class StartUpCache {
    /** A failure here fails all tests that start a server; a start takes half a second, on a starved machine forty. */
    private static final Duration PATIENCE = Duration.ofMinutes(4);

    private static final List<String> FLAGS = flags();

    private StartUpCache() {}

    /** Java's flags by which the packed server starts with it. */
    static List<String> javaFlags() {
        return FLAGS;
    }

    private static List<String> flags() {
        Path cache = Workspace.dist().resolveSibling("tests.aot");
        Path lock = cache.resolveSibling("tests.aot.lock");
        try (FileChannel channel = FileChannel.open(lock, CREATE, WRITE);
                FileLock held = channel.lock()) {
            assert held.isValid();
            if (!isOf(cache, Workspace.serverJar())) {
                record(cache);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        // one that does not fit, as it is of another JDK, is left aside without a word
        return List.of("-XX:AOTCache=" + cache, "-XX:AOTMode=auto", "-Xlog:aot=off,cds=off");
    }

    private static boolean isOf(Path cache, Path jar) throws IOException {
        return Files.exists(cache) && Files.getLastModifiedTime(cache).compareTo(Files.getLastModifiedTime(jar)) > 0;
    }

    private static void record(Path cache) throws IOException {
        Path made = cache.resolveSibling("tests.aot.new");
        List<String> command = List.of(
                Workspace.java(),
                "@" + Workspace.dist().resolve("jvm.options"),
                "-Xlog:disable",
                "-XX:AOTCacheOutput=" + made,
                "-jar",
                Workspace.serverJar().toString(),
                "train");
        OsProcess training = OsProcess.start("train", Workspace.folder("start-up-cache"), command, Map.of());
        if (training.awaitExit(PATIENCE) != 0) {
            throw new AssertionError("no start-up cache was recorded\n" + training.tail());
        }
        Files.move(made, cache, ATOMIC_MOVE);
    }
}
