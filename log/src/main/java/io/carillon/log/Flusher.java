package io.carillon.log;

import io.carillon.base.Agent;
import io.carillon.base.CarillonException.StorageFault;
import io.carillon.base.Counters;
import io.carillon.base.Ticker;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Forces what was written. With sync flush it forces at once, and all groups that came while the last force ran share
 * the next one; with async flush it forces after the flush interval. A failed force is final: the log takes nothing
 * more, and what waited is told so.
 */
final class Flusher implements Agent {
    private static final Logger LOG = System.getLogger(Flusher.class.getName());

    private final Segments segments;
    private final boolean isSync;
    private volatile long intervalNs;
    private final Ticker ticker;
    private final LongAdder forces;
    private final LongAdder forceNs;
    private final Queue<WriteGroup> waiting = new ConcurrentLinkedQueue<>();

    private volatile Runnable waker = () -> {};
    private volatile long writtenOffset;
    private volatile long forcedOffset;
    private volatile long wantedOffset;
    private volatile boolean isDirty;
    private long dirtySinceNs;
    private @Nullable Intake writer;
    private @Nullable Publisher publisher;
    /** Of a replica alone. */
    private @Nullable ForcedMark mark;

    Flusher(Segments segments, LogConfig config, Ticker ticker, Counters counters) {
        this.segments = segments;
        this.isSync = config.flush() == LogConfig.Flush.SYNC;
        this.intervalNs = config.flushInterval().toNanos();
        this.ticker = ticker;
        this.forces = counters.counter("log_forces");
        this.forceNs = counters.counter("log_force_nanoseconds");
    }

    /** Everything before this offset is on disk. */
    void startAt(long offset, Intake logWriter, Publisher groupPublisher) {
        writtenOffset = offset;
        forcedOffset = offset;
        writer = logWriter;
        publisher = groupPublisher;
    }

    /** Notes there from now on what is forced. */
    void markBy(ForcedMark forcedMark) {
        mark = forcedMark;
    }

    /** How long written bytes may stay unforced from now on. Any thread. */
    void reconfigure(LogConfig config) {
        intervalNs = config.flushInterval().toNanos();
        waker.run();
    }

    /** The writer wrote a group. Writer only. */
    void written(WriteGroup group) {
        writtenOffset = group.end();
        if (isSync) {
            waiting.add(group);
            waker.run();
            return;
        }
        publisher().publish(group);
        if (!isDirty) {
            dirtySinceNs = ticker.nanoTime();
            isDirty = true;
            waker.run();
        }
    }

    private Publisher publisher() {
        if (publisher == null) {
            throw new IllegalStateException("the flusher was not started");
        }
        return publisher;
    }

    /** Asks for everything up to here to be forced soon. Any thread. */
    void want(long offset) {
        wantedOffset = Math.max(wantedOffset, offset);
        waker.run();
    }

    long forcedOffset() {
        return forcedOffset;
    }

    @Override
    public int doWork() {
        List<WriteGroup> groups = List.of();
        if (!waiting.isEmpty()) {
            groups = takeWaiting();
        } else if (!isForceDue()) {
            return 0;
        }
        boolean forced = forceWritten();
        for (WriteGroup group : groups) {
            if (forced) {
                publish(group);
            } else {
                publisher().tell(group, Refusal.FAULT);
            }
        }
        return 1;
    }

    /** What fails here must not end the flusher: others wait for it. */
    private void publish(WriteGroup group) {
        try {
            publisher().publish(group);
        } catch (RuntimeException | Error e) {
            LOG.log(Level.ERROR, "what was stored could not be applied, the log takes nothing more until a restart", e);
            if (writer != null) {
                writer.fail();
            }
            publisher().tell(group, Refusal.FAULT);
        }
    }

    private List<WriteGroup> takeWaiting() {
        List<WriteGroup> groups = new ArrayList<>();
        for (WriteGroup group = waiting.poll(); group != null; group = waiting.poll()) {
            groups.add(group);
        }
        return groups;
    }

