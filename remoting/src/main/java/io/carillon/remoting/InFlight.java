package io.carillon.remoting;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The bytes that all connections together keep in memory, and who waits until they are fewer. Any thread; asked once a
 * read batch, not once a message.
 */
final class InFlight {
    private final AtomicLong bytes = new AtomicLong();
    private final Queue<Runnable> waiting = new ConcurrentLinkedQueue<>();
    private volatile long bytesMax;

    InFlight(long bytesMax) {
        this.bytesMax = bytesMax;
    }

    /** How much there may be from now on; who waits is woken by it when it is less than half of that. */
    void bytesMax(long newBytesMax) {
        bytesMax = newBytesMax;
        wakeBelowHalf(bytes.get());
    }

    void add(long change) {
        wakeBelowHalf(bytes.addAndGet(change));
    }

    long bytes() {
        return bytes.get();
    }

    /** Whether there is too much; if so, {@code wake} runs once it fell to half, on whatever thread noticed. */
    boolean mustWait(Runnable wake) {
        if (bytes.get() <= bytesMax) {
            return false;
        }
        waiting.add(wake);
        wakeBelowHalf(bytes.get()); // it may have fallen before we stood in the queue
        return true;
    }

    private void wakeBelowHalf(long now) {
        if (now > bytesMax / 2) {
            return;
        }
        for (Runnable wake = waiting.poll(); wake != null; wake = waiting.poll()) {
            wake.run();
        }
    }
}
