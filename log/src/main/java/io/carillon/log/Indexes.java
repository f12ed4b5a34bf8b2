package io.carillon.log;

import io.carillon.base.Storage;
import io.carillon.base.Ticker;
import java.util.List;

/** Everything that is derived from the log: consume queues, key index and the window of known unique ids. */
record Indexes(QueueIndex queues, KeyIndex keys, DedupWindow dedup) implements AutoCloseable {
    private static final String[] FOLDERS = {QueueIndex.FOLDER, KeyIndex.FOLDER};

    static Indexes open(Storage storage, LogConfig config) {
        return new Indexes(
                QueueIndex.open(storage),
                KeyIndex.open(storage),
                new DedupWindow(config.dedupCount(), config.dedupWindow().toMillis()));
    }

    /** Deletes all derived files and opens empty ones. */
    static Indexes anew(Storage storage, LogConfig config) {
        for (String folder : FOLDERS) {
            List<String> names = storage.list(folder);
            names.forEach(name -> storage.delete(folder + "/" + name));
            if (!names.isEmpty()) {
                storage.forceFolder(folder);
            }
        }
        return open(storage, config);
    }

    /** Notes a client's unique id. Writer only. */
    void addUnique(long hash, long logOffset, long timestampMs, boolean isRetryable) {
        keys.add(hash, logOffset, timestampMs);
        if (isRetryable) {
            dedup.add(hash, logOffset, timestampMs);
        }
    }

    /** Fills the window again from the key index: what recovery does not replay. */
    void refillDedup(LogConfig config, Ticker ticker) {
        long nowMs = ticker.nowMs();
        keys.recentUnique(config.dedupCount(), (hash, logOffset) -> dedup.add(hash, logOffset, nowMs));
    }

    @Override
    public void close() {
        queues.close();
        keys.close();
    }
}
