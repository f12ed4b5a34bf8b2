package io.carillon.broker.metadata;

import io.carillon.base.Ticker;
import io.carillon.broker.metadata.Command.Commit;
import io.carillon.log.Refusal;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Brings into the log what was committed: at most once per 100 ms, for all groups together, and at once when somebody
 * waits for it. Any thread may say what there is to write; one thread writes.
 */
final class OffsetWriter {
    private static final long INTERVAL_NS = TimeUnit.MILLISECONDS.toNanos(100);
    private static final long IDLE_NS = TimeUnit.SECONDS.toNanos(1);
    private static final int ENTRY_BYTES_MAX = 32 * 1024;

    private final Queue<OffsetCell> dirty = new ConcurrentLinkedQueue<>();
    private final Queue<Waiter> waiters = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean isAwake = new AtomicBoolean();
    private final Ticker ticker;
    private final Supplier<MetadataLog> log;
    private volatile Refusals refusals = new Refusals(0, Refusal.CLOSED);
    private volatile Runnable waker = () -> {};
    private long writtenNs;
    /** How often all that waited was forgotten. Written by one thread. */
    private volatile int forgotten;

    /** @param refusalsBefore how many writes had been refused when the wait began: one more, and it is in doubt */
    private record Waiter(int refusalsBefore, Change change) {}

    private record Refusals(int count, Refusal last) {}

    OffsetWriter(Ticker ticker, Supplier<MetadataLog> log) {
        this.ticker = ticker;
        this.log = log;
        this.writtenNs = ticker.nanoTime() - INTERVAL_NS;
    }

    // ---- any thread

    /** The cell holds a commit that is not written, and is not in the queue yet. */
    void add(OffsetCell cell) {
        dirty.add(cell);
        if (!isAwake.get()) {
            wake();
        }
    }

    /** Tells when all that was committed so far is durable. */
    void await(Change change) {
        waiters.add(new Waiter(refusals.count(), change));
        wake();
    }

    private void wake() {
        if (isAwake.compareAndSet(false, true) || !waiters.isEmpty()) {
            waker.run();
        }
    }

    void wakeBy(Runnable wakes) {
        waker = wakes;
    }

    // ---- who writes

    /** Writes if somebody waits or it is time; returns how much was written. */
    int writeIfDue() {
        if (waiters.isEmpty() && (dirty.isEmpty() || untilNextWriteNs() > 0)) {
            return 0;
        }
        return write();
    }

    /** Writes everything that is committed so far, without regard to the interval. */
    int write() {
        writtenNs = ticker.nanoTime();
        isAwake.set(false);
        List<Waiter> told = drain(waiters);
        List<OffsetCell> cells = drain(dirty);
        int from = 0;
        do {
            List<OffsetCell> taken = new ArrayList<>();
            List<Commit> commits = new ArrayList<>();
            from = take(cells, from, taken, commits);
            append(commits, taken, from == cells.size() ? told : List.of());
        } while (from < cells.size());
        return cells.size() + told.size();
    }

    /** Writes nothing of what waits, nor again what is on its way and comes to be refused; tells whoever waits. */
    synchronized void forget(Refusal why) {
        forgotten = forgotten + 1;
        drain(dirty);
        drain(waiters).forEach(waiter -> waiter.change().done(why));
    }

    private static <T> List<T> drain(Queue<T> queue) {
        List<T> drained = new ArrayList<>();
        for (T next = queue.poll(); next != null; next = queue.poll()) {
            drained.add(next);
        }
        return drained;
    }

    /** Takes cells until an entry is full; returns the number of the next one. */
    private static int take(List<OffsetCell> cells, int from, List<OffsetCell> taken, List<Commit> commits) {
        int bytes = 0;
        int next = from;
        while (next < cells.size() && bytes < ENTRY_BYTES_MAX) {
            OffsetCell cell = cells.get(next++);
            Commit commit = cell.take();
            if (commit != null) {
                taken.add(cell);
                commits.add(commit);
                bytes += commit.group().length() + commit.topic().length() + 16;
            }
        }
        return next;
    }

    /** An entry without commits is written for waiters alone: when it is durable, so is all before it. */
    private void append(List<Commit> commits, List<OffsetCell> cells, List<Waiter> told) {
        if (commits.isEmpty() && told.isEmpty()) {
            return;
        }
        byte[] entry = CommandCodec.encode(new Command.PutOffsets(ticker.nowMs(), commits));
        int era = forgotten;
        log.get().append(entry, refusal -> settle(cells, told, refusal, era));
    }

    private void settle(List<OffsetCell> cells, List<Waiter> told, @Nullable Refusal refusal, int era) {
        boolean isToBeWritten = refusal != null && era == forgotten;
        for (OffsetCell cell : cells) {
            if (cell.settle(isToBeWritten)) {
                dirty.add(cell);
            }
        }
        if (refusal != null) {
            countRefusal(refusal);
        }
        Refusals now = refusals;
        for (Waiter waiter : told) {
            boolean inDoubt = waiter.refusalsBefore() != now.count();
            waiter.change().done(refusal != null ? refusal : inDoubt ? now.last() : null);
        }
    }

    private synchronized void countRefusal(Refusal refusal) {
        refusals = new Refusals(refusals.count() + 1, refusal);
    }

    private long untilNextWriteNs() {
        return INTERVAL_NS - (ticker.nanoTime() - writtenNs);
    }

    /** How long there is surely nothing to write, unless somebody wakes. */
    long restNs() {
        if (!waiters.isEmpty()) {
            return 0;
        }
        return dirty.isEmpty() ? IDLE_NS : Math.max(0, untilNextWriteNs());
    }
}
