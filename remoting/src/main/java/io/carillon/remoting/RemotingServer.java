package io.carillon.remoting;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Listens on one address and serves whoever connects. Any thread. */
public final class RemotingServer implements AutoCloseable {
    private final IoGroup io;
    private final CurrentDispatcher dispatcher;
    private final Set<Connection> connections = ConcurrentHashMap.newKeySet();
    private final AtomicInteger connectionCount = new AtomicInteger();
    private final TrustedProxies proxies;
    private final Predicate<InetAddress> alsoTrusted;
    private final Map<InetAddress, Integer> byAddress = new ConcurrentHashMap<>();
    private final @Nullable ServerTls tls;
    private final Channel listener;
    private volatile boolean isClosed;

    private RemotingServer(
            IoGroup io,
            InetSocketAddress address,
            Dispatcher dispatcher,
            @Nullable ServerTls tls,
            Predicate<InetAddress> alsoTrusted)
            throws IOException {
        this.io = io;
        this.dispatcher = new CurrentDispatcher(dispatcher);
        this.proxies = TrustedProxies.of(io.config().trustedProxies());
        this.alsoTrusted = alsoTrusted;
        this.tls = tls;
        ChannelFuture bound =
                io.serverBootstrap().childHandler(new Acceptor()).bind(address).awaitUninterruptibly();
        if (!bound.isSuccess()) {
            throw new IOException(
                    "cannot listen on " + address + ": " + bound.cause().getMessage(), bound.cause());
        }
        listener = bound.channel();
    }

    /**
     * Listens from when this returns.
     *
     * @param address port 0 takes any free one
     * @throws IOException when the address cannot be had, naming it
     */
    public static RemotingServer listen(IoGroup io, InetSocketAddress address, Dispatcher dispatcher)
            throws IOException {
        return listen(io, address, dispatcher, null);
    }

    /**
     * Listens from when this returns.
     *
     * @param address port 0 takes any free one
     * @param tls encrypts connections whose client wants it; null for none
     * @throws IOException when the address cannot be had, naming it
     */
    public static RemotingServer listen(
            IoGroup io, InetSocketAddress address, Dispatcher dispatcher, @Nullable ServerTls tls) throws IOException {
        return listen(io, address, dispatcher, tls, _ -> false);
    }

    /**
     * Likewise.
     *
     * @param alsoTrusted whose word is taken, too, for who connects, as that of {@link RemotingConfig#trustedProxies} is:
     *     other servers of ours that pass connections on. Asked on I/O threads
     */
    public static RemotingServer listen(
            IoGroup io,
            InetSocketAddress address,
            Dispatcher dispatcher,
            @Nullable ServerTls tls,
            Predicate<InetAddress> alsoTrusted)
            throws IOException {
        return new RemotingServer(io, address, dispatcher, tls, alsoTrusted);
    }

    private boolean isTrusted(SocketAddress peer) {
        return proxies.areTrusted(peer)
                || (peer instanceof InetSocketAddress at
                        && at.getAddress() != null
                        && alsoTrusted.test(at.getAddress()));
    }

    public InetSocketAddress address() {
        return (InetSocketAddress) listener.localAddress();
    }

    public int port() {
        return address().getPort();
    }

    /** The I/O threads that this server runs on, to be shared. */
    public IoGroup io() {
        return io;
    }

    public int connectionCount() {
        return connectionCount.get();
    }

    /**
     * Has everything that comes from now on served by another dispatcher, on open connections from their next frame on:
     * they have {@link RemotingConfig#authenticateWithin} anew to show who they are, where that one asks. What is under
     * way ends as it began, and so do connections that a {@link Relay} of the former one passes on: to end them is for
     * {@link #disconnectAll}.
     */
    public void serveBy(Dispatcher next) {
        dispatcher.become(next);
        connections.forEach(this::cutOffUnlessKnown);
    }

    /**
     * Reads nothing more from those who are connected now, gives the answers that are due to them {@link
     * RemotingConfig#closeGrace}, and closes their connections; returns at once. Who connects is served on.
     */
    public void disconnectAll() {
        connections.forEach(Connection::closeWhenAnswered);
    }

    /**
     * Accepts and reads nothing more, gives the answers that are due {@link RemotingConfig#closeGrace} to be written
     * and taken, and closes every connection.
     */
    @Override
    public void close() {
        isClosed = true;
        listener.close().awaitUninterruptibly();
        connections.forEach(Connection::drain);
        long deadlineNs = io.ticker().nanoTime() + io.config().closeGrace().toNanos();
        for (Connection connection : connections) {
            connection.awaitGone(deadlineNs - io.ticker().nanoTime(), TimeUnit.NANOSECONDS);
        }
        connections.forEach(Connection::close);
    }

    private void accept(Channel channel) {
        InetAddress from = from(channel);
        String refusal = refusal(from);
        if (!refusal.isEmpty()) {
            release(from);
            io.traffic().refused.increment();
            io.complaints().warn("refused", "connection refused because=\"" + refusal + '"');
            channel.close();
            return;
        }
        ConnectionHandler handler = new ConnectionHandler(channel, io, dispatcher);
        connections.add(handler.connection());
        channel.closeFuture().addListener(_ -> {
            connections.remove(handler.connection());
            release(from);
        });
        if (isTrusted(channel.remoteAddress())) {
            channel.pipeline().addLast(new ProxyHandler(io));
        }
        if (tls != null) {
            channel.pipeline().addLast(new TlsDetector(tls, io, handler.connection()));
        }
        channel.pipeline().addLast(handler);
        cutOffUnlessKnown(handler.connection());
        if (isClosed) { // it came while this closed what was there
            channel.close();
        }
    }

    private static InetAddress from(Channel channel) {
        return channel.remoteAddress() instanceof InetSocketAddress remote && remote.getAddress() != null
                ? remote.getAddress()
                : InetAddress.getLoopbackAddress();
    }

    /** Counts the connection; why it is one too many, or empty. */
    private String refusal(InetAddress from) {
        int open = connectionCount.incrementAndGet();
        // All whom a proxy speaks for come from its address.
        boolean isMany = from.isLoopbackAddress() || isTrusted(new InetSocketAddress(from, 0));
        int fromThere = isMany ? 0 : byAddress.merge(from, 1, Integer::sum);
        if (open > io.config().connectionsMax()) {
            return (open - 1) + " are open";
        }
        return fromThere > io.config().connectionsPerAddress()
                ? (fromThere - 1) + " are open from " + from.getHostAddress()
                : "";
    }

    private void release(InetAddress from) {
        connectionCount.decrementAndGet();
        byAddress.computeIfPresent(from, (_, count) -> count == 1 ? null : count - 1);
    }

    private void cutOffUnlessKnown(Connection connection) {
        connection.after(io.config().authenticateWithin(), () -> {
            Guard guard = dispatcher.current().guard();
            // Whom the leader serves through us, it cuts off itself.
            if (guard != null && !guard.knows(connection) && connection.upstream() == null) {
                io.traffic().unprovenClosed.increment();
                connection.close();
            }
        });
    }

    private final class Acceptor extends ChannelInitializer<Channel> {
        @Override
        protected void initChannel(Channel channel) {
            accept(channel);
        }

        @Override
        public boolean isSharable() {
            return true;
        }
    }
}
