package io.carillon.broker.transaction;

import io.carillon.base.Ticker;
import io.carillon.log.Refusal;
import io.carillon.log.Rescue;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.lang.foreign.MemorySegment;
import java.util.function.Supplier;

/**
 * Writes the halves again that nobody has decided and that retention is about to drop. That happens only where the log
 * keeps less than some minutes' worth, be it by its settings or because the disk is full. The new half takes the place of
 * the old one, which is decided by the same entry of the log. On a disk so full that the log takes no copies, they are
 * given up: else nothing could ever be dropped that makes room. Retention's thread.
 */
final class CarriedHalves implements Rescue {
    private static final Logger LOG = System.getLogger(CarriedHalves.class.getName());

    /** A disk that is full for a moment costs no transaction. */
    private static final long PATIENCE_NS = 5_000_000_000L;

    private final TransactionService service;
    private final StoredHalves stored;
    private final Claims claims;
    private final Supplier<TransactionConfig> config;
    private final Ticker ticker;
    private final TransactionFigures figures;
    /** Whether there was no room for copies, and since when. Written by any thread. */
    private volatile boolean isDiskFull;

    private volatile long fullAtNs;

    CarriedHalves(
            TransactionService service,
            StoredHalves stored,
            Claims claims,
            Supplier<TransactionConfig> config,
            Ticker ticker,
            TransactionFigures figures) {
        this.service = service;
        this.stored = stored;
        this.claims = claims;
        this.config = config;
        this.ticker = ticker;
        this.figures = figures;
    }

    @Override
    public boolean isReady(long logOffset) {
        long half = stored.undecidedBefore(0, logOffset);
        if (half < 0) {
            return true;
        }
        if (isDiskFull && ticker.nanoTime() - fullAtNs < PATIENCE_NS) {
            return false;
        }
        boolean isLost = isDiskFull;
        isDiskFull = false;
        LOG.log(
                isLost ? Level.ERROR : Level.INFO,
                isLost
                        ? "the disk is full: undecided transactions go with their log segment, nobody can commit them"
                        : "undecided transactions are written again, their log segment is to be dropped");
        while (half >= 0) {
            Settlement settlement = service.begin();
            while (half >= 0 && !settlement.isFull() && (isLost ? lost(half, settlement) : carried(half, settlement))) {
                half = stored.undecidedBefore(half + 1, logOffset);
            }
            settlement.submit(() -> {});
        }
        return false;
    }

    /** Decided without a copy: for that the log has room when it has none for messages. */
    private boolean lost(long half, Settlement settlement) {
        if (claims.claim(half)) {
            settlement.drop(half, refusal -> {
                claims.giveBack(half);
                if (refusal == null) {
                    figures.lost.increment();
                }
            });
        }
        return true;
    }

    /** @return false when another settlement has to take it */
    private boolean carried(long half, Settlement settlement) {
        if (!claims.claim(half)) {
            return true; // it is just being decided
        }
        MemorySegment record = stored.isDecided(half) ? null : stored.find(stored.logOffset(half));
        if (record == null || !settlement.hasRoomFor(record.byteSize())) {
            claims.giveBack(half);
            return record == null;
        }
        HalfMessage message = settlement.half.read(record);
        settlement.move(message.carried(checksSoFar(message)), stored.queue(), refusal -> {
            claims.giveBack(half);
            if (refusal == null) {
                figures.carriedOn.increment();
            }
            if (refusal == Refusal.DISK_FULL) {
                fullAtNs = ticker.nanoTime();
                isDiskFull = true;
            }
        });
        return true;
    }

    /** As many as there was time for, but that at least one more is sent. */
    private int checksSoFar(HalfMessage half) {
        long spanMs = Math.max(0, ticker.nowMs() - half.firstCheckMs());
        TransactionConfig now = config.get();
        long byTime = spanMs / now.checkInterval().toMillis();
        return Math.max(half.checks(), (int) Math.min(byTime, now.checksMax() - 1));
    }
}
