package io.carillon.server;

import io.carillon.broker.BrokerConfig;
import io.carillon.broker.access.SecurityConfig;
import io.carillon.delayqueue.DelayQueueConfig;
import io.carillon.http.HttpConfig;
import io.carillon.nameserver.NameServerConfig;
import io.carillon.remoting.RemotingConfig;
import io.carillon.remoting.TlsConfig;
import java.nio.file.Path;
import java.util.List;

/**
 * The whole configuration of a process: where it listens and keeps its data, and one record for each part.
 *
 * <p>A component's name is its key, in lower case with hyphens ({@code brokerPort} is {@code broker-port}). The
 * components of a nested record stand under that record's own name, however deep it is nested, so that the log's
 * segment size is {@code log.segment-size} and not {@code broker.log.segment-size}.
 *
 * @param data the folder that holds everything that must survive a restart
 * @param bind the address to listen on; one that other machines can reach needs {@code security.enabled}, or {@code
 *     insecure}
 * @param advertise the address that clients are told to connect to; empty for the one that is listened on
 * @param insecure whether to listen where anybody can connect, although nobody has to say who he is
 * @param nameserverPort the name server's port; 0 for any free one
 * @param brokerPort the broker's port; 0 for any free one
 * @param httpPort the port of HTTP and gRPC; 0 for any free one
 * @param delayEngine what keeps the messages of the delay queue's API: this broker ({@code embedded}), or Redis and MySQL
 *     ({@code redis-mysql})
 * @param logFormat how what happens is logged on standard error: lines of text, or a JSON object a line ({@code json})
 * @param nameservers name servers to register with, as {@code a:9876;b:9876}; when empty, the process runs its own
 */
public record ServerConfig(
        Path data,
        String bind,
        String advertise,
        boolean insecure,
        int nameserverPort,
        int brokerPort,
        int httpPort,
        DelayEngineKind delayEngine,
        LogFormat logFormat,
        List<HostPort> nameservers,
        NameServerConfig nameserver,
        BrokerConfig broker,
        ReplicationSettings replication,
        RemotingConfig remoting,
        HttpConfig http,
        DelayQueueConfig delayqueue,
        SecurityConfig security,
        TlsConfig tls) {

    public static final ServerConfig DEFAULT = new ServerConfig(
            Path.of("data"),
            "127.0.0.1",
            "",
            false,
            9876,
            10911,
            8080,
            DelayEngineKind.EMBEDDED,
            LogFormat.TEXT,
            List.of(),
            NameServerConfig.DEFAULT,
            BrokerConfig.DEFAULT,
            ReplicationSettings.DEFAULT,
            RemotingConfig.DEFAULT,
            HttpConfig.DEFAULT,
            DelayQueueConfig.DEFAULT,
            SecurityConfig.DEFAULT,
            TlsConfig.DEFAULT);

    public ServerConfig {
        nameservers = List.copyOf(nameservers);
        checkPort("nameserver-port", nameserverPort);
        checkPort("broker-port", brokerPort);
        checkPort("http-port", httpPort);
        if (replication.tls() && (!tls.isOffered() || tls.selfSigned() || !TlsConfig.isSet(tls.trust()))) {
            throw new IllegalArgumentException("replication.tls needs tls.certificate and tls.key, which show who this"
                    + " member is, and tls.trust, which vouches for the others");
        }
        if (replication.isMember() && tls.mode() == TlsConfig.Mode.ENFORCING && !tls.outgoing()) {
            throw new IllegalArgumentException(
                    "tls.mode=enforcing needs tls.outgoing=true at a member of a group: what it"
                            + " passes on to the one that leads would be refused");
        }
        if (bind.isBlank()) {
            throw new IllegalArgumentException("bind must not be empty: write an address such as 127.0.0.1");
        }
    }

    private static void checkPort(String key, int port) {
        if (port < 0 || port > 65_535) {
            throw new IllegalArgumentException(key + " must be from 0 to 65535, not " + port);
        }
    }
}
