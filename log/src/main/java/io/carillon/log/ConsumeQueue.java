package io.carillon.log;

import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * The index of one queue of one topic: for each queue offset the place, size and tag hash of a message. Any thread may
 * read; only the log's writer appends.
 *
 * <p>Entries move from {@code open} through {@code sealed} to {@code chain}. Who moves them sets the next place before
 * it clears the last, and readers look in the same order, so that they never miss one. A block that was dropped may be
 * filled by another queue, but only after {@code offsetMin} has passed it: readers look at that again when they are done.
 */
public final class ConsumeQueue {
    private final String topic;
    private final int number;
    private final IndexBlocks blocks;
    private final boolean isDue;
    /** What the name of such a queue says: read once, for it is asked for each message. */
    private final int dueHour;

    private volatile long offsetMin;
    private volatile long offsetMax;
    private volatile @Nullable Tail open;
    private volatile @Nullable Tail sealed;
    private volatile Chain chain = Chain.EMPTY;
    private volatile boolean isDropped;

    /** The offset after the last appended entry, and that entry's place: the writer's. */
    private long next;

    private long logOffsetLast = -1;
    /** The same for the entry before the open tail's first. */
    private long logOffsetBeforeOpen = -1;

    /** How many deletions of its topic are in the log or about to be, and not applied: the writer's. */
    private int deletions;

    /** The place of the entry at {@code offsetMin}, or -1 when it is not known: for whom holds this object's monitor. */
    private long logOffsetFirst = -1;

    /** The number that the index's files know this queue by, -1 before anything was stored: the checkpoint's. */
    private int id = -1;

    private boolean isNamed;

    ConsumeQueue(String topic, int number, IndexBlocks blocks) {
        this.topic = topic;
        this.number = number;
        this.blocks = blocks;
        isDue = DueQueues.isDue(topic);
        dueHour = isDue ? DueQueues.hourOf(topic) : 0;
    }

    public String topic() {
        return topic;
    }

    public int number() {
        return number;
    }

    /** Whether this is one of the {@link DueQueues}. */
    public boolean isDue() {
        return isDue;
    }

    /** The hour of a queue that {@link #isDue}. */
    int dueHour() {
        return dueHour;
    }

    /** The offset of the oldest message that is still there; equal to {@link #offsetMax} when the queue is empty. */
    public long offsetMin() {
        long min = offsetMin;
        return Math.min(min, offsetMax);
    }

    /** The offset after the last readable message: the offset that the next reader waits for. */
    public long offsetMax() {
        return offsetMax;
    }

    /** Whether the topic was dropped since: the queue then reads as empty for ever, and another one took its place. */
    public boolean isDropped() {
        return isDropped;
    }

    /**
     * Reads the entry at an offset.
     *
     * @return false when {@code offset} is not in {@code [offsetMin, offsetMax)}; {@code into} is then undefined
     * @throws io.carillon.base.CarillonException.Corrupt when the stored entries are not what was written
     */
    public boolean read(long offset, QueueEntry into) {
        if (offset >= offsetMax || offset < offsetMin) {
            return false;
        }
        Tail tail = open;
        if (tail == null || offset < tail.base) {
            tail = sealed;
        }
        if (tail != null && offset >= tail.base) {
            tail.read(offset, into);
            return true;
        }
        int entriesPerBlock = blocks.layout().entriesPerBlock();
        Chain stored = chain;
        long place = offset / entriesPerBlock - stored.firstSeq;
        if (place < 0 || place >= stored.count) {
            return false;
        }
        blocks.read(stored.block((int) place), (int) (offset % entriesPerBlock), into);
        return isStillThere(offset);
    }

