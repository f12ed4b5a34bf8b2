package io.carillon.log;

/** Everything that is derived from the log: consume queues, key index and the window of known unique ids. */
record Indexes(QueueIndex queues, KeyIndex keys, DedupWindow dedup, DueQueues due, LightQueues light)
        implements AutoCloseable {
    Indexes(QueueIndex queues, KeyIndex keys, DedupWindow dedup, LogListener listener) {
        this(queues, keys, dedup, new DueQueues(queues, listener::dueQueueStart), new LightQueues(queues, listener));
    }

    /**
     * Makes the messages of a batch, which is written, findable by their keys. Writer only.
     *
     * <p>The window of known unique ids has those that may come again already. It learns of the others, too, as it would
     * from a recovery: a retried message that was due later is known by its delivery when its hour is gone.
     */
    void addKeys(AppendBatch batch, long timestampMs) {
        for (int i = 0; i < batch.count(); i++) {
            if (batch.isStored(i)) {
                long logOffset = batch.logOffset(i);
                long unique = batch.uniqueHash(i);
                if (unique != 0) {
                    keys.add(unique, logOffset, timestampMs);
                }
                if (unique != 0 && !batch.isRetryable(i)) {
                    dedup.add(unique, logOffset, timestampMs);
                }
                for (int k = batch.keysStart(i); k < batch.keysEnd(i); k++) {
                    keys.add(batch.keyHash(k), logOffset, timestampMs);
                }
            }
        }
    }

    /** Takes back what was put in for a batch whose write failed. Writer only, the newest batch first. */
    void takeBack(AppendBatch batch) {
        for (int i = batch.count() - 1; i >= 0; i--) {
            if (batch.isStored(i)) {
                queues.truncate(batch.queue(i), batch.queueOffset(i));
                if (batch.isLight(i)) {
                    light.takeBack(batch, i);
                }
                dedup.forget(batch.uniqueHash(i), batch.logOffset(i));
            }
        }
    }

    /** About how many bytes of memory the entries take that no checkpoint has stored. Writer only. */
    long unstoredBytes() {
        return queues.unstoredBytes() + keys.unstoredBytes();
    }

    /** Stores what was put in so far, to free its memory; nothing says yet that it can be relied on. */
    void store() {
        QueueIndex.Cut cut = queues.cut();
        cut.takeDropped();
        cut.store();
        keys.cut().store();
    }

    @Override
    public void close() {
        queues.close();
    }
}
