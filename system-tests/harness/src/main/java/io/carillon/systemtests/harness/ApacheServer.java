package io.carillon.systemtests.harness;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.regex.Pattern;

/** Apache RocketMQ's name server and broker from their Maven artifacts, with small files and a small heap. */
public final class ApacheServer implements Server {
    private static final Pattern READY = Pattern.compile("boot success");

    private final Path folder;
    private final int nameServerPort;
    private final int brokerPort;
    private final String nameServers;
    private final boolean ownsNameServer;
    private final boolean hasBroker;
    private OsProcess nameServer;
    private OsProcess broker;

    private ApacheServer(Path folder, String foreignNameServer, boolean hasBroker) {
        this.folder = folder;
        this.ownsNameServer = foreignNameServer.isEmpty();
        this.nameServerPort = ownsNameServer ? Workspace.freePort() : 0;
        this.nameServers = ownsNameServer ? "127.0.0.1:" + nameServerPort : foreignNameServer;
        this.brokerPort = Workspace.freePort();
        this.hasBroker = hasBroker;
        writeConfigs();
        restart();
    }

    /** Starts a name server and a broker. */
    public static ApacheServer start(String name) {
        return new ApacheServer(Workspace.folder(name), "", true);
    }

    /** Starts a name server alone. */
    public static ApacheServer startNameServer(String name) {
        return new ApacheServer(Workspace.folder(name), "", false);
    }

    /** Starts a broker that registers at a name server of someone else. */
    public static ApacheServer startBroker(String name, String nameServer) {
        return new ApacheServer(Workspace.folder(name), nameServer, true);
    }

    private void writeConfigs() {
        write("namesrv.conf", "listenPort=" + nameServerPort + "\n");
        write("broker.conf", """
                brokerClusterName=DefaultCluster
                brokerName=broker-a
                brokerId=0
                brokerIP1=127.0.0.1
                listenPort=%d
                haListenPort=%d
                namesrvAddr=%s
                storePathRootDir=%s
                storePathCommitLog=%s
                mappedFileSizeCommitLog=67108864
                maxMessageSize=4194304
                maxIndexNum=100000
                maxHashSlotNum=20000
                autoCreateTopicEnable=true
                enablePropertyFilter=true
                flushDiskType=ASYNC_FLUSH
                diskMaxUsedSpaceRatio=99
                useServerSideResetOffset=true
                waitTimeMillsInSendQueue=20000
                """.formatted(
                        brokerPort, brokerPort + 1, nameServers, data(), data().resolve("commitlog")));
    }

    private void write(String file, String text) {
        try {
            Files.writeString(folder.resolve(file), text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private OsProcess java(String name, String main, String config) {
        return ApacheProcess.start(
                name, folder, READY, main, "-c", folder.resolve(config).toString());
    }

    @Override
    public void restart() {
        if (ownsNameServer) {
            nameServer = java("namesrv", "org.apache.rocketmq.namesrv.NamesrvStartup", "namesrv.conf");
        }
        if (hasBroker) {
            broker = java("broker", "org.apache.rocketmq.broker.BrokerStartup", "broker.conf");
            // it says "boot success" before the name server knows it
            new RawTopic("TBW102").awaitRoute(nameServers, broker());
        }
    }

    @Override
    public String nameServer() {
        return nameServers;
    }

    @Override
    public String broker() {
        return "127.0.0.1:" + brokerPort;
    }

    @Override
    public int httpPort() {
        throw new UnsupportedOperationException("Apache's broker has no such port");
    }

    @Override
    public String brokerName() {
        return "broker-a";
    }

    @Override
    public String clusterName() {
        return "DefaultCluster";
    }

    @Override
    public Path data() {
        return folder.resolve("data");
    }

    @Override
    public OsProcess brokerProcess() {
        return broker;
    }

    @Override
    public void stop() {
        if (broker != null) {
            broker.terminate(Duration.ofSeconds(60));
        }
        if (nameServer != null) {
            nameServer.terminate(Duration.ofSeconds(30));
        }
    }

    @Override
    public void kill() {
        close();
    }

    @Override
    public void close() {
        if (broker != null) {
            broker.kill();
        }
        if (nameServer != null) {
            nameServer.kill();
        }
    }
}
