package io.carillon.bench;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Starts the packed Carillon server as a user does, by its script and so with its own flags for Java; the script becomes the
 * server, so the process that is started is the one that counts.
 */
final class CarillonLauncher {
    private static final Pattern READY = Pattern.compile("carillon ready nameserver=(\\S+) broker=(\\S+):(\\d+) ");

    private final Harness harness;
    private final Path folder;

    CarillonLauncher(Harness harness, Path folder) {
        this.harness = harness;
        this.folder = folder;
    }

    Server start(Launch launch) throws IOException, InterruptedException {
        Path script = harness.root().resolve("carillon");
        long startedNs = harness.ticker().nanoTime();
        Child child = Child.start("carillon", command(script, launch), environment(launch), folder);
        try {
            Readiness readiness = Readiness.of(harness.ticker(), child, startedNs);
            Matcher ready = readiness.line(READY);
            var address = new InetSocketAddress(ready.group(2), Integer.parseInt(ready.group(3)));
            double seconds = readiness.firstMessage(address);
            return new Server(ServerKind.CARILLON, child, Optional.empty(), address, ready.group(1), seconds);
        } catch (IOException | InterruptedException | RuntimeException e) {
            child.close();
            throw e;
        }
    }

    private List<String> command(Path script, Launch launch) {
        return List.of(
                script.toString(),
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
                // What other files there are on this machine's disk must not make it drop anything.
                "--set",
                "log.disk-use-max=99");
    }

    /** What was built is run as it is, on the Java that runs this program. */
    private Map<String, String> environment(Launch launch) {
        List<String> options = new ArrayList<>();
        if (launch.heap() == Launch.Heap.SAME) {
            options.addAll(List.of("-Xms" + harness.heap(), "-Xmx" + harness.heap()));
        }
        options.addAll(harness.carillonJvm());
        return Map.of(
                "CARILLON_NO_BUILD",
                "1",
                "JAVA_HOME",
                System.getProperty("java.home"),
                "CARILLON_JAVA_OPTS",
                String.join(" ", options));
    }
}
