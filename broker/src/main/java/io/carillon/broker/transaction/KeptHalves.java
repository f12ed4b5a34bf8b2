package io.carillon.broker.transaction;

import io.carillon.broker.metadata.Halves;
import io.carillon.log.MessageLog;
import io.carillon.log.Rescue;
import org.jspecify.annotations.Nullable;

/**
 * Keeps what the log says of undecided halves from being dropped, for as long as the log is open. Where this broker leads,
 * {@link CarriedHalves} writes them again; where another one does, it waits for that one to do so.
 */
public final class KeptHalves implements Rescue {
    private final StoredHalves stored;
    private volatile @Nullable Rescue carrier;

    private KeptHalves(StoredHalves stored) {
        this.stored = stored;
    }

    /** Has the log ask before it drops messages. Before the log's agents run. */
    public static KeptHalves open(MessageLog log, Halves halves) {
        KeptHalves kept = new KeptHalves(new StoredHalves(log, halves));
        log.rescueBy(kept);
        return kept;
    }

    StoredHalves stored() {
        return stored;
    }

    /** Who writes them again from now on; null when this broker leads no more. */
    void carriedBy(@Nullable Rescue newCarrier) {
        carrier = newCarrier;
    }

    @Override
    public boolean isReady(long logOffset) {
        Rescue leading = carrier;
        return leading == null ? !stored.hasUndecidedBefore(logOffset) : leading.isReady(logOffset);
    }
}
