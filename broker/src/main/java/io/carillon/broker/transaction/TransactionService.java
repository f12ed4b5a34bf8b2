package io.carillon.broker.transaction;

import io.carillon.base.Agent;
import io.carillon.base.Ticker;
import io.carillon.broker.client.Clients;
import io.carillon.broker.metadata.Halves;
import io.carillon.broker.metadata.TopicState;
import io.carillon.broker.metadata.Topics;
import io.carillon.broker.transaction.Ended.Reason;
import io.carillon.log.ConsumeQueue;
import io.carillon.log.MessageLog;
import io.carillon.log.Refusal;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * FACE: decides the halves of transactions. Which of them wait and which are decided is a function of the log alone; this
 * proposes decisions, one at a time for each half, and asks producers ({@link CheckBack}) who have not decided.
 */
public final class TransactionService {
    private static final Logger LOG = System.getLogger(TransactionService.class.getName());
    /** So many settlements may be under way without memory being made anew for each. */
    private static final int IDLE_MAX = 16;

    private final MessageLog log;
    private final Topics topics;
    private final Halves halves;
    private final Function<List<Long>, byte[]> asEntry;
    private final Ticker ticker;
    private final Executor blocking;
    private final TransactionFigures figures;
    private final KeptHalves kept;
    private final StoredHalves stored;
    private final Claims claims = new Claims();
    private final CheckBack checks;
    private final Resumption resumption;
    private final ArrayBlockingQueue<Settlement> idle = new ArrayBlockingQueue<>(IDLE_MAX);

    /**
     * @param broker the name that clients know this broker by
     * @param asEntry makes an entry of the log out of the halves that are decided
     * @param blocking runs what may wait for the disk; must take every task
     */
    public TransactionService(
            String broker,
            MessageLog log,
            KeptHalves kept,
            Topics topics,
            Halves halves,
            Function<List<Long>, byte[]> asEntry,
            Clients clients,
            Supplier<TransactionConfig> config,
            Ticker ticker,
            Executor blocking,
            TransactionFigures figures) {
        this.log = log;
        this.topics = topics;
        this.halves = halves;
        this.asEntry = asEntry;
        this.ticker = ticker;
        this.blocking = blocking;
        this.figures = figures;
        this.kept = kept;
        stored = kept.stored();
        checks = new CheckBack(broker, this, log, stored, claims, clients, config, ticker, blocking, figures);
        resumption = new Resumption(log, stored, checks, ticker);
        kept.carriedBy(new CarriedHalves(this, stored, claims, config, ticker, figures));
        figures.undecidedBy(stored::undecidedCount);
    }

    /** Decides nothing any more: another broker leads, or this one ends. */
    public void close() {
        kept.carriedBy(null);
    }

    /** The configuration changed. Any thread. */
    public void reconfigured() {
        checks.reconfigured();
    }

    /** Asks producers; some work now and then. */
    public Agent agent() {
        return checks;
    }

    /** Halves came to their queue; on the log's own path. */
    public void onPrepared() {
        checks.onPrepared();
    }

    /** The queue that halves wait in. */
    public ConsumeQueue queue() {
        return stored.queue();
    }

    /** How many halves are not decided. */
    public long undecidedCount() {
        return stored.undecidedCount();
    }

    /** Whether reading a half at this log offset would likely wait for the disk. */
    public boolean isCold(long logOffset) {
        return log.isCold(logOffset);
    }

    /** An empty settlement, which its caller fills and submits. */
    public Settlement begin() {
        Settlement one = idle.poll();
        return one == null ? new Settlement(log, asEntry, idle::offer) : one;
    }

    /** Decides one half by itself; {@code told} as {@link #decide} has it. */
    public void end(EndTransaction end, Consumer<Ended> told) {
        Settlement own = begin();
        Ended at = decide(end, own, told);
        own.submit(() -> {});
        if (at != null) {
            told.accept(at);
        }
    }

    /**
     * Checks a decision and adds it to a settlement.
     *
     * @param told what came of it, once, by any thread: it must only hand over. Not when this returned an answer
     * @return the answer when it is known at once
     * @throws io.carillon.base.CarillonException.Corrupt when what is stored does not read back
     */
    public @Nullable Ended decide(EndTransaction end, Settlement into, Consumer<Ended> told) {
        MemorySegment record = stored.find(end.logOffset());
        if (record == null) {
            blocking.execute(() -> endElsewhere(end, told));
            return null;
        }
        if (!into.hasRoomFor(record.byteSize())) {
            end(end, told);
            return null;
        }
        Ended wrong = check(end, into.half.read(record));
        return wrong != null ? wrong : claim(end, into, told);
    }

