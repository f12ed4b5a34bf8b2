package io.carillon.remoting;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.ssl.SslHandler;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The connection to the leader that belongs to one client's connection. Only on the I/O thread that both share.
 *
 * <p>What the client sends counts as in flight on its connection until the leader took it, so a leader that is slow, or not
 * connected yet, keeps the client from being read; the leader is not read while the client does not take what it is sent.
 * When this ends, the client's connection ends. Only when this was quiet it ends alone: the leader would close what sends
 * nothing, and the client may be busy with what this server answers by itself.
 */
final class Upstream extends ChannelInboundHandlerAdapter implements FrameReader.Sink {
    /** So many parts of the idle time pass; the leader, if its own is as long, waits for one more at least. */
    private static final int QUIET_PARTS = 3;

    private final Relay relay;
    private final IoGroup io;
    private final Connection client;
    private final InetSocketAddress target;
    private final Channel channel;
    private final Outbox outbox;
    private final FrameReader reader;
    private final Runnable flush = this::flush;
    private final Future<?> quietTimer;

    private long deferredBytes;
    private long toldBytes;
    private int answersDue;
    private int frames;
    private int quietParts;
    private boolean isReadyWhenActive = true;
    private boolean isReady;
    private boolean isFlushDue;
    private boolean isPaused;
    private boolean isResuming;
    private boolean hasVouched;
    private boolean isAlone;
    private boolean isGone;

    Upstream(Relay relay, IoGroup io, Connection client, InetSocketAddress target, Channel channel) {
        this.relay = relay;
        this.io = io;
        this.client = client;
        this.target = target;
        this.channel = channel;
        outbox = new Outbox(channel, io.traffic(), this::settleTaken);
        reader = new FrameReader(channel.alloc(), io.config().frameMax().intBytes(), this);
        long partMs = Math.max(1, io.config().idleTimeout().toMillis() / (QUIET_PARTS + 1));
        quietTimer = channel.eventLoop().scheduleAtFixedRate(this::endWhenQuiet, partMs, partMs, TimeUnit.MILLISECONDS);
    }

    /** @param encryption null for none */
    void connect(boolean isNamingClient, @Nullable SslHandler encryption) {
        io.traffic().relayed.increment();
        client.upstream(this);
        channel.closeFuture().addListener(_ -> gone());
        if (isNamingClient) {
            channel.pipeline().addLast(new ProxyGreeting(client));
        }
        if (encryption != null) {
            channel.pipeline().addLast(new OwnedChunks(), encryption);
        }
        channel.pipeline().addLast(this);
        ChannelFuture connected = channel.connect(target);
        connected.addListener(_ -> failIf(connected.cause()));
        if (encryption != null) {
            isReadyWhenActive = false;
            encryption.handshakeFuture().addListener(done -> {
                if (done.isSuccess()) {
                    ready();
                }
                failIf(done.cause());
            });
        }
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
        if (isReadyWhenActive) {
            ready();
        }
    }

    InetSocketAddress target() {
        return target;
    }

    /** Whether the leader has done something for the client, and so knows it as well as it wants to. */
    boolean hasVouched() {
        return hasVouched;
    }

    /** Sends on what the client sent: a request, or the answer to one of the leader's. */
    void pass(Request frame) {
        if (isGone) { // and the client's connection is about to
            return;
        }
        int bytes = frame.frameBytes();
        frame.copyFrame(outbox.room(bytes));
        outbox.frameEnded();
        deferredBytes += bytes;
        client.deferred(bytes);
        frames++;
        quietParts = 0;
        if (!frame.isResponse() && !frame.isOneWay()) {
            answersDue++;
            client.gate().awaited(1);
        }
        if (!isFlushDue) {
            isFlushDue = true;
            client.atEndOfReadBatch(flush);
        }
    }

    /** Ends this, and the client's connection with it. */
    void close() {
        channel.close();
    }

    /** The same from any thread. */
    void closeSoon() {
        client.execute(this::close);
    }

    /** The client's connection is gone: the leader shall know it, after what the client said last. */
    void clientGone() {
        isAlone = true;
        if (isReady) {
            outbox.flush();
            closeWhenTaken();
        }
        long graceMs = io.config().closeGrace().toMillis();
        Future<?> deadline = channel.eventLoop().schedule(this::close, graceMs, TimeUnit.MILLISECONDS);
        channel.closeFuture().addListener(_ -> deadline.cancel(false));
    }

