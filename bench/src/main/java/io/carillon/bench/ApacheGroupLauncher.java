package io.carillon.bench;

import io.carillon.base.Ticker;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Starts a group of Apache RocketMQ in controller mode: a name server that holds the controller, and three brokers. A send is
 * acknowledged when all members of the set of those in step have it, and refused while fewer than two are, so that the loss of
 * any one member loses nothing that was acknowledged. All other settings are its defaults.
 */
final class ApacheGroupLauncher {
    private static final String BROKER_IP2 = "brokerIP2=127.0.0.1"; // where the members find each other

    private final Harness harness;
    private final Ticker ticker;
    private final Path folder;

    ApacheGroupLauncher(Harness harness, Path folder) {
        this.harness = harness;
        this.ticker = harness.ticker();
        this.folder = folder;
    }

    Group start() throws IOException, InterruptedException {
        Path lib = new ApacheArtifacts(harness.root()).lib();
        List<Integer> ports = Ports.free(2 + Group.SIZE);
        InetSocketAddress names = Ports.local(ports.getFirst());
        InetSocketAddress controller = Ports.local(ports.get(1));
        Child nameServer = new ApacheJvm(lib, folder).nameServer(nameConfig(names, controller));
        try {
            Readiness.of(ticker, nameServer, ticker.nanoTime()).listens(names);
            Readiness.of(ticker, nameServer, ticker.nanoTime()).listens(controller);
        } catch (IOException | InterruptedException | RuntimeException e) {
            nameServer.close();
            throw e;
        }
        var brokers = new Brokers(harness, lib, folder, names, controller, ports.subList(2, ports.size()));
        return Group.start(ServerKind.APACHE_GROUP, ticker, nameServer, names, brokers);
    }

    private List<String> nameConfig(InetSocketAddress names, InetSocketAddress controller) {
        return List.of(
                "listenPort=" + names.getPort(),
                "bindAddress=127.0.0.1",
                "enableControllerInNamesrv=true",
                "controllerDLegerGroup=bench",
                "controllerDLegerPeers=n0-" + Group.text(controller),
                "controllerDLegerSelfId=n0",
                "controllerStorePath=" + folder.resolve("data/controller"));
    }

    private record Brokers(
            Harness harness,
            Path lib,
            Path folder,
            InetSocketAddress names,
            InetSocketAddress controller,
            List<Integer> ports)
            implements Group.Members {
        @Override
        public Child start(int member) throws IOException {
            Path own = folder.resolve("broker-" + member);
            List<String> config = new ArrayList<>(
                    ApacheLauncher.brokerConfig(own, harness.apacheGroupFlush(), ports.get(member), Group.text(names)));
            config.addAll(List.of(
                    BROKER_IP2,
                    "brokerId=-1", // the controller gives it one
                    "brokerRole=SLAVE", // and its part
                    "enableControllerMode=true",
                    "controllerAddr=" + Group.text(controller),
                    "allAckInSyncStateSet=true",
                    "minInSyncReplicas=2"));
            return new ApacheJvm(lib, own).broker(harness.heap(), config);
        }

        @Override
        public InetSocketAddress address(int member) {
            return Ports.local(ports.get(member));
        }

        @Override
        public boolean areEven(int leader) throws IOException {
            try (Admin admin = Admin.connect(controller)) {
                return admin.inSync(SendShape.BROKER_NAME) == Group.SIZE;
            }
        }
    }
}
