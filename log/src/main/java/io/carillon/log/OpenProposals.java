package io.carillon.log;

import java.nio.ByteBuffer;
import java.util.IdentityHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** What a replica proposed that neither took effect nor was refused. Any thread. */
final class OpenProposals {
    /** Those without a place in the log; the buffer itself names them. */
    private final IdentityHashMap<ByteBuffer, Proposal> unplaced = new IdentityHashMap<>();

    private final AtomicInteger open = new AtomicInteger();
    private final AtomicReference<@Nullable Runnable> whenSettled = new AtomicReference<>();

    /** Remembers who waits for this one; before the consensus hears of it. */
    void expect(Proposal proposal) {
        open.incrementAndGet();
        proposal.onEnd(() -> {
            if (open.decrementAndGet() == 0) {
                settled();
            }
        });
        synchronized (unplaced) {
            unplaced.put(proposal.entry(), proposal);
        }
    }

    /** The proposal that this is the entry of, of which the log has a place now; null for what others proposed. */
    @Nullable
    Proposal take(ByteBuffer entry) {
        synchronized (unplaced) {
            return unplaced.remove(entry);
        }
    }

    /** As {@link Replica#refuse}. */
    void refuse(Proposal proposal) {
        take(proposal.entry());
        proposal.refused();
    }

    /** As {@link Replica#whenSettled}. */
    void whenSettled(Runnable then) {
        whenSettled.set(then);
        if (open.get() == 0) {
            settled();
        }
    }

    private void settled() {
        Runnable then = whenSettled.getAndSet(null);
        if (then != null) {
            then.run();
        }
    }
}