    /**
     * Reads the entries from an offset on, as many as are readable and fit: cheaper than one by one.
     *
     * @return how many were read; 0 when {@code from} is not in {@code [offsetMin, offsetMax)}
     * @throws io.carillon.base.CarillonException.Corrupt when the stored entries are not what was written
     */
    public int readRange(long from, int countMax, QueueEntries into) {
        long max = offsetMax;
        if (from >= max || from < offsetMin) {
            return 0;
        }
        long end = Math.min(max, from + Math.min(countMax, into.capacity()));
        int count = 0;
        while (from + count < end) {
            int more = readSome(from + count, end, into, count);
            if (more == 0) {
                break;
            }
            count += more;
        }
        return isStillThere(from) ? count : 0;
    }

    private int readSome(long offset, long end, QueueEntries into, int intoAt) {
        Tail newest = open;
        if (newest != null && offset >= newest.base) {
            int count = (int) (end - offset);
            newest.read(offset, count, into, intoAt);
            return count;
        }
        long limit = newest == null ? end : Math.min(end, newest.base);
        Tail older = sealed;
        if (older != null && offset >= older.base) {
            int count = (int) (Math.min(limit, older.end()) - offset);
            older.read(offset, count, into, intoAt);
            return count;
        }
        return readStored(offset, older == null ? limit : Math.min(limit, older.base), into, intoAt);
    }

    private int readStored(long offset, long end, QueueEntries into, int intoAt) {
        int entriesPerBlock = blocks.layout().entriesPerBlock();
        Chain stored = chain;
        long place = offset / entriesPerBlock - stored.firstSeq;
        if (place < 0 || place >= stored.count) {
            return 0;
        }
        int slot = (int) (offset % entriesPerBlock);
        int count = (int) Math.min(end - offset, entriesPerBlock - slot);
        blocks.read(stored.block((int) place), slot, count, into, intoAt);
        return count;
    }

    private boolean isStillThere(long offset) {
        // What was read must have been read before the bound is looked at.
        VarHandle.loadLoadFence();
        return offset >= offsetMin;
    }

    // ---- the writer

    /** The offset of the next entry to append. */
    long next() {
        return next;
    }

    /** The place of the last appended message; -1 when there was none. */
    long logOffsetLast() {
        return logOffsetLast;
    }

    void countDeletions(int change) {
        deletions += change;
    }

    boolean isBeingDeleted() {
        return deletions > 0;
    }

    /** Appends an entry; returns whether it is the first since the last {@link #seal}. */
    boolean append(long logOffset, int size, long tagsCode) {
        Tail tail = open;
        boolean isFirst = tail == null;
        if (tail == null) {
            tail = new Tail(next);
            open = tail;
            logOffsetBeforeOpen = logOffsetLast;
        }
        tail.add(logOffset, size, tagsCode);
        next++;
        logOffsetLast = logOffset;
        return isFirst;
    }

    /** Takes back the entries from this offset on: their write failed. None of them was published. */
    void takeBack(long fromOffset) {
        Tail tail = open;
        if (tail == null || fromOffset >= next) {
            return;
        }
        logOffsetLast = fromOffset > tail.base ? tail.logOffset(fromOffset - 1) : logOffsetBeforeOpen;
        next = fromOffset;
        tail.cutAt(fromOffset);
        if (tail.end() == tail.base) {
            open = null;
        }
    }

    /** Lets an empty queue start at an offset: the messages before it are gone. Only before others know it, or in recovery. */
    void startAt(long offset) {
        next = offset;
        offsetMax = offset;
        offsetMin = offset;
    }

    /** Takes everything out of this queue into another object, and makes this one empty. Only during recovery. */
    ConsumeQueue moveOut() {
        ConsumeQueue old = new ConsumeQueue(topic, number, blocks);
        old.chain = chain;
        old.id = id;
        old.isNamed = isNamed;
        old.isDropped = true;
        chain = Chain.EMPTY;
        open = null;
        sealed = null;
        id = -1;
        isNamed = false;
        logOffsetLast = -1;
        logOffsetFirst = -1;
        return old;
    }

    /** Hands the entries appended so far to the next checkpoint. */
    void seal() {
        Tail newest = open;
        if (newest == null) {
            return;
        }
        Tail failed = sealed;
        sealed = failed == null ? newest : Tail.join(failed, newest);
        open = null;
    }

