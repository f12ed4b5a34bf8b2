package io.carillon.broker.transaction;

import io.carillon.base.Agent;
import io.carillon.base.Ticker;
import io.carillon.broker.client.ClientChannel;
import io.carillon.broker.client.Clients;
import io.carillon.broker.client.Member;
import io.carillon.broker.client.TransactionCheck;
import io.carillon.log.MessageLog;
import io.carillon.log.QueueEntries;
import io.carillon.log.Refusal;
import io.carillon.message.TopicName;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Asks producers what became of transactions that they have not decided.
 *
 * <p>New halves are looked at a moment after they came, all of that moment together: most are decided by then and cost
 * nothing here. When a half may be asked about first stands in the index of its queue; only whoever is asked about is
 * read. How often it was asked is kept in memory alone: after a restart the asking begins anew, so that a half is never
 * given up because of a broker that was not there.
 */
final class CheckBack implements Agent {
    private static final Logger LOG = System.getLogger(CheckBack.class.getName());
    private static final long LOOK_AFTER_NS = 500_000_000;
    /** The wall clock may step: look at it so often. */
    private static final long CLOCK_REST_NS = 1_000_000_000;

    private static final int RANGE = 1024;
    private static final int LOOKED_AT_ONCE = 32 * RANGE;
    private static final int TAKEN_AT_ONCE = 256;
    private static final long LOG_EVERY_NS = 10_000_000_000L;
    private static final long NEVER = Long.MIN_VALUE;
    /** How long to wait with a half that is just being decided. */
    private static final long CLAIMED_REST_MS = 1000;
    /** The count of checks that a half says itself does not matter: somebody wants it to begin anew. */
    private static final int ANEW = 1 << 30;

    private final String broker;
    private final TransactionService service;
    private final MessageLog log;
    private final StoredHalves stored;
    private final Claims claims;
    private final Clients clients;
    private final Supplier<TransactionConfig> config;
    private final Ticker ticker;
    private final Executor blocking;
    private final TransactionFigures figures;
    private final CheckTimes times = new CheckTimes();
    private final QueueEntries range = new QueueEntries(RANGE);
    private final Allowance allowance;
    private final AtomicLong loggedNs = new AtomicLong(NEVER);
    private final AtomicInteger turn = new AtomicInteger();
    private final long startedMs;
    private long lookedTo;
    private long lookAtNs;
    private boolean isLookPlanned = true;

    // ---- written by any thread
    private volatile boolean hasNew = true;
    private final Queue<Next> returned = new ConcurrentLinkedQueue<>();
    private final Queue<Long> restarted = new ConcurrentLinkedQueue<>();
    private volatile Runnable waker = () -> {};

    /** When to ask about a half again. */
    private record Next(long half, int checks, long dueMs) {}

    /** @param broker the name that clients know this broker by */
    CheckBack(
            String broker,
            TransactionService service,
            MessageLog log,
            StoredHalves stored,
            Claims claims,
            Clients clients,
            Supplier<TransactionConfig> config,
            Ticker ticker,
            Executor blocking,
            TransactionFigures figures) {
        this.broker = broker;
        this.service = service;
        this.log = log;
        this.stored = stored;
        this.claims = claims;
        this.clients = clients;
        this.config = config;
        this.ticker = ticker;
        this.blocking = blocking;
        this.figures = figures;
        allowance = new Allowance(ticker, config.get().checkRate());
        startedMs = ticker.nowMs();
        lookAtNs = ticker.nanoTime();
    }

    // ---- any thread

    /** The configuration changed; what was planned by the old one stays so. */
    void reconfigured() {
        allowance.rate(config.get().checkRate());
    }

    /** Halves came to their queue. */
    void onPrepared() {
        if (!hasNew) {
            hasNew = true;
            waker.run();
        }
    }

    /** Begins anew to ask about an undecided half, at once. */
    void restart(long half) {
        restarted.add(half);
        waker.run();
    }

    // ---- the agent's thread

    @Override
    public int doWork() {
        long nowMs = ticker.nowMs();
        int done = takeReturned(nowMs);
        planLook();
        if (isLookPlanned && ticker.nanoTime() - lookAtNs >= 0) {
            done += look();
        }
        return done + ask(nowMs);
    }

    private int takeReturned(long nowMs) {
        int count = 0;
        for (Next next = returned.poll(); next != null; next = returned.poll()) {
            times.add(next.dueMs(), next.half(), next.checks());
            count++;
        }
        for (Long half = restarted.poll(); half != null; half = restarted.poll()) {
            times.remove(half);
            times.add(nowMs, half, ANEW);
            count++;
        }
        return count;
    }

    private void planLook() {
        if (hasNew && !isLookPlanned) {
            isLookPlanned = true;
            lookAtNs = ticker.nanoTime() + LOOK_AFTER_NS;
        }
    }

    /** Notes when to ask about halves that are new and not decided yet. */
    private int look() {
        hasNew = false; // before the queue's end is read: what comes after that is looked at the next time
        isLookPlanned = false;
        int examined = 0;
        long half = stored.firstUndecided(lookedTo);
        long end = stored.queue().offsetMax();
        while (half < end && examined < LOOKED_AT_ONCE) {
            int count = stored.queue().readRange(half, RANGE, range);
            examined += Math.max(1, count);
            half = note(half, count);
        }
        lookedTo = half;
        if (half < end) {
            isLookPlanned = true; // and the time for it has come
        }
        return examined;
    }

    /** @return the next half to look at */
    private long note(long first, int count) {
        long half = first;
        while (half < first + count) {
            times.add(range.tagsCodes[(int) (half - first)], half, 0);
            half = stored.firstUndecided(half + 1);
        }
        return count == 0 ? stored.firstUndecided(first + 1) : half;
    }

