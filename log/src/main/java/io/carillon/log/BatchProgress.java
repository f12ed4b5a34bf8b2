package io.carillon.log;

import java.util.concurrent.atomic.AtomicInteger;

/** How far a batch has come whose records are in several proposals, maybe: it is told when all of them have ended. */
final class BatchProgress {
    private final AppendBatch batch;
    private final Retries.Known known;
    private final Retries retries;
    /** One more than there are parts until all are proposed. */
    private final AtomicInteger open = new AtomicInteger(1);

    private volatile boolean isUnknown;

    @FunctionalInterface
    private interface Placed {
        void placed(long index, Stamper.Places places);
    }

    BatchProgress(AppendBatch batch, Retries.Known known, Retries retries) {
        this.batch = batch;
        this.known = known;
        this.retries = retries;
    }

    AppendBatch batch() {
        return batch;
    }

    Retries.Known known() {
        return known;
    }

    /** A record that an entry holds. */
    Proposal.Part record(int record, int inEntry) {
        return part((_, places) -> batch.place(
                record, places.logOffset(inEntry), places.queueOffset(inEntry), places.queueNumber(inEntry), true));
    }

    /** The command, which an entry holds together with all records. */
    Proposal.Part command() {
        return part((index, _) -> batch.commandIndex(index));
    }

    private Proposal.Part part(Placed told) {
        open.incrementAndGet();
        return new Proposal.Part() {
            @Override
            public void placed(long index, Stamper.Places places) {
                told.placed(index, places);
            }

            @Override
            public void ended(boolean isCommitted) {
                BatchProgress.this.ended(isCommitted);
            }
        };
    }

    /** There are no more parts. */
    void allProposed() {
        ended(true);
    }

    private void ended(boolean isCommitted) {
        if (!isCommitted) {
            isUnknown = true;
        }
        if (open.decrementAndGet() == 0) {
            placeTwins();
            retries.ended(batch);
            batch.complete(isUnknown ? Refusal.NOT_LEADER : null);
        }
    }

    private void placeTwins() {
        for (int i = 0; i < batch.count(); i++) {
            int same = known.sameAs(i);
            if (same != i) {
                batch.place(i, batch.logOffset(same), batch.queueOffset(same), batch.queueNumber(same), false);
            }
        }
    }
}