    /** The client took some of what it was sent. */
    void clientTook() {
        if (isPaused && !isResuming && client.gate().hasTakenMost()) {
            isResuming = true;
            channel.eventLoop().execute(this::resume);
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        ByteBuf chunk = (ByteBuf) message;
        try {
            io.traffic().bytesIn.add(chunk.readableBytes());
            if (!isAlone) {
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

    /** From the leader, for the client. */
    @Override
    public boolean frame(ByteBuffer bytes, int at, int length) {
        frames++;
        quietParts = 0;
        note(bytes, at, length);
        client.relayed(bytes, at, length);
        return !client.gate().isBackedUp();
    }

    private void note(ByteBuffer bytes, int at, int length) {
        Request frame = io.request();
        frame.take(client, bytes, at, length, length);
        if (frame.isResponse()) {
            hasVouched |= frame.code() == ResponseCode.SUCCESS;
            if (answersDue > 0) {
                answersDue--;
                client.gate().awaited(-1);
            }
        }
        frame.drop();
    }

    private void resume() {
        isResuming = false;
        if (!isGone && !isAlone) {
            isPaused = false;
            readHeld();
            endBatch();
        }
    }

    private void readHeld() {
        try {
            reader.readHeld();
        } catch (MalformedFrame fault) {
            refuse(fault);
        }
    }

    private void endBatch() {
        client.flush();
        while (!isAlone && !isGone && reader.isHolding() && client.gate().hasTakenMost()) {
            readHeld();
            client.flush();
        }
        isPaused = reader.isHolding();
        channel.config().setAutoRead(!isPaused);
        tell();
        countFrames();
    }

    private void countFrames() {
        io.traffic().relayedFrames.add(frames);
        frames = 0;
    }

    private void ready() {
        isReady = true;
        flush();
        if (isAlone) {
            closeWhenTaken();
        }
    }

    private void flush() {
        isFlushDue = false;
        countFrames();
        if (isReady && !isGone) {
            outbox.flush();
            settleTaken();
        }
    }

    /** Chunks are taken one after the other; what they could hold is counted until then, as they are kept whole. */
    private void settleTaken() {
        long left = Math.min(deferredBytes, outbox.unsentBytes());
        long taken = deferredBytes - left;
        deferredBytes = left;
        client.settled(taken);
        if (isAlone) {
            closeWhenTaken();
            tell();
        }
    }

    private void closeWhenTaken() {
        if (outbox.isEmpty()) {
            channel.close();
        }
    }

    /** What the client's own connection does not tell: a part of a frame of the leader, and what outlives the client. */
    private void tell() {
        long bytes = isGone ? 0 : reader.heldBytes() + (isAlone ? outbox.unsentBytes() : 0);
        if (bytes != toldBytes) {
            io.inFlight().add(bytes - toldBytes);
            toldBytes = bytes;
        }
    }

    private void endWhenQuiet() {
        boolean isBusy = answersDue > 0 || deferredBytes > 0 || reader.holdsAny() || isPaused;
        if (++quietParts >= QUIET_PARTS && !isBusy && !isAlone) {
            isAlone = true;
            client.upstream(null);
            channel.close();
        }
    }

    private void gone() {
        isGone = true;
        quietTimer.cancel(false);
        relay.gone(this);
        io.traffic().relayed.decrement();
        outbox.release();
        tell();
        if (!isAlone) {
            passHeld();
            isAlone = true;
            client.gate().awaited(-answersDue);
            client.settled(deferredBytes);
            deferredBytes = 0;
            client.closeWhenAnswered();
        }
    }

    /** What had to wait for the client, and was sent before the end, is the last that it gets. */
    private void passHeld() {
        while (reader.isHolding()) {
            readHeld();
        }
        countFrames();
    }

    private void failIf(@Nullable Throwable fault) {
        if (fault == null) {
            return;
        }
        boolean isOurs = isAlone || fault instanceof ClosedChannelException; // it is cut off while it connects
        if (!isOurs) {
            io.traffic().relayFailures.increment();
            io.complaints().warn("relay", "cannot relay target=" + target + " because=\"" + fault.getMessage() + '"');
        }
        channel.close();
    }

    private void refuse(MalformedFrame fault) {
        io.traffic().malformed.increment();
        io.complaints().warn("malformed", "relay closed target=" + target + " because=\"" + fault.getMessage() + '"');
        channel.close();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable fault) {
        if (!(fault instanceof IOException) && !(fault.getCause() instanceof IOException)) {
            io.faults().report("relay", fault);
        }
        channel.close();
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext context) {
        reader.release();
    }
}
