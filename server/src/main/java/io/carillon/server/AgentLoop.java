package io.carillon.server;

import io.carillon.base.Agent;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Repeats the work of one or more agents on one thread, and rests when none of them finds any: until the soonest of
 * their rests is over, or somebody wakes one.
 *
 * <p>Resting and waking meet in two flags. A waker raises {@code isWoken} and then looks at {@code isResting}; the loop
 * raises {@code isResting} and then looks at {@code isWoken}. Whatever the order, one of them sees the other, so no wake
 * is lost, and a waker pays for an unpark only when the loop rests.
 */
final class AgentLoop implements Runnable {
    private static final int FAILED = -1;
    private static final Logger LOG = LoggerFactory.getLogger(AgentLoop.class);

    private final List<Agent> agents;
    private volatile @Nullable Thread thread;
    private volatile boolean isWoken;
    private volatile boolean isResting;
    private volatile boolean isStopping;
    private final AtomicInteger failed = new AtomicInteger();

    AgentLoop(List<Agent> agents) {
        this.agents = new ArrayList<>(agents);
    }

    /** Says whom to wake; before that thread starts. */
    void runsOn(Thread newThread) {
        thread = newThread;
        agents.forEach(agent -> agent.wakeBy(this::wake));
    }

    /** Ends the loop after the work that it is at; any thread. */
    void stop() {
        isStopping = true;
        LockSupport.unpark(thread);
    }

    /** How many agents failed. */
    int failed() {
        return failed.get();
    }

    @Override
    public void run() {
        while (!isStopping && !agents.isEmpty()) {
            isWoken = false;
            if (workOnce() == 0) {
                rest();
            }
        }
        agents.clear(); // one that lives on still knows how to wake this loop, and must not hold its neighbours by that
    }

    private int workOnce() {
        int done = 0;
        for (Iterator<Agent> i = agents.iterator(); i.hasNext(); ) {
            int workDone = work(i.next());
            if (workDone == FAILED) {
                i.remove();
            } else {
                done += workDone;
            }
        }
        return done;
    }

    private int work(Agent agent) {
        try {
            return agent.doWork();
        } catch (Throwable fault) {
            // Whatever it is, it is that agent's end, and not the end of its neighbours on this thread.
            LOG.error("agent stopped name={} fault={}", agent.name(), fault, fault);
            failed.incrementAndGet();
            return FAILED;
        }
    }

    private void rest() {
        long restNs = Long.MAX_VALUE;
        for (Agent agent : agents) {
            restNs = Math.min(restNs, agent.restNs());
        }
        isResting = true;
        if (!isWoken && !isStopping) {
            LockSupport.parkNanos(this, restNs);
        }
        isResting = false;
    }

    private void wake() {
        isWoken = true;
        if (isResting) {
            LockSupport.unpark(thread);
        }
    }
}
