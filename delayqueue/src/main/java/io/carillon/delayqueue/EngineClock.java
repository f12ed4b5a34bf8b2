package io.carillon.delayqueue;

import io.carillon.base.Ticker;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The time that due times are meant in: Redis's clock, as far as this node has heard of it. So a message that is due "in
 * ten seconds" is so whichever node takes it, however wrong that node's own clock is. While Redis says nothing MySQL's clock
 * stands in for it, by as much apart from it as the two were when both were heard; a node that starts without Redis takes
 * MySQL's as it is. Any thread may call.
 */
final class EngineClock {
    private static final String NOW =
            "SELECT TIMESTAMPDIFF(MICROSECOND, '1970-01-01 00:00:00', UTC_TIMESTAMP(3)) DIV 1000";
    /** Redis is asked more often than that by far. */
    private static final long FRESH_NS = 10_000_000_000L;
    /** When within a longer time a store read its clock, nobody knows. */
    private static final long PRECISE_MS = 500;

    private final Ticker ticker;
    private boolean isHeard;
    private boolean isMysqlHeard;
    private long heardAtNs;
    /** By how much Redis is ahead of MySQL. */
    private long apartMs;

    private volatile long aheadMs;
    private final AtomicLong told = new AtomicLong();

    EngineClock(Ticker ticker) {
        this.ticker = ticker;
    }

    /**
     * Does not go back by what a better measurement of the difference corrects, or the later of two messages would be due first.
     * It does where a clock was set.
     */
    long nowMs() {
        long nowMs = ticker.nowMs() + aheadMs;
        return told.updateAndGet(last -> last > nowMs && last - nowMs <= PRECISE_MS ? last : nowMs);
    }

    /** Redis said this time between two readings of this node's clock. */
    synchronized void heard(long redisMs, long beforeMs, long afterMs) {
        aheadMs = redisMs - middle(beforeMs, afterMs);
        heardAtNs = ticker.nanoTime();
        isHeard = true;
    }

    /** Asks MySQL for its time; waits for it. */
    void ask(Database database) {
        database.run("read the clock", connection -> {
            long beforeMs = ticker.nowMs();
            long mysqlMs = Migrations.number(connection, NOW);
            heardOfMysql(mysqlMs, beforeMs, ticker.nowMs());
            return mysqlMs;
        });
    }

    synchronized void heardOfMysql(long mysqlMs, long beforeMs, long afterMs) {
        if ((isHeard || isMysqlHeard) && afterMs - beforeMs > PRECISE_MS) {
            return;
        }
        isMysqlHeard = true;
        long mysqlAheadMs = mysqlMs - middle(beforeMs, afterMs);
        if (isHeard && ticker.nanoTime() - heardAtNs < FRESH_NS) {
            apartMs = aheadMs - mysqlAheadMs;
        } else {
            aheadMs = mysqlAheadMs + apartMs;
        }
    }

    private static long middle(long beforeMs, long afterMs) {
        return beforeMs + (afterMs - beforeMs) / 2;
    }

    /** By how much Redis is ahead of this node. */
    long aheadMs() {
        return aheadMs;
    }
}
