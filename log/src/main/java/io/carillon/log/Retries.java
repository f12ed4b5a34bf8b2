package io.carillon.log;

import io.carillon.base.Ticker;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Tells whether what a leader is asked to store is stored already (promise P3). What is committed, the index knows; what is
 * proposed and may yet fail, nobody knows: a batch that may repeat some of it waits until that has ended.
 */
final class Retries {
    private static final int NEW = -1;
    private static final int STORED = -2;

    private final Indexes indexes;
    private final Duplicates duplicates;
    private final Publisher publisher;
    private final Ticker ticker;
    private final Consumer<AppendBatch> again;
    /** The batch that has the record with this hash of its unique id, while its outcome is open. Guarded by itself. */
    private final Map<Long, AppendBatch> open = new HashMap<>();
    /** Which batches wait for the outcome of another one. Guarded by {@link #open}. */
    private final Map<AppendBatch, List<AppendBatch>> waiting = new HashMap<>();

    /** What is known of the records of a batch. */
    static final class Known {
        private final int[] sameAs;

        private Known(int count) {
            sameAs = new int[count];
            Arrays.fill(sameAs, NEW);
        }

        /** Whether the record is to be stored: it is not yet, and no one before it in the batch is the same. */
        boolean isNew(int record) {
            return sameAs[record] == NEW;
        }

        /** Whether the record was stored before; it has its place. */
        boolean isStored(int record) {
            return sameAs[record] == STORED;
        }

        boolean isAnyStored() {
            return Arrays.stream(sameAs).anyMatch(same -> same == STORED);
        }

        /** The record of the batch that this one is, too: itself but for one that stands in the batch twice. */
        int sameAs(int record) {
            return sameAs[record] < 0 ? record : sameAs[record];
        }
    }

    /** @param again takes a batch whose wait is over */
    Retries(Segments segments, Indexes indexes, Publisher publisher, Ticker ticker, Consumer<AppendBatch> again) {
        this.indexes = indexes;
        this.publisher = publisher;
        this.ticker = ticker;
        this.again = again;
        Staging nothing = new Staging();
        nothing.reset(Long.MAX_VALUE);
        duplicates = new Duplicates(segments, indexes.queues(), nothing);
    }

    /**
     * Looks a batch up, and gives the records that are stored already their places. {@link #ended} must follow.
     *
     * @return null when the batch must wait: it is appended again then
     */
    @Nullable
    Known admit(AppendBatch batch) {
        Known known = new Known(batch.count());
        batch.placeNowhere();
        synchronized (open) {
            AppendBatch before = openOneLike(batch);
            if (before != null) {
                waiting.computeIfAbsent(before, _ -> new ArrayList<>()).add(batch);
                return null;
            }
            for (int i = 0; i < batch.count(); i++) {
                if (batch.isRetryable(i) && open.put(batch.uniqueHash(i), batch) == batch) {
                    known.sameAs[i] = sameBefore(batch, i);
                }
            }
        }
        publisher.exclusively(() -> placeStored(batch, known));
        return known;
    }

    private @Nullable AppendBatch openOneLike(AppendBatch batch) {
        for (int i = 0; i < batch.count(); i++) {
            AppendBatch before = batch.isRetryable(i) ? open.get(batch.uniqueHash(i)) : null;
            if (before != null) {
                return before;
            }
        }
        return null;
    }

    private int sameBefore(AppendBatch batch, int record) {
        for (int i = 0; i < record; i++) {
            if (batch.isRetryable(i)
                    && batch.uniqueHash(i) == batch.uniqueHash(record)
                    && duplicates.isSameMessage(batch.bytes(), batch.start(i), batch.bytes(), batch.start(record))) {
                return i;
            }
        }
        return NEW;
    }

    private void placeStored(AppendBatch batch, Known known) {
        indexes.dedup().warm(batch);
        long sinceMs = ticker.nowMs() - indexes.dedup().windowMs();
        for (int i = 0; i < batch.count(); i++) {
            long candidate = batch.isRetryable(i) ? indexes.dedup().find(batch.uniqueHash(i)) : -1;
            if (candidate >= 0 && duplicates.place(batch, i, candidate, sinceMs)) {
                known.sameAs[i] = STORED;
            }
        }
    }

    /** The outcome of a batch is settled, if it was admitted; what waited for it is appended again. Any thread. */
    void ended(AppendBatch batch) {
        List<AppendBatch> waited;
        synchronized (open) {
            for (int i = 0; i < batch.count(); i++) {
                if (batch.isRetryable(i)) {
                    open.remove(batch.uniqueHash(i), batch);
                }
            }
            waited = waiting.remove(batch);
        }
        if (waited != null) {
            waited.forEach(again);
        }
    }
}
