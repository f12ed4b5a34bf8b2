package io.carillon.remoting;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollDomainDatagramChannel;
import io.netty.channel.unix.DomainSocketAddress;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Sends short texts, a datagram each, to a Unix socket of this machine, as the one on which a service manager hears from its
 * services. It lives on one I/O thread; any thread may call.
 *
 * <p>The socket may come later, go, or be made anew: a text that is not taken fails by itself, and the next one connects
 * again. Those that the other side is slow to take wait, a few at most; further ones fail.
 */
public final class LocalDatagrams {
    private static final int WAITING_MAX = 8;

    private final EventLoop loop;
    private final Bootstrap socket;
    private final DomainSocketAddress address;
    private @Nullable ChannelFuture connection; // this and the next one are the I/O thread's
    private int waiting;

    private LocalDatagrams(IoGroup io, String path) {
        loop = io.nextLoop();
        // The kernel's way to write a name that is no file's: it begins with a zero.
        address = new DomainSocketAddress(path.startsWith("@") ? '\0' + path.substring(1) : path);
        socket = new Bootstrap()
                .group(loop)
                .channel(EpollDomainDatagramChannel.class)
                .option(ChannelOption.AUTO_READ, false)
                .handler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {} // nobody answers
                });
    }

    /** Whether this machine can: Java has no such sockets, and Netty has them where it drives sockets by epoll. */
    public static boolean isAvailable() {
        return Epoll.isAvailable();
    }

    /**
     * Opens nothing yet.
     *
     * @param path of the socket, or {@code @} and its name where it is no file (Linux' abstract sockets)
     */
    public static LocalDatagrams to(IoGroup io, String path) {
        return new LocalDatagrams(io, path);
    }

    /**
     * Completes, on the I/O thread, when the kernel has taken the text; exceptionally, with an {@code IOException}, when there
     * is no such socket, nobody listens at it, or too much waits for it; with a {@code RejectedExecutionException} when the I/O
     * thread has ended.
     */
    public CompletableFuture<Boolean> send(String text) {
        CompletableFuture<Boolean> sent = new CompletableFuture<>();
        try {
            loop.execute(() -> connectAndSend(text, sent));
        } catch (RejectedExecutionException e) {
            sent.completeExceptionally(e);
        }
        return sent;
    }

    /** Repeats this on the I/O thread, with so much time before each, until that thread ends. It must not throw. */
    public Future<?> repeat(Duration each, Runnable work) {
        return loop.scheduleWithFixedDelay(work, each.toNanos(), each.toNanos(), TimeUnit.NANOSECONDS);
    }

    private void connectAndSend(String text, CompletableFuture<Boolean> sent) {
        if (waiting == WAITING_MAX) {
            sent.completeExceptionally(new IOException("what was sent before is not taken"));
            return;
        }
        waiting++;
        sent.whenComplete((_, _) -> waiting--);
        ChannelFuture opened = connection == null ? socket.connect(address) : connection;
        connection = opened;
        // A socket that could not even be made tells so on another thread.
        opened.addListener(_ -> loop.execute(() -> connected(opened, text, sent)));
    }

    private void connected(ChannelFuture opened, String text, CompletableFuture<Boolean> sent) {
        if (opened.isSuccess()) {
            write(opened, text, sent);
        } else {
            settle(opened, opened.cause(), sent);
        }
    }

    private void write(ChannelFuture opened, String text, CompletableFuture<Boolean> sent) {
        Channel channel = opened.channel();
        ByteBuf bytes = Unpooled.directBuffer(ByteBufUtil.utf8MaxBytes(text));
        ByteBufUtil.writeUtf8(bytes, text);
        ChannelFuture written = channel.writeAndFlush(bytes);
        written.addListener(_ -> settle(opened, written.cause(), sent));
    }

    private void settle(ChannelFuture opened, @Nullable Throwable fault, CompletableFuture<Boolean> sent) {
        if (fault == null) {
            sent.complete(true);
            return;
        }
        if (opened.equals(connection)) {
            connection = null;
        }
        if (opened.channel().isRegistered()) {
            opened.channel().close();
        }
        sent.completeExceptionally(fault);
    }
}
