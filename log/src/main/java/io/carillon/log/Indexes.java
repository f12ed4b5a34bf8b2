package io.carillon.log;

/** Everything that is derived from the log: consume queues, key index and the window of known unique ids. */
record Indexes(QueueIndex queues, KeyIndex keys, DedupWindow dedup) implements AutoCloseable {
    /** Makes the messages of a batch, which is written, findable by their keys. Writer only. */
    void addKeys(AppendBatch batch, long timestampMs) {
        for (int i = 0; i < batch.count(); i++) {
            if (batch.isStored(i)) {
                long logOffset = batch.logOffset(i);
                if (batch.uniqueHash(i) != 0) {
                    keys.add(batch.uniqueHash(i), logOffset, timestampMs);
                }
                for (int k = batch.keysStart(i); k < batch.keysEnd(i); k++) {
                    keys.add(batch.keyHash(k), logOffset, timestampMs);
                }
            }
        }
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
