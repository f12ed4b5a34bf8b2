package io.carillon.log;

import io.carillon.base.CarillonException.StorageFault;
import java.util.function.BooleanSupplier;

/** Lets others wait for what a {@link ReplicaWriter} is yet to write. Any thread. */
final class Arrivals {
    /** Who waits looks so often whether there is still hope. */
    private static final long AWAIT_MS = 20;

    private final BooleanSupplier isOver;
    private final Object written = new Object();
    private volatile boolean isAwaited;

    /** @param isOver whether nothing more is going to be written */
    Arrivals(BooleanSupplier isOver) {
        this.isOver = isOver;
    }

    /** Something was written. */
    void written() {
        if (isAwaited) {
            synchronized (written) {
                written.notifyAll();
            }
        }
    }

    /**
     * Waits until it is there.
     *
     * @param what is waited for, for people
     * @throws StorageFault when it is not going to be there, for the log takes nothing more
     */
    void await(BooleanSupplier isThere, String what) {
        synchronized (written) {
            isAwaited = true;
            while (!isThere.getAsBoolean()) {
                if (isOver.getAsBoolean()) {
                    throw new StorageFault(what + " is committed, and not in the log of this replica", null);
                }
                try {
                    written.wait(AWAIT_MS);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    throw new StorageFault("interrupted while " + what + " is written", e);
                }
            }
            isAwaited = false;
        }
    }
}
