package io.carillon.remoting;

import io.netty.channel.Channel;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import java.net.InetSocketAddress;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Passes on, to the server that leads, what a {@link Dispatcher} has no handler for. Each client's connection gets one of
 * its own to the leader, when it first needs it and on the same I/O thread, and frames go over it as they are, both ways:
 * what the leader asks the client, and what the client answers, too. So nothing that is served need know that it came
 * this way, and what a client signed stays signed. Any thread.
 *
 * <p>The two connections end together: the client, cut off, asks anew who leads. What was under way is then lost as with
 * any connection, and nothing is sent twice. Only while there is no leader at all are requests answered here, with code
 * {@link ResponseCode#SERVICE_NOT_AVAILABLE}, and the connection stays.
 */
public final class Relay {
    private static final int CONNECT_TIMEOUT_MS = 2_000;

    private final IoGroup io;
    private final Supplier<@Nullable InetSocketAddress> target;
    private final @Nullable ClientTls tls;
    private final boolean isNamingClients;
    private final Set<Upstream> upstreams = ConcurrentHashMap.newKeySet();

    /** Passes on without a word about the client, so that the leader sees this server's address. */
    public Relay(IoGroup io, Supplier<@Nullable InetSocketAddress> target, @Nullable ClientTls tls) {
        this(io, target, tls, false);
    }

    private Relay(
            IoGroup io,
            Supplier<@Nullable InetSocketAddress> target,
            @Nullable ClientTls tls,
            boolean isNamingClients) {
        this.io = io;
        this.target = target;
        this.tls = tls;
        this.isNamingClients = isNamingClients;
    }

    /**
     * Tells the leader, ahead of all else (PROXY protocol 2), which client it is and whether that one's connection is
     * encrypted. The leader must trust this server's address ({@link RemotingConfig#trustedProxies}), or it closes the
     * connection. What came by a relay that says so is not relayed once more, so that two servers that take each other
     * for the leader do not pass a request on for ever.
     *
     * @param target the leader's address, with the host name looked up, as an I/O thread must not wait for that; null
     *     while none is known. Asked on I/O threads when a client's connection is first passed on
     * @param tls encrypts the connections to the leader; null for none
     */
    public static Relay namingClients(
            IoGroup io, Supplier<@Nullable InetSocketAddress> target, @Nullable ClientTls tls) {
        return new Relay(io, target, tls, true);
    }

    /**
     * Looks where the target is now, and closes what is connected to another, together with its clients' connections.
     * Who changes what the supplier says calls this afterwards: a client that only waits sends no frame at which the
     * change could be noticed.
     */
    public void retarget() {
        InetSocketAddress now = target.get();
        for (Upstream upstream : upstreams) {
            if (!upstream.target().equals(now)) {
                upstream.closeSoon();
            }
        }
    }

    /** On the I/O thread of the connection that the request came by. */
    void pass(Request request) {
        Connection client = request.connection();
        Upstream upstream = client.upstream();
        if (upstream == null) {
            upstream = open(request, client);
        }
        if (upstream != null) {
            upstream.pass(request);
        }
    }

    private @Nullable Upstream open(Request request, Connection client) {
        InetSocketAddress to = target.get();
        if (to == null || to.isUnresolved()) {
            String why = to == null ? "" : ": the address of " + to.getHostString() + " is not known";
            refuse(request, "no leader now, try again soon" + why);
            return null;
        }
        if (client.isRelayed()) {
            refuse(request, "no leader now: this node was taken for it and is not, try again soon");
            return null;
        }
        Channel channel = channelBeside(client);
        Upstream upstream = new Upstream(this, io, client, to, channel);
        upstreams.add(upstream);
        upstream.connect(isNamingClients, tls == null ? null : tls.handler(channel.alloc(), to));
        if (!to.equals(target.get())) { // the change came before retarget() could see this one
            upstream.close();
        }
        return upstream;
    }

    private Channel channelBeside(Connection client) {
        return io.clientBootstrap(client.loop())
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_TIMEOUT_MS)
                .handler(new ChannelInboundHandlerAdapter())
                .register()
                .channel();
    }

    private void refuse(Request request, String why) {
        io.traffic().unrelayed.increment();
        request.refuse(ResponseCode.SERVICE_NOT_AVAILABLE, why);
    }

    void gone(Upstream upstream) {
        upstreams.remove(upstream);
    }
}
