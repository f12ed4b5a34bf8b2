package io.carillon.remoting;

import io.carillon.base.Counters;
import io.carillon.base.Ticker;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.FastThreadLocal;
import io.netty.util.concurrent.FastThreadLocalThread;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;

/**
 * The I/O threads of a process, and what all its remoting sockets share: limits, figures, memory. Any number of {@link
 * RemotingServer}s and {@link RemotingClient}s live on one group; close them first.
 */
public final class IoGroup implements AutoCloseable {
    private static final int BACKLOG = 1024;
    private static final int PAGE_BYTES = 8 << 10;
    private static final int CHUNK_ORDER = 8; // chunks of 2 MiB
    private static final int SMALL_CACHED = 256;
    private static final int NORMAL_CACHED = 64;

    private final MultiThreadIoEventLoopGroup loops;
    private final PooledByteBufAllocator allocator;
    private final ReceiveBuffers receiveBuffers = new ReceiveBuffers();
    private final boolean isEpoll = Epoll.isAvailable();
    private volatile RemotingConfig config;
    private final Ticker ticker;
    private final Traffic traffic;
    private final Faults faults;
    private final Complaints complaints;
    private final InFlight inFlight;
    private final FastThreadLocal<Request> requests = new FastThreadLocal<>() {
        @Override
        protected Request initialValue() {
            return new Request();
        }
    };

    private IoGroup(int threads, ThreadFactory factory, RemotingConfig config, Ticker ticker, Counters counters) {
        this.config = config;
        this.ticker = ticker;
        traffic = new Traffic(counters);
        faults = new Faults(traffic.handlerFaults);
        complaints = new Complaints(ticker);
        inFlight = new InFlight(config.inFlightInAll().bytes());
        counters.gauge("remoting_in_flight_bytes", inFlight::bytes);
        allocator = new PooledByteBufAllocator(
                true, 0, threads, PAGE_BYTES, CHUNK_ORDER, SMALL_CACHED, NORMAL_CACHED, true);
        IoHandlerFactory handlers = isEpoll ? EpollIoHandler.newFactory() : NioIoHandler.newFactory();
        loops = new MultiThreadIoEventLoopGroup(
                threads,
                (ThreadFactory) loop -> factory.newThread(() -> FastThreadLocalThread.runWithFastThreadLocal(loop)),
                handlers);
    }

    /**
     * @param threads how many I/O threads; one for each core that may be busy with the network
     * @param factory makes them; they start with the first sockets
     */
    public static IoGroup open(
            int threads, ThreadFactory factory, RemotingConfig config, Ticker ticker, Counters counters) {
        return new IoGroup(threads, factory, config, ticker, counters);
    }

    public RemotingConfig config() {
        return config;
    }

    /**
     * Allows peers otherwise from now on: how many may connect, and what all of them may have in flight. All else that
     * is different holds for connections that come from now on, or not at all where it was looked at before. Any thread.
     */
    public void reconfigure(RemotingConfig newConfig) {
        config = newConfig;
        inFlight.bytesMax(newConfig.inFlightInAll().bytes());
    }

    /** How sockets are driven, for whoever reads the log: {@code epoll} or {@code nio}. */
    public String transport() {
        return isEpoll ? "epoll" : "nio";
    }

    /** For whoever wants to know whether the I/O threads still come round. */
    public LoopTurns turns() {
        List<EventExecutor> all = new ArrayList<>();
        loops.forEach(all::add);
        return new LoopTurns(all, ticker);
    }

    /** Ends the I/O threads; waits two seconds at most. */
    @Override
    public void close() {
        loops.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly(2, TimeUnit.SECONDS);
    }

    Ticker ticker() {
        return ticker;
    }

    Traffic traffic() {
        return traffic;
    }

    Faults faults() {
        return faults;
    }

    Complaints complaints() {
        return complaints;
    }

    InFlight inFlight() {
        return inFlight;
    }

    /** The request that the calling I/O thread fills anew for each frame. */
    Request request() {
        return requests.get();
    }

    EventLoop nextLoop() {
        return loops.next();
    }

    ServerBootstrap serverBootstrap() {
        return new ServerBootstrap()
                .group(loops)
                .channel(isEpoll ? EpollServerSocketChannel.class : NioServerSocketChannel.class)
                .option(ChannelOption.SO_BACKLOG, BACKLOG)
                .option(ChannelOption.SO_REUSEADDR, true)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childOption(ChannelOption.SO_KEEPALIVE, true)
                .childOption(ChannelOption.ALLOCATOR, allocator)
                .childOption(ChannelOption.RECVBUF_ALLOCATOR, receiveBuffers);
    }

    Bootstrap clientBootstrap() {
        return clientBootstrap(loops);
    }

    /** @param on the I/O thread that is to drive the connection, or all of them */
    Bootstrap clientBootstrap(EventLoopGroup on) {
        return new Bootstrap()
                .group(on)
                .channel(isEpoll ? EpollSocketChannel.class : NioSocketChannel.class)
                .option(ChannelOption.TCP_NODELAY, true)
                .option(ChannelOption.SO_KEEPALIVE, true)
                .option(ChannelOption.ALLOCATOR, allocator)
                .option(ChannelOption.RECVBUF_ALLOCATOR, receiveBuffers);
    }
}
