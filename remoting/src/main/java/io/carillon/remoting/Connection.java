package io.carillon.remoting;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One peer. Frames leave in the order in which they were written; what is written while a read batch is served leaves
 * with one socket write at its end, and so does what several tasks write in one round of the I/O thread.
 */
public final class Connection {
    private final Channel channel;
    private final EventLoop loop;
    private final IoGroup io;
    private final Outbox outbox;
    private final FrameWriter writer;
    private final PendingCalls calls;
    private final ReadGate gate;
    private final Map<Class<?>, Object> attachments = new ConcurrentHashMap<>(4);
    private final Runnable endOfRound = this::endRound;

    /** What follows belongs to the I/O thread. */
    private final List<Runnable> endOfBatchWork = new ArrayList<>(2);

    private final List<Runnable> closeWork = new ArrayList<>(2);
    private boolean isInBatch;
    private boolean isRoundScheduled;
    private boolean isGone;
    private int framesOut;
    private @Nullable Upstream upstream;

    private volatile boolean isOpen = true;
    private volatile boolean isEncrypted;
    private volatile ProxyHeader.Hop hop = ProxyHeader.Hop.OTHER_PROXY;
    private volatile @Nullable InetSocketAddress remoteAddress;
    private volatile @Nullable InetSocketAddress localAddress;

    /** @param readOn goes on with frames that had to wait */
    Connection(Channel channel, IoGroup io, Runnable readOn) {
        this.channel = channel;
        this.loop = channel.eventLoop();
        this.io = io;
        outbox = new Outbox(channel, io.traffic(), this::peerTook);
        writer = new FrameWriter(this, outbox, io.config().frameMax().intBytes());
        calls = new PendingCalls(loop);
        gate = new ReadGate(channel, outbox, io, readOn);
    }

    /** Where the peer is; what a trusted proxy says of it, if one stands between. */
    public InetSocketAddress remoteAddress() {
        InetSocketAddress address = remoteAddress;
        return address == null ? InetSocketAddress.createUnresolved("unknown", 0) : address;
    }

    /** Where the peer connected to: here, or to another server of ours that relays it. */
    public InetSocketAddress localAddress() {
        InetSocketAddress address = localAddress;
        return address == null ? InetSocketAddress.createUnresolved("unknown", 0) : address;
    }

    /** Whether the bytes on the wire are encrypted by TLS, from the client itself on if another server of ours relays them. */
    public boolean isEncrypted() {
        return isEncrypted && hop != ProxyHeader.Hop.RELAY;
    }

    public boolean isOpen() {
        return isOpen;
    }

    /** Whether the peer has taken most of what was sent to it; any thread. */
    public boolean takesMore() {
        return channel.isWritable();
    }

    /** The connection's I/O thread. What is executed there runs after the read batches of the current round. */
    public Executor ioThread() {
        return loop;
    }

    /** Whether the caller is the connection's I/O thread. */
    public boolean isOnIoThread() {
        return loop.inEventLoop();
    }

    /**
     * The writer of frames to this peer; only on its I/O thread. What was written goes out with {@link #flush}, when
     * the read batch that is being served ends, or when the I/O thread has done what is due now.
     *
     * @throws IllegalStateException on any other thread
     */
    public FrameWriter writer() {
        if (!loop.inEventLoop()) {
            throw new IllegalStateException("a connection's writer was asked for outside its I/O thread");
        }
        return writer;
    }

    /** Sends what was written, or leaves it to the end of the read batch that is being served; only on the I/O thread. */
    public void flush() {
        if (!isInBatch) {
            flushNow();
        }
    }

    /**
     * Runs on the I/O thread when all frames of the current read batch were dispatched, before the flush; once each.
     * Outside a read batch: when the I/O thread has done what is due now. Only on the I/O thread.
     */
    public void atEndOfReadBatch(Runnable work) {
        endOfBatchWork.add(work);
        endRoundSoon();
    }

    /**
     * Counts the bytes of a request as in flight until {@link #settled}; only on the I/O thread. For handlers that
     * answer later through {@link #writer} and the opaque number alone; {@link Request#replyTo} does it by itself. While
     * too much is in flight the connection is not read.
     *
     * @param bytes {@link Request#frameBytes}
     */
    public void deferred(int bytes) {
        gate.deferred(bytes);
    }

