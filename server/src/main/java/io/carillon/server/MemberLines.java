package io.carillon.server;

import io.carillon.base.Counters;
import io.carillon.base.Secret;
import io.carillon.base.Ticker;
import io.carillon.remoting.ClientTls;
import io.carillon.remoting.IoGroup;
import io.carillon.remoting.ServerTls;
import io.carillon.remoting.TlsConfig.ClientCertificates;
import io.carillon.remoting.TlsMaterial;
import io.carillon.replication.Transport;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What connects this member of a group with the others: I/O threads and memory of its own, which clients cannot use up; the
 * cluster's secret, by which members know each other; and TLS, if {@code replication.tls} says so.
 */
final class MemberLines {
    private static final Logger LOG = LoggerFactory.getLogger(MemberLines.class);

    private MemberLines() {}

    /**
     * Close its I/O threads after the group.
     *
     * @param secret the cluster's; empty for none
     * @param files changed certificates are in force for connections that come from then on; null without TLS
     */
    static Transport open(
            ReplicationSettings settings,
            Secret secret,
            Threads threads,
            Ticker ticker,
            RandomGenerator random,
            @Nullable TlsFiles files) {
        ServerTls serverTls = null;
        ClientTls clientTls = null;
        if (settings.tls()) {
            TlsFiles read = Objects.requireNonNull(files, "TLS among members needs a certificate");
            serverTls = new ServerTls(true, ClientCertificates.REQUIRED, read.current());
            clientTls = new ClientTls(read.current());
            read.alsoTell(using(serverTls, clientTls));
        } else if (secret.isEmpty()) {
            warnOfStrangers(settings.self());
        }
        IoGroup io = IoGroup.open(Threads.ioCount(), threads.memberIo(), Transport.LIMITS, ticker, new Counters());
        return new Transport(io, serverTls, clientTls, secret, random);
    }

    private static Consumer<TlsMaterial> using(ServerTls serverTls, ClientTls clientTls) {
        return changed -> {
            serverTls.use(changed);
            clientTls.use(changed);
        };
    }

    private static void warnOfStrangers(HostPort self) {
        InetAddress at = new InetSocketAddress(self.host(), self.port()).getAddress();
        if (at == null || !at.isLoopbackAddress()) {
            LOG.warn(
                    "whoever can connect to {} is taken for a member of the group: there is neither a"
                            + " security.cluster-secret nor replication.tls",
                    self);
        }
    }
}
