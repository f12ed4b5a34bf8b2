package io.carillon.log;

import io.carillon.base.Agent;
import io.carillon.base.CarillonException.StorageFault;
import io.carillon.base.Ticker;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;

/**
 * Keeps a spare file ready for the next segment of the log. With asynchronous flush only while the log grows quickly: the
 * writer is then saved the search for room. Else it is in no hurry, and the zeros, which nobody forces, would stay in
 * memory for so long that the system writes them out by itself. May wait for the disk.
 */
final class SpareFile implements Agent {
    private static final Logger LOG = System.getLogger(SpareFile.class.getName());
    private static final long CHECK_NS = 5_000_000_000L;
    /** The log grows quickly when a segment is full sooner than this. */
    private static final long QUICK_NS = 2_000_000_000L;

    private final Segments segments;
    private final Ticker ticker;
    private final boolean isSync;
    private volatile boolean isWanted = true;
    private volatile boolean isOfUse;
    private volatile Runnable waker = () -> {};
    private long nextCheckNs;
    /** When the last segment was begun: the writer's. */
    private long begunNs;

    SpareFile(Segments segments, Ticker ticker, LogConfig config) {
        this.segments = segments;
        this.ticker = ticker;
        isSync = config.flush() == LogConfig.Flush.SYNC;
        isOfUse = isSync;
        begunNs = ticker.nanoTime();
        this.nextCheckNs = ticker.nanoTime();
    }

    /** The writer began a segment: the next one wants a spare file. Writer only. */
    void want() {
        long nowNs = ticker.nanoTime();
        isOfUse = isSync || nowNs - begunNs < QUICK_NS;
        begunNs = nowNs;
        isWanted = true;
        waker.run();
    }

    @Override
    public int doWork() {
        if (!isWanted && ticker.nanoTime() - nextCheckNs < 0) {
            return 0;
        }
        isWanted = false;
        nextCheckNs = ticker.nanoTime() + CHECK_NS;
        try {
            return isOfUse && !segments.hasSpare() && segments.fillSpare() ? 1 : 0;
        } catch (StorageFault fault) {
            LOG.log(Level.WARNING, "no spare log file could be made, trying again: " + fault.getMessage());
            return 0;
        }
    }

    @Override
    public long restNs() {
        return isWanted ? 1 : Math.max(1, nextCheckNs - ticker.nanoTime());
    }

    @Override
    public void wakeBy(Runnable runnerWaker) {
        waker = runnerWaker;
    }

    @Override
    public String name() {
        return "log-spare";
    }
}