    /** The request of that many bytes was answered, or dropped if it was one-way; only on the I/O thread. */
    public void settled(int bytes) {
        settled((long) bytes);
    }

    void settled(long bytes) {
        if (gate.settled(bytes)) {
            endRoundSoon();
        }
    }

    /**
     * Sends a one-way request; any thread. Nothing happens when the connection is gone, or when the peer does not take
     * what was sent before: what nobody reads must not gather here.
     */
    public void notify(int code, Reply content) {
        execute(() -> {
            if (!gate.isBackedUp()) {
                writer.write(calls.nextOpaque(), FrameWriter.FLAG_ONE_WAY, code, content);
            }
        });
    }

    /**
     * Sends a request and completes, on the I/O thread, with its answer, or exceptionally: with a {@code
     * TimeoutException}, with a {@code ClosedChannelException} when the connection is gone, or with a {@code
     * RejectedExecutionException} when the peer does not take what was sent before. Any thread.
     */
    public CompletableFuture<Response> call(int code, Reply content, long timeoutMs) {
        CompletableFuture<Response> answer = new CompletableFuture<>();
        if (!execute(() -> startCall(code, content, timeoutMs, answer))) {
            answer.completeExceptionally(new ClosedChannelException());
        }
        return answer;
    }

    private void startCall(int code, Reply content, long timeoutMs, CompletableFuture<Response> answer) {
        if (!isOpen) {
            answer.completeExceptionally(new ClosedChannelException());
            return;
        }
        if (gate.isBackedUp()) {
            answer.completeExceptionally(new RejectedExecutionException("the peer does not take what it is sent"));
            return;
        }
        int opaque = calls.nextOpaque();
        calls.add(opaque, answer, timeoutMs);
        try {
            writer.write(opaque, FrameWriter.FLAG_REQUEST, code, content);
        } catch (FrameWriter.FrameTooLong fault) {
            writer.abandon();
            calls.fail(opaque, fault);
        }
    }

    /** Runs once when the connection is gone, on its I/O thread; at once when it already is. Any thread. */
    public void onClose(Runnable work) {
        if (loop.inEventLoop() && !isGone) {
            closeWork.add(work);
        } else if (loop.inEventLoop() || !execute(() -> onClose(work))) {
            work.run();
        }
    }

    /** Sends what was written and closes; any thread. */
    public void close() {
        if (!loop.inEventLoop()) {
            execute(this::close);
        } else if (isOpen) {
            flushNow();
            isOpen = false;
            channel.close();
        }
    }

    /** Something that a front wants to keep with the connection; one per type, any thread. */
    public <T> @Nullable T attachment(Class<T> type) {
        return type.cast(attachments.get(type));
    }

    public <T> void attach(Class<T> type, T value) {
        attachments.put(type, value);
    }

    @Override
    public String toString() {
        return "connection from " + remoteAddress;
    }

    void encrypted() {
        isEncrypted = true;
    }

    /** Whether it comes from a relay of another server of ours. */
    public boolean isRelayed() {
        return hop != ProxyHeader.Hop.OTHER_PROXY;
    }

    void opened() {
        remoteAddress = (InetSocketAddress) channel.remoteAddress();
        localAddress = (InetSocketAddress) channel.localAddress();
    }

    /** A proxy that is trusted says whom it speaks for; before the first frame. */
    void cameFrom(ProxyHandler.CameFrom came) {
        remoteAddress = came.source();
        InetSocketAddress entrance = came.entrance();
        if (entrance != null) {
            localAddress = entrance;
        }
        hop = came.hop();
    }

    /** The channel is gone; once, on the I/O thread. */
    void gone() {
        isOpen = false;
        isGone = true;
        outbox.release();
        gate.forget();
        calls.failAll();
        Upstream orphan = upstream;
        if (orphan != null) {
            upstream = null;
            orphan.clientGone();
        }
        endOfBatchWork.clear();
        closeWork.forEach(this::runSafely);
        closeWork.clear();
    }

    /** Reads nothing more and closes when the answers that are due are gone; any thread. */
    void drain() {
        execute(() -> {
            if (isOpen) {
                flushNow();
                gate.drain();
            }
        });
    }

