package io.carillon.remoting;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Listens on one address and serves whoever connects. Any thread. */
public final class RemotingServer implements AutoCloseable {
    private final IoGroup io;
    private final Dispatcher dispatcher;
    private final Set<Connection> connections = ConcurrentHashMap.newKeySet();
    private final AtomicInteger connectionCount = new AtomicInteger();
    private final TrustedProxies proxies;
    private final Channel listener;

    private RemotingServer(IoGroup io, InetSocketAddress address, Dispatcher dispatcher) throws IOException {
        this.io = io;
        this.dispatcher = dispatcher;
        this.proxies = TrustedProxies.of(io.config().trustedProxies());
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
        return new RemotingServer(io, address, dispatcher);
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
        if (connectionCount.incrementAndGet() > io.config().connectionsMax()) {
            connectionCount.decrementAndGet();
            io.traffic().refused.increment();
            io.complaints().warn("refused", "connection refused because=\"" + connectionCount + " are open\"");
            channel.close();
            return;
        }
        ConnectionHandler handler = new ConnectionHandler(channel, io, dispatcher);
        connections.add(handler.connection());
        channel.closeFuture().addListener(_ -> {
            connections.remove(handler.connection());
            connectionCount.decrementAndGet();
        });
        if (proxies.areTrusted(channel.remoteAddress())) {
            channel.pipeline().addLast(new ProxyHandler(io));
        }
        channel.pipeline().addLast(handler);
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
