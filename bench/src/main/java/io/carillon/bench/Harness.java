package io.carillon.bench;

import io.carillon.base.Ticker;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * Starts servers of either kind, each with a fresh folder for its data, with the same Java and the same heap.
 *
 * @param root the project's folder
 * @param work where data and logs go
 * @param heap of each server, as Java's -Xmx takes it
 * @param tuned whether Apache writes its log from an off-heap pool instead of through mapped files
 * @param rocksTimer whether Apache keeps delayed messages in RocksDB instead of in its file of a timer wheel
 * @param apacheGroupFlush whether the brokers of an Apache group force what they store before they acknowledge it
 */
record Harness(
        Ticker ticker,
        Path root,
        Path work,
        String heap,
        boolean tuned,
        boolean rocksTimer,
        Flush apacheGroupFlush,
        List<String> carillonJvm) {
    Server start(Launch launch) throws IOException, InterruptedException {
        makeFolder(launch);
        return restart(launch);
    }

    Group startGroup(Launch launch) throws IOException, InterruptedException {
        makeFolder(launch);
        return group(launch);
    }

    private void makeFolder(Launch launch) throws IOException {
        Path folder = folder(launch.kind(), launch.name());
        delete(folder);
        Files.createDirectories(folder);
    }

    /** Starts on the data that an earlier server of that name has left. */
    Server restart(Launch launch) throws IOException, InterruptedException {
        Path folder = folder(launch.kind(), launch.name());
        return switch (launch.kind()) {
            case APACHE -> new ApacheLauncher(this, folder).start(launch.flush());
            case CARILLON -> new CarillonLauncher(this, folder).start(launch);
            case APACHE_GROUP, CARILLON_GROUP -> group(launch);
        };
    }

    private Group group(Launch launch) throws IOException, InterruptedException {
        Path folder = folder(launch.kind(), launch.name());
        return launch.kind().isCarillon()
                ? new CarillonGroupLauncher(this, folder).start(launch)
                : new ApacheGroupLauncher(this, folder).start();
    }

    private Path folder(ServerKind kind, String name) {
        return work.resolve(name + "-" + kind.word());
    }

    /** Deletes what the servers of that name have stored; their logs stay. */
    void deleteData(String name) throws IOException {
        for (ServerKind kind : ServerKind.values()) {
            delete(folder(kind, name).resolve("data"));
            for (int member = 0; member < Group.SIZE; member++) {
                delete(folder(kind, name).resolve("broker-" + member + "/data"));
            }
        }
    }

    /** The Java that runs this program. */
    static String java() {
        return Path.of(System.getProperty("java.home"), "bin", "java").toString();
    }

    static void delete(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        try (Stream<Path> paths = Files.walk(folder)) {
            paths.sorted(Comparator.reverseOrder()).forEach(Harness::deleteOne);
        }
    }

    private static void deleteOne(Path path) {
        try {
            Files.deleteIfExists(path);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
