package io.carillon.server;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.epoll.EpollDomainDatagramChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.unix.DomainDatagramPacket;
import io.netty.channel.unix.DomainSocketAddress;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** Listens at a Unix socket as systemd does. */
final class DatagramListener implements AutoCloseable {
    private static final int PATIENCE_S = 20;

    private final BlockingQueue<String> heard = new LinkedBlockingQueue<>();
    private final MultiThreadIoEventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    private final Channel channel;

    /** @param path a name of the kind that is no file begins with a zero */
    DatagramListener(String path) {
        channel = new Bootstrap()
                .group(loop)
                .channel(EpollDomainDatagramChannel.class)
                .handler(new SimpleChannelInboundHandler<DomainDatagramPacket>() {
                    @Override
                    protected void channelRead0(ChannelHandlerContext context, DomainDatagramPacket packet) {
                        heard.add(packet.content().toString(UTF_8));
                    }
                })
                .bind(new DomainSocketAddress(path))
                .syncUninterruptibly()
                .channel();
    }

    /** The next one; fails when none comes. */
    String next() throws InterruptedException {
        String next = heard.poll(PATIENCE_S, TimeUnit.SECONDS);
        if (next == null) {
            throw new AssertionError("nothing more is heard");
        }
        return next;
    }

    /** The next one that is not this. */
    String nextBut(String text) throws InterruptedException {
        while (true) {
            String next = next();
            if (!next.equals(text)) {
                return next;
            }
        }
    }

    /** Forgets what was heard. */
    void forget() {
        heard.clear();
    }

    /** Whether nothing comes for so long. */
    boolean isSilentFor(long ms) throws InterruptedException {
        return heard.poll(ms, TimeUnit.MILLISECONDS) == null;
    }

    @Override
    public void close() {
        channel.close().syncUninterruptibly();
        loop.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly();
    }
}
