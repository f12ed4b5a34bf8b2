package io.carillon.log;

import java.util.Arrays;

/**
 * Remembers, for the newest messages, where the one with a given unique id stands. One thread: the log's writer.
 *
 * <p>Two generations of open-addressing tables, hash and log offset side by side: what is new goes into the younger one,
 * and when that is full or old enough, the elder is forgotten as a whole. A look costs two places of memory and nothing
 * is ever taken out, which matters: the tables are far larger than the processor's caches. An id takes 32 to 64 bytes;
 * the memory grows with use. A hash may stand for two ids, and an entry for a message that is too old by now: the caller
 * looks at the message.
 */
final class DedupWindow {
    private static final int SLOTS_START = 1024;
    private static final long SPREAD = 0x9E3779B97F4A7C15L;

    private final int generationMax;
    private final long windowMs;

    /** Hash, log offset; hash, log offset; and so on. A hash of 0 is a free slot: ids never have it. */
    private long[] younger = new long[0];

    private long[] elder = new long[0];
    private int count;
    private long beganMs;

    /** Written only so that the loads that {@link #warm} is for are not left out. */
    @SuppressWarnings("UnusedVariable") // see above
    private long warmed;

    /**
     * @param capacity how many messages are remembered at most; the newest half of so many is never forgotten before its
     *     time; 0 remembers nothing
     * @param windowMs for how long a message is remembered, and at most for twice as long while others come
     */
    DedupWindow(int capacity, long windowMs) {
        this.generationMax = (capacity + 1) / 2;
        this.windowMs = windowMs;
    }

    long windowMs() {
        return windowMs;
    }

    /**
     * Brings the places of ids that are asked for next into the caches, all at once: asked one after the other, each
     * would wait for the memory in turn.
     */
    void warm(AppendBatch batch) {
        if (elder.length == 0) {
            return;
        }
        long seen = 0;
        for (int i = 0; i < batch.count(); i++) {
            long spread = batch.uniqueHash(i) * SPREAD;
            seen ^= younger[home(younger, spread)] ^ elder[home(elder, spread)];
        }
        warmed = seen;
    }

    /** Where the newest message with this hash stands; -1 when none is remembered. */
    long find(long hash) {
        long found = find(younger, hash);
        return found >= 0 ? found : find(elder, hash);
    }

    private static long find(long[] table, long hash) {
        if (table.length == 0) {
            return -1;
        }
        int at = place(table, hash);
        return table[at] == 0 ? -1 : table[at + 1];
    }

    /** Remembers a message; {@code hash} is not 0. A later one with the same hash takes the place of the earlier one. */
    void add(long hash, long logOffset, long timestampMs) {
        if (generationMax == 0) {
            return;
        }
        if (count == 0) {
            beganMs = timestampMs;
        } else if (count == generationMax || timestampMs - beganMs >= windowMs) {
            beginGeneration(timestampMs);
        }
        if (4 * count >= younger.length) {
            grow();
        }
        int at = place(younger, hash);
        count += younger[at] == 0 ? 1 : 0;
        younger[at] = hash;
        younger[at + 1] = logOffset;
    }

    /** Forgets a message again, unless another one with the same hash has taken its place: its write failed. */
    void forget(long hash, long logOffset) {
        forget(younger, hash, logOffset);
        forget(elder, hash, logOffset);
    }

    private static void forget(long[] table, long hash, long logOffset) {
        if (hash == 0 || table.length == 0) {
            return;
        }
        int at = place(table, hash);
        if (table[at] == hash && table[at + 1] == logOffset) {
            table[at + 1] = -1;
        }
    }

    private void beginGeneration(long timestampMs) {
        long[] forgotten = elder;
        elder = younger;
        younger = forgotten.length == elder.length ? forgotten : new long[elder.length];
        Arrays.fill(younger, 0);
        count = 0;
        beganMs = timestampMs;
    }

    private void grow() {
        long[] small = younger;
        younger = new long[Math.max(2 * SLOTS_START, 2 * small.length)];
        for (int i = 0; i < small.length; i += 2) {
            if (small[i] != 0) {
                int at = place(younger, small[i]);
                younger[at] = small[i];
                younger[at + 1] = small[i + 1];
            }
        }
    }

    private static int home(long[] table, long spread) {
        return (int) (spread >>> Long.numberOfLeadingZeros(table.length - 1)) & ~1;
    }

    /** Where this hash stands in a table, or the free slot where it would stand. */
    private static int place(long[] table, long hash) {
        int mask = table.length - 1;
        int at = home(table, hash * SPREAD);
        while (table[at] != hash && table[at] != 0) {
            at = (at + 2) & mask;
        }
        return at;
    }
}
