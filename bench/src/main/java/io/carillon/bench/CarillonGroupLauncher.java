package io.carillon.bench;

import io.carillon.base.Ticker;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Starts a group of Carillon by its script: a name server, and three brokers. A send is acknowledged when a majority has
 * forced it to its disk.
 */
final class CarillonGroupLauncher {
    private static final Pattern READY = Pattern.compile("carillon ready nameserver=\\S+:(\\d+) ");

    private final Harness harness;
    private final Ticker ticker;
    private final Path folder;

    CarillonGroupLauncher(Harness harness, Path folder) {
        this.harness = harness;
        this.ticker = harness.ticker();
        this.folder = folder;
    }

    Group start(Launch launch) throws IOException, InterruptedException {
        var script = new CarillonScript(harness, launch.heap());
        Child nameServer =
                script.withoutHeap().start("namesrv", List.of("nameserver", "--nameserver-port", "0"), folder);
        InetSocketAddress names;
        try {
            long startedNs = ticker.nanoTime();
            names = Ports.local(Integer.parseInt(
                    Readiness.of(ticker, nameServer, startedNs).line(READY).group(1)));
        } catch (IOException | InterruptedException | RuntimeException e) {
            nameServer.close();
            throw e;
        }
        List<Integer> ports = Ports.free(2 * Group.SIZE);
        var brokers = new Brokers(
                script, folder, names, ports.subList(0, Group.SIZE), ports.subList(Group.SIZE, ports.size()));
        return Group.start(ServerKind.CARILLON_GROUP, ticker, nameServer, names, brokers);
    }

    private record Brokers(
            CarillonScript script, Path folder, InetSocketAddress names, List<Integer> ports, List<Integer> peerPorts)
            implements Group.Members {
        @Override
        public Child start(int member) throws IOException {
            Path own = folder.resolve("broker-" + member);
            return script.start(
                    "broker",
                    List.of(
                            "broker",
                            "--data",
                            own.resolve("data").toString(),
                            "--broker-port",
                            Integer.toString(ports.get(member)),
                            "--nameservers",
                            Group.text(names),
                            "--group",
                            SendShape.BROKER_NAME,
                            "--node-id",
                            Integer.toString(member + 1),
                            "--peers",
                            peers(),
                            "--flush",
                            "sync",
                            "--set",
                            CarillonScript.KEEP_ALL),
                    own);
        }

        private String peers() {
            return IntStream.range(0, Group.SIZE)
                    .mapToObj(member -> member + 1 + "=" + Group.text(Ports.local(peerPorts.get(member))))
                    .collect(Collectors.joining(","));
        }

        @Override
        public InetSocketAddress address(int member) {
            return Ports.local(ports.get(member));
        }

        @Override
        public boolean areEven(int leader) throws IOException {
            long committed = committed(leader);
            for (int member = 0; member < Group.SIZE; member++) {
                if (committed(member) < committed) {
                    return false;
                }
            }
            return true;
        }

        private long committed(int member) throws IOException {
            try (Admin admin = Admin.connect(address(member))) {
                return admin.committedIndex();
            }
        }
    }
}
