package io.carillon.remoting;

import io.netty.channel.Channel;
import java.util.concurrent.RejectedExecutionException;

/**
 * Back-pressure of one connection: says when its socket is read no further, so that the peer's own send buffer fills
 * and the peer waits. Only on the connection's I/O thread.
 *
 * <p>Shut when the requests that were dispatched and not answered, or the answers that the peer has not taken, are more
 * than one connection may keep, or when all connections together keep too much; opened again when that fell to half.
 * Requests that a handler answers before it returns never count.
 */
final class ReadGate {
    /** What a connection may keep less than was last told to all, before it says so out of turn. */
    private static final int UNTOLD_BYTES_MAX = 64 << 10;

    private final Channel channel;
    private final Outbox outbox;
    private final InFlight total;
    private final Traffic traffic;
    private final Runnable reopen;
    private final long deferredBytesMax;
    private final long unsentBytesMax;
    private final Runnable wake = this::wake;

    private long deferredBytes;
    private long heldBytes;
    private long toldBytes;
    private int awaitedAnswers;
    private boolean isShut;
    private boolean waitsForTotal;
    private boolean isReopening;
    private boolean isDraining;
    private boolean isForgotten;

    /** @param reopen reads on; runs on the I/O thread, on its own and not within a call of this class */
    ReadGate(Channel channel, Outbox outbox, IoGroup io, Runnable reopen) {
        this.channel = channel;
        this.outbox = outbox;
        this.total = io.inFlight();
        this.traffic = io.traffic();
        this.reopen = reopen;
        this.deferredBytesMax = io.config().inFlightPerConnection().bytes();
        this.unsentBytesMax = io.config().unsentPerConnection().bytes();
    }

    void deferred(int bytes) {
        deferredBytes += bytes;
    }

    /** @return whether {@link #update} should be called soon although nothing may be written */
    boolean settled(long bytes) {
        deferredBytes -= bytes;
        return isShut || toldBytes - deferredBytes > UNTOLD_BYTES_MAX;
    }

    void held(int bytes) {
        heldBytes = bytes;
    }

    /** Asked after each frame: whether the next one has to wait. */
    boolean isShut() {
        if (!isShut && (deferredBytes > deferredBytesMax || outbox.unsentBytes() > unsentBytesMax)) {
            shut();
        }
        return isShut;
    }

    /** Whether the peer takes so little that it should be sent nothing that it did not ask for. */
    boolean isBackedUp() {
        return outbox.unsentBytes() > unsentBytesMax;
    }

    /** Whether the peer has taken so much of what it was sent that more may follow. */
    boolean hasTakenMost() {
        return outbox.unsentBytes() <= unsentBytesMax / 2;
    }

    /** How many more answers are due of which no bytes are kept here. */
    void awaited(int change) {
        awaitedAnswers += change;
    }

    /** Whether it is we who let the peer wait, so that its silence means nothing. */
    boolean owesAnswers() {
        return isShut && deferredBytes > 0;
    }

    /** Tells all what this connection keeps, and shuts or opens; after each flush. */
    void update() {
        if (isForgotten) {
            return;
        }
        tell(deferredBytes + heldBytes + outbox.unsentBytes());
        if (isDraining) {
            closeWhenSettled();
        } else if (isShut()) {
            reopenBelowHalf();
        } else if (total.mustWait(wake)) {
            waitsForTotal = true;
            shut();
        }
    }

    /** Reads no further request, and closes the channel when every answer that was due is gone. */
    void drain() {
        isDraining = true;
        shut();
        closeWhenSettled();
    }

    /** The connection is gone: nothing of it is kept any more. */
    void forget() {
        tell(0);
        isForgotten = true;
    }

    private void tell(long bytes) {
        if (bytes != toldBytes) {
            total.add(bytes - toldBytes);
            toldBytes = bytes;
        }
    }

    private void shut() {
        if (!isShut) {
            isShut = true;
            traffic.pauses.increment();
            channel.config().setAutoRead(false);
        }
    }

    private void reopenBelowHalf() {
        boolean isBelow = deferredBytes <= deferredBytesMax / 2 && outbox.unsentBytes() <= unsentBytesMax / 2;
        if (isBelow && !waitsForTotal && !isReopening) {
            isReopening = true;
            channel.eventLoop().execute(this::open);
        }
    }

    private void open() {
        isReopening = false;
        if (isDraining || isForgotten) {
            return;
        }
        isShut = false;
        reopen.run();
        if (!isShut) {
            channel.config().setAutoRead(true);
        }
    }

    private void closeWhenSettled() {
        if (deferredBytes == 0 && awaitedAnswers == 0 && outbox.isEmpty()) {
            channel.close();
        }
    }

    /** From any thread. */
    private void wake() {
        try {
            channel.eventLoop().execute(() -> {
                waitsForTotal = false;
                update();
            });
        } catch (RejectedExecutionException _) { // its I/O thread has ended, and the connection with it
            return;
        }
    }
}
