package io.carillon.bench;

import io.carillon.base.Ticker;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Starts one broker of Apache RocketMQ and its name server, each a process, listening on the loopback. Its settings are its
 * defaults; the tuned form writes the log from a pool of off-heap buffers.
 */
final class ApacheLauncher {
    private final Harness harness;
    private final Ticker ticker;
    private final Path folder;

    ApacheLauncher(Harness harness, Path folder) {
        this.harness = harness;
        this.ticker = harness.ticker();
        this.folder = folder;
    }

    Server start(Flush flush) throws IOException, InterruptedException {
        var jvm = new ApacheJvm(new ApacheArtifacts(harness.root()).lib(), folder);
        int namePort = Ports.free();
        Child nameServer = jvm.nameServer(List.of("listenPort=" + namePort, "bindAddress=127.0.0.1"));
        try {
            Readiness.of(ticker, nameServer, ticker.nanoTime()).listens(Ports.local(namePort));
            return startBroker(jvm, flush, nameServer, namePort);
        } catch (IOException | InterruptedException | RuntimeException e) {
            nameServer.close();
            throw e;
        }
    }

    private Server startBroker(ApacheJvm jvm, Flush flush, Child nameServer, int namePort)
            throws IOException, InterruptedException {
        int port = Ports.free();
        String names = "127.0.0.1:" + namePort;
        long startedNs = ticker.nanoTime();
        Child broker = jvm.broker(harness.heap(), config(flush, port, names));
        try {
            double seconds = Readiness.of(ticker, broker, startedNs).firstMessage(Ports.local(port));
            return new SingleServer(
                    ServerKind.APACHE, broker, Optional.of(nameServer), Ports.local(port), names, seconds);
        } catch (IOException | InterruptedException | RuntimeException e) {
            broker.close();
            throw e;
        }
    }

    private List<String> config(Flush flush, int port, String names) {
        List<String> lines = new ArrayList<>(brokerConfig(folder, flush, port, names));
        lines.add("brokerId=0");
        if (harness.tuned() && flush == Flush.ASYNC) {
            lines.add("transientStorePoolEnable=true");
        }
        if (harness.rocksTimer()) {
            // Both engines would read what is to be delayed, and fire it, unless the other is told to stop.
            lines.addAll(List.of("timerRocksDBEnable=true", "timerStopEnqueue=true"));
        }
        return lines;
    }

    /** What every broker is told. */
    static List<String> brokerConfig(Path folder, Flush flush, int port, String names) {
        return List.of(
                "brokerClusterName=DefaultCluster",
                "brokerName=" + SendShape.BROKER_NAME,
                "brokerIP1=127.0.0.1",
                "bindAddress=127.0.0.1",
                "listenPort=" + port,
                "haListenPort=" + (port + 1),
                "namesrvAddr=" + names,
                "storePathRootDir=" + folder.resolve("data"),
                "storePathCommitLog=" + folder.resolve("data/commitlog"),
                "autoCreateTopicEnable=true",
                "flushDiskType=" + flush.name() + "_FLUSH");
    }
}