    private int ask(long nowMs) {
        int taken = 0;
        while (times.firstMs() <= nowMs && taken < TAKEN_AT_ONCE) {
            long half = times.firstHalf();
            int checks = times.firstChecks();
            if (!stored.isDecided(half)) {
                if (!allowance.take()) {
                    return taken;
                }
                times.poll();
                ask(half, checks);
            } else {
                times.poll();
            }
            taken++;
        }
        return taken;
    }

    private void ask(long half, int checks) {
        long logOffset = stored.logOffset(half);
        if (logOffset >= 0 && log.isCold(logOffset)) {
            blocking.execute(() -> {
                askNow(half, logOffset, checks);
                waker.run();
            });
        } else {
            askNow(half, logOffset, checks);
        }
    }

    // ---- the agent's thread, or one that may wait for the disk

    private void askNow(long half, long logOffset, int checks) {
        MemorySegment record = logOffset < 0 ? null : read(logOffset);
        if (record == null) {
            LOG.log(
                    Level.ERROR,
                    "the half of a transaction cannot be read any more, nobody is asked about it: half={0}",
                    half);
            return;
        }
        HalfMessage message = new HalfMessage().read(record);
        int anew = checks & ANEW;
        int done = anew != 0 ? checks - anew : Math.max(checks, message.checks());
        if (done >= config.get().checksMax()) {
            giveUp(record, done);
        } else if (isAsked(message)) {
            figures.checks.increment();
            again(half, anew + done + 1);
        } else {
            figures.unreachable.increment();
            // The time before this broker was there does not count: nobody could reach it then.
            long aloneMs = ticker.nowMs() - Math.max(startedMs, message.firstCheckMs());
            if (aloneMs > config.get().orphanAfter().toMillis()) {
                giveUp(record, done);
            } else {
                again(half, checks);
            }
        }
    }

    private @Nullable MemorySegment read(long logOffset) {
        try {
            return stored.find(logOffset);
        } catch (RuntimeException e) {
            LOG.log(Level.ERROR, "the half of a transaction cannot be read: logOffset=" + logOffset, e);
            return null;
        }
    }

    private void again(long half, int checks) {
        later(half, checks, config.get().checkInterval().toMillis());
    }

    private void later(long half, int checks, long afterMs) {
        returned.add(new Next(half, checks, ticker.nowMs() + afterMs));
    }

    /** Asks one of the producers of the half's group, each in turn. */
    private boolean isAsked(HalfMessage half) {
        List<Member> members = List.copyOf(clients.producers(half.group()));
        if (members.isEmpty()) {
            return false;
        }
        String group = half.group();
        String topic = half.topic();
        String uniqueId = half.uniqueId();
        TransactionCheck check =
                new TransactionCheck(broker, group, topic, half.half(), half.logOffset(), uniqueId, half.shown());
        int first = turn.getAndIncrement() & Integer.MAX_VALUE;
        for (int i = 0; i < members.size(); i++) {
            ClientChannel channel = members.get((first + i) % members.size()).channel();
            if (channel.isOpen() && channel.checkTransaction(check)) {
                return true;
            }
        }
        return false;
    }

    /** Nobody decided it: it goes where people look. */
    private void giveUp(MemorySegment record, int checks) {
        Settlement settlement = service.begin();
        HalfMessage message = settlement.half.read(record);
        long half = message.half();
        if (!claims.claim(half)) {
            later(half, checks, CLAIMED_REST_MS);
        } else if (stored.isDecided(half)) {
            claims.giveBack(half);
        } else {
            logNowAndThen(message, checks);
            settlement.move(
                    message.undecided(),
                    log.queue(TopicName.CHECKED_TOO_OFTEN, 0),
                    refusal -> givenUp(half, checks, refusal));
        }
        settlement.submit(() -> {});
    }

    /** It may be many at once. */
    private void logNowAndThen(HalfMessage message, int checks) {
        long nowNs = ticker.nanoTime();
        long beforeNs = loggedNs.get();
        if ((beforeNs == NEVER || nowNs - beforeNs >= LOG_EVERY_NS) && loggedNs.compareAndSet(beforeNs, nowNs)) {
            LOG.log(
                    Level.WARNING,
                    "nobody decided a transaction, its message goes to {0}: topic={1} group={2} id={3} checks={4}",
                    TopicName.CHECKED_TOO_OFTEN,
                    message.topic(),
                    message.group(),
                    message.uniqueId(),
                    checks);
        }
    }

    private void givenUp(long half, int checks, @Nullable Refusal refusal) {
        claims.giveBack(half);
        if (refusal == null) {
            figures.givenUp.increment();
        } else {
            again(half, checks);
            waker.run();
        }
    }

    @Override
    public long restNs() {
        if (!returned.isEmpty() || !restarted.isEmpty()) {
            return 1;
        }
        long restNs = hasNew ? LOOK_AFTER_NS : Long.MAX_VALUE;
        if (isLookPlanned) {
            restNs = Math.max(1, lookAtNs - ticker.nanoTime());
        }
        if (times.isEmpty()) {
            return restNs;
        }
        long waitMs = times.firstMs() - ticker.nowMs();
        long waitNs = waitMs > 0 ? Math.min(waitMs * 1_000_000, CLOCK_REST_NS) : allowance.restNs();
        return Math.min(restNs, waitNs);
    }

    @Override
    public void wakeBy(Runnable runnerWaker) {
        waker = runnerWaker;
    }

    @Override
    public String name() {
        return "check-back";
    }
}
