package io.carillon.remoting;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * Joins one channel to its {@link Connection}: received bytes become requests and answers, dispatched here and now, and
 * the end of what was received becomes the end of a read batch. Only on the channel's I/O thread.
 */
final class ConnectionHandler extends ChannelInboundHandlerAdapter implements FrameReader.Sink {
    /** The idle time is looked at in this many parts: a timer is cheap, a clock read for each batch is not. */
    private static final int IDLE_PARTS = 4;

    private final IoGroup io;
    private final CurrentDispatcher dispatcher;
    private final Connection connection;
    private final FrameReader reader;
    private final Request request;
    private final int headerBytesMax;
    private final int frameBytesMaxUnproven;

    private final StalledFrame stalled = new StalledFrame();
    private int framesIn;
    private boolean hasRead;
    private int quietParts;
    private @Nullable Future<?> idleTimer;
    private @Nullable Future<?> stallTimer;

    ConnectionHandler(Channel channel, IoGroup io, CurrentDispatcher dispatcher) {
        this.io = io;
        this.dispatcher = dispatcher;
        this.request = io.request();
        this.headerBytesMax = io.config().headerMax().intBytes();
        this.frameBytesMaxUnproven = io.config().frameMaxBeforeAuthentication().intBytes();
        reader = new FrameReader(channel.alloc(), io.config().frameMax().intBytes(), this);
        connection = new Connection(channel, io, this::readOn);
    }

    Connection connection() {
        return connection;
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
        connection.opened();
        io.traffic().opened.increment();
        io.traffic().connections.increment();
        long partMs = Math.max(1, io.config().idleTimeout().toMillis() / IDLE_PARTS);
        idleTimer = context.executor().scheduleAtFixedRate(this::closeWhenIdle, partMs, partMs, TimeUnit.MILLISECONDS);
        long stallMs = Math.max(1, io.config().frameWithin().toMillis() / StalledFrame.PARTS);
        stallTimer =
                context.executor().scheduleAtFixedRate(this::closeWhenStalled, stallMs, stallMs, TimeUnit.MILLISECONDS);
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (event instanceof ProxyHandler.CameFrom came) {
            connection.cameFrom(came);
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        if (idleTimer != null) {
            idleTimer.cancel(false);
            Objects.requireNonNull(stallTimer).cancel(false);
            io.traffic().connections.decrement();
        }
        reader.release();
        connection.gone();
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        ByteBuf chunk = (ByteBuf) message;
        try {
            hasRead = true;
            io.traffic().bytesIn.add(chunk.readableBytes());
            stalled.came(chunk.readableBytes());
            if (connection.isOpen()) {
                connection.beginBatch();
                reader.read(chunk);
            }
        } catch (MalformedFrame fault) {
            refuse(fault);
        } finally {
            chunk.release();
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        endBatch();
    }

    /** Goes on with frames that were held while the gate was shut; a batch of its own. */
    private void readOn() {
        stalled.beginAnew();
        connection.beginBatch();
        try {
            reader.readHeld();
        } catch (MalformedFrame fault) {
            refuse(fault);
        }
        endBatch();
    }

    private void endBatch() {
        if (framesIn > 0) {
            io.traffic().framesIn.add(framesIn);
            framesIn = 0;
            request.drop();
        }
        connection.gate().held(reader.heldBytes());
        connection.endBatch();
    }

    @Override
    public boolean frame(ByteBuffer bytes, int at, int length) {
        framesIn++;
        stalled.beginAnew();
        request.take(connection, bytes, at, length, headerBytesMax);
        if (request.isResponse()) {
            answered();
        } else {
            dispatcher.current().dispatch(request, io);
        }
        return connection.isOpen() && !connection.gate().isShut();
    }

    /** An answer to nothing that we asked, or no longer ask, is the leader's, or dropped. */
    private void answered() {
        Upstream upstream = connection.upstream();
        if (!connection.calls().complete(request) && upstream != null) {
            upstream.pass(request);
        }
    }

    @Override
    public boolean admits(int length) {
        if (length <= frameBytesMaxUnproven) {
            return true;
        }
        Guard guard = dispatcher.current().guard();
        return guard == null || guard.knows(connection) || isVouchedFor();
    }

    private boolean isVouchedFor() {
        Upstream upstream = connection.upstream();
        return upstream != null && upstream.hasVouched();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable fault) {
        if (fault.getCause() instanceof SSLException refused) {
            io.complaints()
                    .warn(
                            "tls",
                            "connection closed remote=" + connection.remoteAddress() + " because=\"TLS: "
                                    + refused.getMessage() + '"');
        } else if (!(fault instanceof IOException)) { // a peer that goes away without a word is no news
            io.faults().report("connection", fault);
        }
        connection.close();
    }

    private void refuse(MalformedFrame fault) {
        io.traffic().malformed.increment();
        io.complaints()
                .warn(
                        "malformed",
                        "connection closed remote=" + connection.remoteAddress() + " because=\"" + fault.getMessage()
                                + '"');
        connection.close();
    }

    private void closeWhenStalled() {
        if (stalled.isTooLong(reader.holdsAny() && !connection.gate().isShut())) {
            io.traffic().unfinishedClosed.increment();
            io.complaints()
                    .warn(
                            "unfinished",
                            "connection closed remote=" + connection.remoteAddress()
                                    + " because=\"a frame did not come whole within "
                                    + io.config().frameWithin() + '"');
            connection.close();
        }
    }

    private void closeWhenIdle() {
        quietParts = hasRead || connection.gate().owesAnswers() ? 0 : quietParts + 1;
        hasRead = false;
        if (quietParts >= IDLE_PARTS) {
            io.traffic().idleClosed.increment();
            connection.close();
        }
    }
}