    /** Forgets what was appended: nobody is going to read it. */
    void forgetTails() {
        open = null;
        sealed = null;
    }

    // ---- the publisher

    void publish(long max) {
        offsetMax = max;
    }

    synchronized void drop() {
        isDropped = true;
        offsetMin = Long.MAX_VALUE;
    }

    // ---- opening, checkpoint, retention

    /** What the files say, when the index is opened. */
    void restore(int storedId, Chain stored, long first, long end, long last) {
        id = storedId;
        isNamed = true;
        chain = stored;
        next = end;
        logOffsetLast = last;
        offsetMin = first;
        offsetMax = end;
    }

    int id() {
        return id;
    }

    void name(int newId) {
        id = newId;
    }

    boolean isNamed() {
        return isNamed;
    }

    void setNamed() {
        isNamed = true;
    }

    @Nullable
    Tail sealed() {
        return sealed;
    }

    Chain chain() {
        return chain;
    }

    /** The sealed entries are in the last block of the chain and in these new ones. */
    void stored(Chain newBlocks) {
        synchronized (this) {
            chain = chain.with(newBlocks);
        }
        sealed = null;
    }

    /** Gives up all blocks: the queue was dropped. */
    synchronized Chain takeChain() {
        Chain all = chain;
        chain = Chain.EMPTY;
        return all;
    }

    /**
     * Moves {@code offsetMin} past all entries whose message is before {@code logOffsetMin}.
     *
     * @return the blocks that hold none of the others
     */
    synchronized int[] dropBefore(long logOffsetMin, QueueTable table) {
        long max = offsetMax;
        if (offsetMin >= max || logOffsetFirst >= logOffsetMin) {
            return new int[0];
        }
        // The writer's field is at least as new as what it published before; a newer value does no harm.
        long min = logOffsetLast < logOffsetMin ? max : firstFrom(logOffsetMin, max, table);
        logOffsetFirst = min < max ? logOffset(min) : -1;
        offsetMin = min;
        return takeBlocksBefore(min);
    }

    private int[] takeBlocksBefore(long offset) {
        Chain stored = chain;
        // The last block stays, even when nothing in it is needed: it says what the next offset is.
        long dead = Math.min(offset / blocks.layout().entriesPerBlock() - stored.firstSeq, stored.count - 1L);
        int[] dropped = new int[(int) Math.max(0, dead)];
        for (int i = 0; i < dropped.length; i++) {
            dropped[i] = stored.block(i);
        }
        chain = stored.withoutFirst(dropped.length);
        return dropped;
    }

    /** The first offset whose message is at or after a place in the log: first the block, by the table alone. */
    private long firstFrom(long logOffsetMin, long max, QueueTable table) {
        Chain stored = chain;
        int low = 0;
        int high = Math.max(0, stored.count - 1);
        while (low < high) {
            int mid = (low + high) >>> 1;
            if (table.read(stored.block(mid)).logOffsetLast() < logOffsetMin) {
                low = mid + 1;
            } else {
                high = mid;
            }
        }
        int entriesPerBlock = blocks.layout().entriesPerBlock();
        long from = (long) (stored.firstSeq + low) * entriesPerBlock;
        long to = low < stored.count - 1 ? Math.min(max, from + entriesPerBlock) : max;
        return firstFrom(logOffsetMin, Math.max(from, offsetMin), to);
    }

    private long firstFrom(long logOffsetMin, long from, long to) {
        long low = from;
        long high = to;
        while (low < high) {
            long mid = (low + high) >>> 1;
            if (logOffset(mid) < logOffsetMin) {
                low = mid + 1;
            } else {
                high = mid;
            }
        }
        return low;
    }

    private long logOffset(long offset) {
        QueueEntry entry = new QueueEntry();
        if (!read(offset, entry)) {
            throw new IllegalStateException("no entry at " + offset + " of " + topic + "/" + number);
        }
        return entry.logOffset;
    }
}
