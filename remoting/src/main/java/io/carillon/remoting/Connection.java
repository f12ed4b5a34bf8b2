package io.carillon.remoting;

import java.net.InetSocketAddress;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * One peer. Frames leave in the order in which they were written; what is written while a read batch is served leaves
 * with one socket write at its end.
 */
public final class Connection {
    Connection() {}

    public InetSocketAddress remoteAddress() {
        throw new IllegalStateException("skeleton");
    }

    public InetSocketAddress localAddress() {
        throw new IllegalStateException("skeleton");
    }

    public boolean isOpen() {
        throw new IllegalStateException("skeleton");
    }

    /** The connection's I/O thread. */
    public Executor ioThread() {
        throw new IllegalStateException("skeleton");
    }

    /** Whether the caller is the connection's I/O thread. */
    public boolean isOnIoThread() {
        throw new IllegalStateException("skeleton");
    }

    /**
     * The writer of frames to this peer; only on its I/O thread. What was written goes out with {@link #flush} or when
     * the read batch that is being served ends.
     */
    public FrameWriter writer() {
        throw new IllegalStateException("skeleton");
    }

    /** Sends what was written; only on the I/O thread. */
    public void flush() {
        throw new IllegalStateException("skeleton");
    }

    /** Runs on the I/O thread when all frames of the current read batch were dispatched, before the flush; once each. */
    public void atEndOfReadBatch(Runnable work) {
        throw new IllegalStateException("skeleton");
    }

    /** Sends a one-way request; any thread. */
    public void notify(int code, Reply content) {
        throw new IllegalStateException("skeleton");
    }

    /** Sends a request and completes with its answer, or exceptionally with a timeout or a closed connection. */
    public CompletableFuture<Response> call(int code, Reply content, long timeoutMs) {
        throw new IllegalStateException("skeleton");
    }

    /** Runs once when the connection is gone, on its I/O thread; at once when it already is. */
    public void onClose(Runnable work) {
        throw new IllegalStateException("skeleton");
    }

    public void close() {
        throw new IllegalStateException("skeleton");
    }

    /** Something that a front wants to keep with the connection; one per type, any thread. */
    public <T> @Nullable T attachment(Class<T> type) {
        throw new IllegalStateException("skeleton");
    }

    public <T> void attach(Class<T> type, T value) {
        throw new IllegalStateException("skeleton");
    }
}
