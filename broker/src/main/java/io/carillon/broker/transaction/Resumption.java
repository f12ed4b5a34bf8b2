package io.carillon.broker.transaction;

import io.carillon.base.Ticker;
import io.carillon.broker.transaction.Ended.Reason;
import io.carillon.log.AppendBatch;
import io.carillon.log.MessageLog;
import io.carillon.log.Refusal;
import io.carillon.message.MessageProperties;
import io.carillon.message.MessageRecord;
import java.lang.foreign.MemorySegment;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Has producers asked again about transactions that nobody decided. One that was given up gets a new half; the message
 * among the given-up ones stays where it is. However often that is asked, there is one undecided half at most.
 */
final class Resumption {
    private final MessageLog log;
    private final StoredHalves stored;
    private final CheckBack checks;
    private final Ticker ticker;
    /** Unique ids whose new halves are under way. */
    private final Set<String> underWay = new HashSet<>();

    Resumption(MessageLog log, StoredHalves stored, CheckBack checks, Ticker ticker) {
        this.log = log;
        this.stored = stored;
        this.checks = checks;
        this.ticker = ticker;
    }

    /** @param maySendTo as {@link TransactionService#resume} has it. Reads */
    void resume(long logOffset, Predicate<String> maySendTo, Consumer<Ended> told) {
        MemorySegment half = stored.find(logOffset);
        Ended known = half == null ? null : restarted(half, maySendTo);
        if (known != null) {
            told.accept(known);
            return;
        }
        MemorySegment givenUp =
                half == null ? stored.givenUpAt(logOffset) : stored.givenUp(new HalfMessage().read(half));
        if (givenUp == null) {
            told.accept(
                    half == null
                            ? new Ended.Refused(Reason.NO_HALF, stored.whyNoHalf(logOffset) + " that waits")
                            : new Ended.Refused(Reason.DECIDED, "the transaction was decided before"));
            return;
        }
        makeHalf(givenUp, maySendTo, told);
    }

    /** Has the producers of the half asked anew, if he may who wants it; null when it is decided. */
    private @Nullable Ended restarted(MemorySegment half, Predicate<String> maySendTo) {
        Ended forbidden = forbidden(half, maySendTo);
        long offset = MessageRecord.queueOffset(half, 0);
        if (forbidden != null || stored.isDecided(offset)) {
            return forbidden;
        }
        checks.restart(offset);
        return Ended.DONE;
    }

    /** Unique ids are made by clients: each record that was found by one is asked where it goes. */
    private static @Nullable Ended forbidden(MemorySegment record, Predicate<String> maySendTo) {
        return maySendTo.test(new HalfMessage().read(record).topic())
                ? null
                : new Ended.Refused(
                        Reason.NO_PERMISSION,
                        "no permission to resume the transaction: that takes the right to send to its topic");
    }

    private void makeHalf(MemorySegment givenUp, Predicate<String> maySendTo, Consumer<Ended> told) {
        Ended forbidden = forbidden(givenUp, maySendTo);
        if (forbidden != null) {
            told.accept(forbidden);
            return;
        }
        HalfMessage message = new HalfMessage().read(givenUp);
        String id = message.uniqueId();
        synchronized (underWay) {
            if (!underWay.add(id)) {
                told.accept(new Ended.Refused(Reason.WRONG, "the transaction is just being resumed"));
                return;
            }
        }
        Ended before = madeBefore(givenUp, id, maySendTo);
        if (before != null) {
            end(id);
            told.accept(before);
            return;
        }
        AppendBatch batch = new AppendBatch(done -> {
            end(id);
            told.accept(outcome(done.refusal()));
        });
        batch.add(stored.queue(), message.resumed(ticker.nowMs()));
        log.append(batch);
    }

    /** A half that is newer than what was given up was made of it. */
    private @Nullable Ended madeBefore(MemorySegment givenUp, String uniqueId, Predicate<String> maySendTo) {
        MemorySegment newest = stored.newest(uniqueId);
        if (newest == null || MessageRecord.physicalOffset(newest, 0) < MessageRecord.physicalOffset(givenUp, 0)) {
            return null;
        }
        Ended restarted = restarted(newest, maySendTo);
        return restarted != null
                ? restarted
                : new Ended.Refused(
                        Reason.DECIDED,
                        "the transaction was resumed before, and its half is decided: " + MessageProperties.UNIQ_KEY
                                + " " + uniqueId);
    }

    private void end(String id) {
        synchronized (underWay) {
            underWay.remove(id);
        }
    }

    private static Ended outcome(@Nullable Refusal refusal) {
        return refusal == null ? Ended.DONE : new Ended.NotStored(refusal);
    }
}
