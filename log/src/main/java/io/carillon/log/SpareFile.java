package io.carillon.log;

import io.carillon.base.Agent;
import io.carillon.base.CarillonException.StorageFault;
import io.carillon.base.Ticker;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;

/** Keeps a spare file ready for the next segment of the log. May wait for the disk. */
final class SpareFile implements Agent {
    private static final Logger LOG = System.getLogger(SpareFile.class.getName());
    private static final long CHECK_NS = 5_000_000_000L;

    private final Segments segments;
    private final Ticker ticker;
    private volatile boolean isWanted = true;
    private volatile Runnable waker = () -> {};
    private long nextCheckNs;

    SpareFile(Segments segments, Ticker ticker) {
        this.segments = segments;
        this.ticker = ticker;
        this.nextCheckNs = ticker.nanoTime();
    }

    /** The writer began a segment: the next one wants a spare file. Any thread. */
    void want() {
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
            return !segments.hasSpare() && segments.fillSpare() ? 1 : 0;
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