    private @Nullable Ended check(EndTransaction end, HalfMessage half) {
        if (!end.maySendTo().test(half.topic())) {
            return refused(
                    Reason.NO_PERMISSION,
                    "no permission to decide the transaction at log offset " + end.logOffset()
                            + ": that takes the right to send to its topic");
        }
        if (!half.group().equals(end.group())) {
            return refused(
                    Reason.WRONG,
                    "The producer group wrong: the half is of group " + half.group() + ", not of " + end.group());
        }
        if (half.half() != end.half()) {
            return refused(
                    Reason.WRONG,
                    "The transaction state table offset wrong: the half at log offset " + end.logOffset() + " has "
                            + half.half() + ", not " + end.half());
        }
        boolean isTooLate = !end.isFromCheck() && half.hasImmunity() && ticker.nowMs() > half.firstCheckMs();
        return isTooLate && !halves.isDecided(half.half())
                ? refused(
                        Reason.TOO_LATE,
                        "the time has passed after which the producer wants to be asked: wait for the check")
                : null;
    }

    private @Nullable Ended claim(EndTransaction end, Settlement into, Consumer<Ended> told) {
        long half = end.half();
        if (!claims.claim(half, () -> blocking.execute(() -> end(end, told)))) {
            return null;
        }
        // Who had it before may have decided it: look only now.
        if (halves.isDecided(half)) {
            claims.giveBack(half);
            blocking.execute(() -> answerDecided(end, told));
            return null;
        }
        boolean isAdded = false;
        try {
            Ended refused = add(end, into, told);
            isAdded = refused == null;
            return refused;
        } finally {
            if (!isAdded) { // also when something was thrown: else nobody could ever decide it
                claims.giveBack(half);
            }
        }
    }

    private @Nullable Ended add(EndTransaction end, Settlement into, Consumer<Ended> told) {
        if (end.decision() == Decision.ROLLBACK) {
            into.drop(refusal -> settled(end, refusal, told));
            return null;
        }
        ConsumeQueue target = target(into.half);
        if (target == null) {
            return refused(
                    Reason.NO_TOPIC,
                    "topic[" + into.half.topic() + "] not exist, or has no queue: the message cannot be committed");
        }
        try {
            into.move(into.half.committed(target.number()), target, refusal -> settled(end, refusal, told));
            return null;
        } catch (IllegalArgumentException e) {
            return refused(Reason.FAILED, String.valueOf(e.getMessage()));
        }
    }

    /** A topic may have lost queues since the half was stored. */
    private @Nullable ConsumeQueue target(HalfMessage half) {
        TopicState topic = topics.find(half.topic());
        return topic == null || topic.config().queues() == 0
                ? null
                : topic.queue(half.queue() % topic.config().queues());
    }

    private void settled(EndTransaction end, @Nullable Refusal refusal, Consumer<Ended> told) {
        claims.giveBack(end.half());
        if (refusal != null) {
            told.accept(new Ended.NotStored(refusal));
            return;
        }
        (end.decision() == Decision.COMMIT ? figures.committed : figures.rolledBack).increment();
        told.accept(Ended.DONE);
    }

    private static Ended refused(Reason reason, String detail) {
        return new Ended.Refused(reason, detail);
    }

    /**
     * Begins anew to ask about a half that nobody has decided; also about one that was given up, of which a new half is
     * made. Reads.
     *
     * @param logOffset where the half stands, or what was made of it when it was given up
     * @param maySendTo whether who wants it may send to a topic, as {@link EndTransaction} has it
     * @param told as {@link #decide} has it
     */
    public void resume(long logOffset, Predicate<String> maySendTo, Consumer<Ended> told) {
        resumption.resume(logOffset, maySendTo, told);
    }

    // ---- what needs a look into the index: on a thread that may wait for the disk

    /** The half is not where it was: retention may have had it carried on. */
    private void endElsewhere(EndTransaction end, Consumer<Ended> told) {
        try {
            MemorySegment carried = stored.carriedFrom(end);
            if (carried == null) {
                told.accept(refused(Reason.NO_HALF, stored.whyNoHalf(end.logOffset())));
                return;
            }
            HalfMessage half = new HalfMessage().read(carried);
            end(
                    new EndTransaction(
                            end.group(),
                            half.logOffset(),
                            half.half(),
                            end.decision(),
                            end.isFromCheck(),
                            end.uniqueId(),
                            end.maySendTo()),
                    told);
        } catch (RuntimeException e) {
            // Nobody is left to catch it, and the producer waits for an answer.
            LOG.log(Level.ERROR, "a transaction was not decided, group=" + end.group(), e);
            told.accept(refused(Reason.FAILED, "internal error: " + e));
        }
    }

    /** Decided before: the same decision is fine, another one is not. */
    private void answerDecided(EndTransaction end, Consumer<Ended> told) {
        Fate fate;
        try {
            fate = stored.fateOf(end);
        } catch (RuntimeException e) {
            LOG.log(Level.ERROR, "what became of a transaction could not be read, group=" + end.group(), e);
            told.accept(refused(Reason.FAILED, "internal error: " + e));
            return;
        }
        if (fate == Fate.CARRIED_ON) {
            endElsewhere(end, told);
            return;
        }
        boolean isSame = fate == (end.decision() == Decision.COMMIT ? Fate.COMMITTED : Fate.ROLLED_BACK);
        told.accept(isSame ? Ended.DONE : refused(Reason.DECIDED, fate.sentence()));
    }
}