    /** Reads nothing more, and closes when the answers that are due are gone or the grace is over; any thread. */
    void closeWhenAnswered() {
        drain();
        after(io.config().closeGrace(), this::close);
    }

    /** Runs on the I/O thread, unless the connection is gone by then; any thread. */
    void after(Duration delay, Runnable work) {
        if (!channel.isOpen()) {
            return;
        }
        try {
            Future<?> due = loop.schedule(work, delay.toMillis(), TimeUnit.MILLISECONDS);
            channel.closeFuture().addListener(_ -> due.cancel(false));
        } catch (RejectedExecutionException _) { // its I/O thread has ended, and the connection with it
            return;
        }
    }

    /** The connection to the leader that belongs to this one, if one was needed; only on the I/O thread. */
    @Nullable
    Upstream upstream() {
        return upstream;
    }

    void upstream(@Nullable Upstream other) {
        upstream = other;
        if (other != null) {
            calls.numberHigh(); // the leader counts its requests to our client from 0, too
        }
    }

    EventLoop loop() {
        return loop;
    }

    /** Writes a frame of the leader as it came; its header word stands at {@code at}. Only on the I/O thread. */
    void relayed(ByteBuffer bytes, int at, int length) {
        ByteBuf chunk = outbox.room(Integer.BYTES + length);
        chunk.writeInt(length).writeBytes(bytes.slice(at, length));
        if (isOpen) {
            frameWritten();
        }
    }

    /** Waits until the connection is closed; not on an I/O thread. */
    void awaitGone(long timeout, TimeUnit unit) {
        channel.closeFuture().awaitUninterruptibly(Math.max(0, timeout), unit);
    }

    PendingCalls calls() {
        return calls;
    }

    ReadGate gate() {
        return gate;
    }

    void beginBatch() {
        isInBatch = true;
    }

    void endBatch() {
        runEndOfBatchWork();
        isInBatch = false;
        flushNow();
    }

    /** Now when this is the I/O thread and no frame is half written, otherwise there and soon; false when that is gone. */
    boolean execute(Runnable work) {
        if (loop.inEventLoop() && !writer.isBegun()) {
            work.run();
            return true;
        }
        try {
            loop.execute(work);
            return true;
        } catch (RejectedExecutionException _) { // the process is closing its I/O threads: nobody is left to write to
            return false;
        }
    }

    /** Writes an answer that was claimed. */
    void answer(ReplyTo to, Reply reply) {
        writer.answer(to.opaque(), to.isBinary(), reply);
        to.settle();
    }

    void frameWritten() {
        framesOut++;
        outbox.frameEnded();
        endRoundSoon();
    }

    /** Nobody flushes a connection that is gone: give back what its last writer took. */
    void frameDropped() {
        if (isGone) {
            outbox.release();
        }
    }

    private void endRoundSoon() {
        if (!isInBatch && !isRoundScheduled) {
            isRoundScheduled = true;
            loop.execute(endOfRound);
        }
    }

    private void endRound() {
        isRoundScheduled = false;
        if (!isGone) {
            runEndOfBatchWork();
            flushNow();
        }
    }

    @SuppressWarnings("ForLoopReplaceableByForEach") // work may add work
    private void runEndOfBatchWork() {
        for (int i = 0; i < endOfBatchWork.size(); i++) {
            runSafely(endOfBatchWork.get(i));
        }
        endOfBatchWork.clear();
    }

    private void runSafely(Runnable work) {
        try {
            work.run();
        } catch (RuntimeException fault) { // one handler's fault is not another's, and not the connection's
            abandonFrame();
            io.faults().report("callback", fault);
        }
    }

    boolean hasOpenFrame() {
        return writer.isBegun();
    }

    void abandonFrame() {
        if (writer.isBegun()) {
            writer.abandon();
        }
    }

    private void peerTook() {
        gate.update();
        tellUpstream();
    }

    private void tellUpstream() {
        if (upstream != null) {
            upstream.clientTook();
        }
    }

    private void flushNow() {
        if (framesOut > 0) {
            io.traffic().framesOut.add(framesOut);
            framesOut = 0;
        }
        outbox.flush();
        gate.update();
        tellUpstream();
    }
}
