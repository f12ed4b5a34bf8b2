package io.carillon.remoting;

import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;

/**
 * Where the answer to one request goes. May outlive the request; exactly one answer is sent, from any thread. Until
 * then the request's bytes count as in flight on its connection.
 */
public final class ReplyTo {
    private static final AtomicIntegerFieldUpdater<ReplyTo> ANSWERED =
            AtomicIntegerFieldUpdater.newUpdater(ReplyTo.class, "answered");

    private final Connection connection;
    private final int opaque;
    private final boolean isBinary;
    private final boolean isOneWay;
    private final int deferredBytes;
    private volatile int answered;

    /** @param deferredBytes what the connection settles when the answer was written */
    ReplyTo(Connection connection, int opaque, boolean isBinary, boolean isOneWay, int deferredBytes) {
        this.connection = connection;
        this.opaque = opaque;
        this.isBinary = isBinary;
        this.isOneWay = isOneWay;
        this.deferredBytes = deferredBytes;
    }

    public Connection connection() {
        return connection;
    }

    public int opaque() {
        return opaque;
    }

    public boolean isBinary() {
        return isBinary;
    }

    public boolean isOneWay() {
        return isOneWay;
    }

    /**
     * Sends the answer in the request's own header encoding. Nothing happens when the connection is gone, when the
     * request is one-way, or when it was answered before: of two answers that race the first one counts.
     */
    public void send(Reply reply) {
        if (claim() && !isOneWay) {
            connection.execute(() -> connection.answer(this, reply));
        }
    }

    /**
     * Leaves the answer to another, who writes it by the opaque number and counts the request's bytes by itself: from now
     * on this neither answers nor counts them. Only on the connection's I/O thread.
     */
    public void handOver() {
        if (claim()) {
            settle();
        }
    }

    /** Whether the caller is the one who answers. */
    boolean claim() {
        return ANSWERED.compareAndSet(this, 0, 1);
    }

    /** Gives back a claim whose answer was not written. */
    void release() {
        answered = 0;
    }

    boolean isAnswered() {
        return answered != 0;
    }

    /** The answer was written; on the connection's I/O thread. */
    void settle() {
        if (deferredBytes > 0) {
            connection.settled(deferredBytes);
        }
    }
}
