package io.carillon.remoting;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Listens on one address and serves whoever connects. Any thread. */
public final class RemotingServer implements AutoCloseable {
    private final IoGroup io;
    private final Dispatcher dispatcher;
    private final Set<Connection> connections = ConcurrentHashMap.newKeySet();
    private final AtomicInteger connectionCount = new AtomicInteger();
    private final TrustedProxies proxies;
    private final Map<InetAddress, Integer> byAddress = new ConcurrentHashMap<>();
    private final @Nullable ServerTls tls;
    private final Channel listener;

    private RemotingServer(IoGroup io, InetSocketAddress address, Dispatcher dispatcher, @Nullable ServerTls tls)
            throws IOException {
        this.io = io;
        this.dispatcher = dispatcher;
        this.proxies = TrustedProxies.of(io.config().trustedProxies());
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
        return new RemotingServer(io, address, dispatcher, tls);
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
     * Accepts and reads nothing more, gives the answers that are due {@link RemotingConfig#closeGrace} to be written
     * and taken, and closes every connection.
     */
    @Override
    public void close() {
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
        if (proxies.areTrusted(channel.remoteAddress())) {
            channel.pipeline().addLast(new ProxyHandler(io));
        }
        if (tls != null) {
            channel.pipeline().addLast(new TlsDetector(tls, io, handler.connection()));
        }
        channel.pipeline().addLast(handler);
        cutOffUnlessKnown(channel, handler.connection());
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
        boolean isMany = from.isLoopbackAddress() || proxies.areTrusted(new InetSocketAddress(from, 0));
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

    private void cutOffUnlessKnown(Channel channel, Connection connection) {
        Guard guard = dispatcher.guard();
        if (guard == null) {
            return;
        }
        Future<?> deadline = channel.eventLoop()
                .schedule(
                        () -> {
                            if (!guard.knows(connection)) {
                                io.traffic().unprovenClosed.increment();
                                connection.close();
                            }
                        },
                        io.config().authenticateWithin().toMillis(),
                        TimeUnit.MILLISECONDS);
        channel.closeFuture().addListener(_ -> deadline.cancel(false));
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
