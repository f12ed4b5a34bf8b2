package io.carillon.log;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

/** An entry that a leader would have in the log, and who waits for it. */
public final class Proposal {
    private static final Logger LOG = System.getLogger(Proposal.class.getName());

    private final ByteBuffer entry;
    private final List<Part> parts = new ArrayList<>();
    private final AtomicBoolean hasEnded = new AtomicBoolean();
    private volatile Runnable onEnd = () -> {};

    /** Who waits for a part of an entry: for records of a batch, or for a change of metadata. */
    interface Part {
        /** The entry stands in the log of this replica; others need not have it yet. */
        void placed(long index, Stamper.Places places);

        /** It is committed and applied, or it is not known ever to be. */
        void ended(boolean isCommitted);
    }

    Proposal(ByteBuffer entry, List<Part> parts) {
        this.entry = entry;
        this.parts.addAll(parts);
    }

    /** The bytes that every replica gets; read only. */
    public ByteBuffer entry() {
        return entry;
    }

    /** Runs this when all parts were told how it ended; set before anybody may end it. */
    void onEnd(Runnable told) {
        onEnd = told;
    }

    void placed(long index, Stamper.Places places) {
        parts.forEach(part -> part.placed(index, places));
    }

    void committed() {
        end(true);
    }

    /**
     * This replica leads no more. Whether the proposal becomes an entry is not known: whoever waits may send it again. Nothing
     * happens when it has ended.
     */
    public void refused() {
        end(false);
    }

    private void end(boolean isCommitted) {
        if (hasEnded.compareAndSet(false, true)) {
            try {
                parts.forEach(part -> tell(part, isCommitted));
            } finally {
                onEnd.run();
            }
        }
    }

    /** What one of them throws does not keep the others from hearing. */
    private static void tell(Part part, boolean isCommitted) {
        try {
            part.ended(isCommitted);
        } catch (RuntimeException e) {
            LOG.log(Level.ERROR, "a completion failed; its sender gets no answer", e);
        }
    }
}
