package io.carillon.systemtests.harness;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;

/** Apache RocketMQ's own proxy, in front of the brokers that a name server knows: clients speak gRPC to it. */
public final class ApacheProxy implements AutoCloseable {
    private static final Pattern READY = Pattern.compile("startup successfully");

    private final int port = Workspace.freePort();
    private final OsProcess process;

    private ApacheProxy(Path folder, String nameServer, String cluster) {
        Path config = folder.resolve("rmq-proxy.json");
        try {
            Files.writeString(config, """
                    {
                      "proxyMode": "CLUSTER",
                      "namesrvAddr": "%s",
                      "rocketMQClusterName": "%s",
                      "heartbeatSyncerTopicClusterName": "%s",
                      "grpcServerPort": %d,
                      "remotingListenPort": %d,
                      "metricsExporterType": "DISABLE"
                    }
                    """.formatted(nameServer, cluster, cluster, port, Workspace.freePort()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        process = ApacheProcess.start(
                "proxy", folder, READY, "org.apache.rocketmq.proxy.ProxyStartup", "-pc", config.toString());
    }

    /** Starts a proxy before the brokers of {@code server}. */
    public static ApacheProxy start(String name, Server server) {
        return new ApacheProxy(Workspace.folder(name), server.nameServer(), server.clusterName());
    }

    /** Where its clients connect, {@code host:port}. */
    public String endpoints() {
        return "127.0.0.1:" + port;
    }

    /** The last of what it said, for a failure's message. */
    public String tail() {
        return process.tail();
    }

    @Override
    public void close() {
        process.close();
    }
}
