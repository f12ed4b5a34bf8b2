package io.carillon.bench;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Starts one Carillon server: a broker and its name server in one process. */
final class CarillonLauncher {
    private static final Pattern READY = Pattern.compile("carillon ready nameserver=(\\S+) broker=(\\S+):(\\d+) ");

    private final Harness harness;
    private final Path folder;

    CarillonLauncher(Harness harness, Path folder) {
        this.harness = harness;
        this.folder = folder;
    }

    Server start(Launch launch) throws IOException, InterruptedException {
        long startedNs = harness.ticker().nanoTime();
        Child child = new CarillonScript(harness, launch.heap()).start("carillon", arguments(launch), folder);
        try {
            Readiness readiness = Readiness.of(harness.ticker(), child, startedNs);
            Matcher ready = readiness.line(READY);
            var address = new InetSocketAddress(ready.group(2), Integer.parseInt(ready.group(3)));
            double seconds = readiness.firstMessage(address);
            return new SingleServer(ServerKind.CARILLON, child, Optional.empty(), address, ready.group(1), seconds);
        } catch (IOException | InterruptedException | RuntimeException e) {
            child.close();
            throw e;
        }
    }

    private List<String> arguments(Launch launch) {
        return List.of(
                "server",
                "--data",
                folder.resolve("data").toString(),
                "--nameserver-port",
                "0",
                "--broker-port",
                "0",
                "--broker-name",
                SendShape.BROKER_NAME,
                "--flush",
                launch.flush().name().toLowerCase(Locale.ROOT),
                "--set",
                CarillonScript.KEEP_ALL);
    }
}
