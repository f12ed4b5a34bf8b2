package io.carillon.bench;

import io.carillon.base.Ticker;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Starts Apache RocketMQ from its Maven artifacts: a name server and a broker, each a process, listening on the loopback.
 * The JVM flags are those of its own {@code runbroker.sh} save the heap, which is the comparison's, and the touching of all
 * heap pages at start, which costs start-up time and would hide what it really uses. Its settings are its defaults; the
 * tuned form writes the log from a pool of off-heap buffers.
 */
final class ApacheLauncher {
    private static final List<String> JVM = List.of(
            "-XX:+UseG1GC",
            "-XX:G1HeapRegionSize=16m",
            "-XX:G1ReservePercent=25",
            "-XX:InitiatingHeapOccupancyPercent=30",
            "-XX:SoftRefLRUPolicyMSPerMB=0",
            "-XX:-OmitStackTraceInFastThrow",
            "-XX:MaxDirectMemorySize=15g",
            "--add-opens=java.base/java.nio=ALL-UNNAMED",
            "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED",
            "--add-opens=java.base/java.lang=ALL-UNNAMED",
            "--add-opens=java.base/java.util=ALL-UNNAMED",
            "--add-opens=java.base/jdk.internal.ref=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "--enable-native-access=ALL-UNNAMED");

    private final Harness harness;
    private final Ticker ticker;
    private final Path folder;

    ApacheLauncher(Harness harness, Path folder) {
        this.harness = harness;
        this.ticker = harness.ticker();
        this.folder = folder;
    }

    Server start(Flush flush) throws IOException, InterruptedException {
        Path lib = new ApacheArtifacts(harness.root()).lib();
        int namePort = freePort();
        Child nameServer = startNameServer(lib, namePort);
        try {
            Readiness.of(ticker, nameServer, ticker.nanoTime()).listens(local(namePort));
            return startBroker(lib, flush, nameServer, namePort);
        } catch (IOException | InterruptedException | RuntimeException e) {
            nameServer.close();
            throw e;
        }
    }

    private Child startNameServer(Path lib, int port) throws IOException {
        Path config = write("namesrv.properties", List.of("listenPort=" + port, "bindAddress=127.0.0.1"));
        String main = "org.apache.rocketmq.namesrv.NamesrvStartup";
        return Child.start("namesrv", command(lib, "512m", main, List.of("-c", config.toString())), folder);
    }

    private Server startBroker(Path lib, Flush flush, Child nameServer, int namePort)
            throws IOException, InterruptedException {
        int port = freePort();
        String names = "127.0.0.1:" + namePort;
        Path config = write("broker.properties", brokerConfig(flush, port, names));
        long startedNs = ticker.nanoTime();
        String main = "org.apache.rocketmq.broker.BrokerStartup";
        Child broker =
                Child.start("broker", command(lib, harness.heap(), main, List.of("-c", config.toString())), folder);
        try {
            double seconds = Readiness.of(ticker, broker, startedNs).firstMessage(local(port));
            return new Server(ServerKind.APACHE, broker, Optional.of(nameServer), local(port), names, seconds);
        } catch (IOException | InterruptedException | RuntimeException e) {
            broker.close();
            throw e;
        }
    }

    private List<String> brokerConfig(Flush flush, int port, String names) {
        List<String> lines = new ArrayList<>(List.of(
                "brokerClusterName=DefaultCluster",
                "brokerName=" + SendShape.BROKER_NAME,
                "brokerId=0",
                "brokerIP1=127.0.0.1",
                "bindAddress=127.0.0.1",
                "listenPort=" + port,
                "haListenPort=" + (port + 1),
                "namesrvAddr=" + names,
                "storePathRootDir=" + folder.resolve("data"),
                "storePathCommitLog=" + folder.resolve("data/commitlog"),
                "autoCreateTopicEnable=true",
                "flushDiskType=" + flush.name() + "_FLUSH"));
        if (harness.tuned() && flush == Flush.ASYNC) {
            lines.add("transientStorePoolEnable=true");
        }
        if (harness.rocksTimer()) {
            // Both engines would read what is to be delayed, and fire it, unless the other is told to stop.
            lines.addAll(List.of("timerRocksDBEnable=true", "timerStopEnqueue=true"));
        }
        return lines;
    }

    private List<String> command(Path lib, String heap, String main, List<String> arguments) {
        List<String> command = new ArrayList<>(List.of(Harness.java(), "-Xms" + heap, "-Xmx" + heap));
        command.addAll(JVM);
        command.add("-Drocketmq.home.dir=" + folder);
        command.add("-Duser.home=" + folder); // its logs go below
        command.addAll(List.of("-cp", lib + "/*", main));
        command.addAll(arguments);
        return command;
    }

    private Path write(String name, List<String> lines) throws IOException {
        return Files.write(folder.resolve(name), lines);
    }

    private static InetSocketAddress local(int port) {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    }

    /** A port that is free together with the two that the broker takes beside it: one above, and two below. */
    private static int freePort() throws IOException {
        for (int attempt = 0; attempt < 100; attempt++) {
            try (var any = bound(0);
                    var _ = bound(any.getLocalPort() + 1);
                    var _ = bound(any.getLocalPort() - 2)) {
                return any.getLocalPort();
            } catch (IOException e) {
                // A neighbour is taken: try elsewhere.
            }
        }
        throw new IOException("no three free ports found");
    }

    private static ServerSocket bound(int port) throws IOException {
        return new ServerSocket(port, 1, InetAddress.getLoopbackAddress());
    }
}
