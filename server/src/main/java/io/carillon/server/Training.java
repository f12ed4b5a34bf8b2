package io.carillon.server;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * A short life of a server for the build: it starts on free ports in a folder of its own, so that the JVM can record
 * which classes a start loads, and ends.
 */
final class Training {
    private Training() {}

    static int run() {
        Path folder = temporaryFolder();
        try {
            live(folder);
            return ExitCode.OK;
        } finally {
            delete(folder);
        }
    }

    private static void live(Path folder) {
        ConfigReader.Effective effective = ConfigReader.read(
                null,
                Map.of(),
                List.of(
                        new ConfigReader.FlagValue("train", "data", folder.toString()),
                        new ConfigReader.FlagValue("train", "nameserver-port", "0"),
                        new ConfigReader.FlagValue("train", "broker-port", "0"),
                        new ConfigReader.FlagValue("train", "log.segment-size", "1MiB")));
        try (Server server = Server.start(Role.SERVER, effective.config())) {
            System.err.println(server.readyLine());
        }
    }

    private static Path temporaryFolder() {
        try {
            return Files.createTempDirectory("carillon-train");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void delete(Path folder) {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