    private boolean isForceDue() {
        if (forcedOffset >= writtenOffset || hasFailed()) {
            return false;
        }
        return wantedOffset > forcedOffset || (isDirty && ticker.nanoTime() - dirtySinceNs >= intervalNs);
    }

    private boolean hasFailed() {
        return writer == null || writer.state() == Refusal.FAULT;
    }

    /**
     * Forces all that stands in the log: when it is opened.
     *
     * @throws StorageFault when that fails
     */
    void forceAll(long appendedTo) {
        writtenOffset = appendedTo;
        if (!force(appendedTo, true)) {
            throw new StorageFault("the log could not be forced when it was opened", null);
        }
    }

    /** As {@link #force}, what the caller has just written. Any thread. */
    synchronized boolean forceTo(long written) {
        writtenOffset = written;
        return force(written);
    }

    /** Where the log was written to may be cut off meanwhile: it must not be taken for forced then. */
    private synchronized boolean forceWritten() {
        return force(writtenOffset);
    }

    /** Somebody wrote up to here and tells of it before it is forced; that is done when the interval is over. Any thread. */
    void wrote(long written) {
        writtenOffset = written;
        if (!isDirty) {
            dirtySinceNs = ticker.nanoTime();
            isDirty = true;
            waker.run();
        }
    }

    /** The log is about to be cut off here: from now on nothing behind is taken for forced, whenever a crash comes. */
    synchronized void cutsAt(long offset) {
        writtenOffset = Math.min(writtenOffset, offset);
        forcedOffset = Math.min(forcedOffset, offset);
        if (mark != null) {
            mark.lower(offset);
        }
    }

    /** Forces nothing more. */
    synchronized void close() {
        if (mark != null) {
            mark.close();
        }
    }

    /**
     * The log was cut off here; nobody waits for a force.
     *
     * @param cut drops the files behind: none of them may be forced meanwhile, nor what is there no more be taken for forced
     */
    synchronized void cutAt(long offset, Runnable cut) {
        cut.run();
        writtenOffset = Math.min(writtenOffset, offset);
        forcedOffset = Math.min(forcedOffset, offset);
    }

    /**
     * Forces all written bytes before this offset; false when that failed, now or ever before. With async flush, zeros
     * that were written ahead and not forced are left for entries to be written over them.
     */
    boolean force(long to) {
        return force(to, isSync);
    }

    /** @param isWhole whether all that was ever written to the files is forced with it */
    private synchronized boolean force(long wantedTo, boolean isWhole) {
        if (hasFailed()) {
            return false;
        }
        long to = Math.min(wantedTo, writtenOffset);
        if (forcedOffset >= to) {
            return true;
        }
        isDirty = false;
        long start = ticker.nanoTime();
        long from = forcedOffset;
        try {
            for (Segment segment : segments.row()) {
                if (segment.end() > from && segment.base() < to) {
                    if (isWhole) {
                        segment.force();
                    } else {
                        segment.force(from, to);
                    }
                }
            }
        } catch (StorageFault fault) {
            fail(fault);
            return false;
        }
        forcedOffset = to;
        if (mark != null) {
            mark.raise(to);
        }
        forces.increment();
        forceNs.add(ticker.nanoTime() - start);
        return true;
    }

    private void fail(StorageFault fault) {
        if (writer != null) {
            writer.fail();
        }
        LOG.log(
                Level.ERROR,
                "forcing the log failed, it takes nothing more until the server is started again; reading goes on",
                fault);
    }

    @Override
    public long restNs() {
        if (isSync || !isDirty || hasFailed()) {
            return Long.MAX_VALUE;
        }
        return Math.max(1, intervalNs - (ticker.nanoTime() - dirtySinceNs));
    }

    @Override
    public void wakeBy(Runnable runnerWaker) {
        waker = runnerWaker;
    }

    @Override
    public String name() {
        return "log-force";
    }
}
