package io.carillon.remoting;

import io.carillon.base.Ticker;
import io.netty.util.concurrent.EventExecutor;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;

/**
 * Whether the I/O threads of a group still come round: each is asked to answer, as it is asked to do anything else, and how
 * long that takes is looked at. One thread calls.
 */
public final class LoopTurns {
    private final List<Turn> turns;
    private final Ticker ticker;

    LoopTurns(List<EventExecutor> loops, Ticker ticker) {
        turns = loops.stream().map(Turn::new).toList();
        this.ticker = ticker;
    }

    /**
     * Asks those threads that owe no answer, and says for how many ns the one that has kept us waiting longest has done so: 0
     * when all have answered since the last call. Threads that have ended owe nothing.
     */
    public long longestWaitNs() {
        long nowNs = ticker.nanoTime();
        return turns.stream().mapToLong(turn -> turn.ask(nowNs)).max().orElse(0);
    }

    private static final class Turn implements Runnable {
        private final EventExecutor loop;
        private long askedNs;
        private volatile boolean isOwed;

        Turn(EventExecutor loop) {
            this.loop = loop;
        }

        long ask(long nowNs) {
            if (isOwed) {
                return nowNs - askedNs;
            }
            askedNs = nowNs;
            isOwed = true;
            try {
                loop.execute(this);
            } catch (RejectedExecutionException e) {
                isOwed = false; // it has ended
            }
            return 0;
        }

        @Override
        public void run() {
            isOwed = false;
        }
    }
}
