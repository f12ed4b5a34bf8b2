package io.carillon.remoting;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.handler.ssl.SslHandler;
import java.net.InetSocketAddress;
import java.nio.channels.ClosedChannelException;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Asks other servers: one connection per address, made when it is first needed and again after it was lost. Any thread.
 */
public final class RemotingClient implements AutoCloseable {
    private static final int CONNECT_TIMEOUT_MS = 3_000;

    private final Map<InetSocketAddress, CompletableFuture<Connection>> connections = new ConcurrentHashMap<>();
    private final IoGroup io;
    private final CurrentDispatcher dispatcher;
    private final @Nullable ClientTls tls;
    private volatile boolean isClosed;

    /** @param dispatcher serves what the other side asks over our connections; may be empty */
    public RemotingClient(IoGroup io, Dispatcher dispatcher) {
        this(io, dispatcher, null);
    }

    /**
     * @param dispatcher serves what the other side asks over our connections; may be empty
     * @param tls encrypts the connections; null for none
     */
    public RemotingClient(IoGroup io, Dispatcher dispatcher, @Nullable ClientTls tls) {
        this.io = io;
        this.dispatcher = new CurrentDispatcher(dispatcher);
        this.tls = tls;
    }

    /**
     * Sends a request and completes, on an I/O thread, with its answer, whatever its code; or exceptionally with the
     * reason why there is none: a {@code ConnectException}, a {@code TimeoutException}, a {@code
     * ClosedChannelException}. Nothing is sent twice: whether to try again is the caller's choice.
     *
     * @param address a host name in it is looked up by the calling thread, which may block
     * @param timeoutMs includes the time to connect
     */
    public CompletableFuture<Response> call(InetSocketAddress address, int code, Reply content, long timeoutMs) {
        CompletableFuture<Response> answer = new CompletableFuture<>();
        Future<?> deadline =
                io.nextLoop().schedule(() -> expire(answer, address, timeoutMs), timeoutMs, TimeUnit.MILLISECONDS);
        answer.whenComplete((_, _) -> deadline.cancel(false));
        connect(address).whenComplete((connection, fault) -> {
            if (fault != null) {
                answer.completeExceptionally(fault);
            } else if (!answer.isDone()) {
                connection
                        .call(code, content, timeoutMs)
                        .whenComplete((response, lost) -> pass(answer, response, lost));
            }
        });
        return answer;
    }

    /** The connection to this address: the one there is, or a new one. */
    public CompletableFuture<Connection> connect(InetSocketAddress address) {
        if (isClosed) {
            return CompletableFuture.failedFuture(new ClosedChannelException());
        }
        CompletableFuture<Connection> fresh = new CompletableFuture<>();
        CompletableFuture<Connection> known = connections.putIfAbsent(address, fresh);
        if (known == null) {
            open(address, fresh);
            return fresh;
        }
        if (isClosed(known)) {
            connections.remove(address, known);
            return connect(address);
        }
        return known;
    }

    /** A connection is closed before we are told so. */
    private static boolean isClosed(CompletableFuture<Connection> opened) {
        return opened.state() == Future.State.SUCCESS && !opened.resultNow().isOpen();
    }

    /** Closes the connections; calls that wait end exceptionally. */
    @Override
    public void close() {
        isClosed = true;
        connections.values().forEach(known -> known.thenAccept(Connection::close));
    }

    private void open(InetSocketAddress address, CompletableFuture<Connection> into) {
        Opening opening = new Opening(address);
        ChannelFuture connected = io.clientBootstrap()
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_TIMEOUT_MS)
                .handler(opening)
                .connect(resolved(address));
        connected.channel().closeFuture().addListener(_ -> connections.remove(address, into));
        connected.addListener(_ -> {
            if (connected.isSuccess()) {
                opening.whenReady(connected, fault -> settle(opening, address, into, fault));
            } else {
                connections.remove(address, into);
                into.completeExceptionally(connected.cause());
            }
        });
    }

    private void settle(
            Opening opening, InetSocketAddress address, CompletableFuture<Connection> into, @Nullable Throwable fault) {
        if (fault == null) {
            opened(opening.connection(), into);
        } else {
            connections.remove(address, into);
            into.completeExceptionally(fault);
        }
    }

    private void opened(Connection connection, CompletableFuture<Connection> into) {
        into.complete(connection);
        if (isClosed) {
            connection.close();
        }
    }

    private static InetSocketAddress resolved(InetSocketAddress address) {
        return address.isUnresolved() ? new InetSocketAddress(address.getHostString(), address.getPort()) : address;
    }

    private static void expire(CompletableFuture<Response> answer, InetSocketAddress address, long timeoutMs) {
        answer.completeExceptionally(new TimeoutException("no answer from " + address + " in " + timeoutMs + " ms"));
    }

    private static void pass(
            CompletableFuture<Response> answer, @Nullable Response response, @Nullable Throwable fault) {
        if (fault != null) {
            answer.completeExceptionally(fault);
        } else {
            answer.complete(response);
        }
    }

    /** Puts our handler on a channel that is about to connect. */
    private final class Opening extends ChannelInitializer<Channel> {
        private final InetSocketAddress server;
        private @Nullable Connection connection;
        private @Nullable SslHandler encryption;

        Opening(InetSocketAddress server) {
            this.server = server;
        }

        @Override
        protected void initChannel(Channel channel) {
            ConnectionHandler handler = new ConnectionHandler(channel, io, dispatcher);
            connection = handler.connection();
            if (tls != null) {
                handler.connection().encrypted();
                SslHandler handshake = tls.handler(channel.alloc(), server);
                encryption = handshake;
                channel.pipeline().addLast(new OwnedChunks(), handshake);
            }
            channel.pipeline().addLast(handler);
        }

        /** Large requests wait for the handshake: while they wait to be taken, nothing is read. */
        void whenReady(ChannelFuture connected, Consumer<@Nullable Throwable> told) {
            SslHandler handshake = encryption;
            if (handshake == null) {
                told.accept(null);
                return;
            }
            handshake.handshakeFuture().addListener(done -> {
                told.accept(done.cause());
                if (!done.isSuccess()) {
                    connected.channel().close();
                }
            });
        }

        Connection connection() {
            Connection made = connection;
            if (made == null) {
                throw new IllegalStateException("connected before it was initialised");
            }
            return made;
        }
    }
}
