package io.carillon.broker.pop;

import io.carillon.broker.metadata.PopChange;
import io.carillon.broker.metadata.PopQueue;
import io.carillon.log.ConsumeQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * One group's popping from one queue as it is at this moment: ahead of the log by what is on its way there. Any thread;
 * its monitor is held for a look at some entries of the index, and no other is taken under it.
 *
 * <p>A message is in one of these states, and only {@link #take} gives it to somebody:
 *
 * <pre>
 *   not handed out (offset >= next)  --take-->  in flight  --ack-->  settled
 *                                                 | visibleMs is over
 *                     without order: leaving --its copy for the retry topic is in the log--> settled
 *                     in order: take gives it out again, with all that follow it
 * </pre>
 */
final class LiveQueue {
    static final long NEVER = LiveFlight.NEVER;

    private final PopQueue.Key key;
    private final ConsumeQueue queue;
    private final RetryKind kind;
    /** The topic that consumers ask for, also where this queue is one of its retries. */
    private final String topic;

    private final LiveFlight flight;
    private long epoch;
    private long next;
    private boolean isOrdered;
    private @Nullable String attemptId;
    private boolean isListed;
    private boolean isGone;
    /** No message in flight becomes visible before: the deadlines know of it. */
    private long dueMs = NEVER;

    LiveQueue(
            PopQueue.Key key,
            String topic,
            RetryKind kind,
            ConsumeQueue queue,
            AtomicInteger total,
            long epoch,
            long next) {
        flight = new LiveFlight(total);
        this.key = key;
        this.topic = topic;
        this.kind = kind;
        this.queue = queue;
        this.epoch = epoch;
        this.next = next;
    }

    /** Takes over what the log says, when the broker opens. */
    static LiveQueue of(PopQueue stored, String topic, RetryKind kind, ConsumeQueue queue, AtomicInteger total) {
        LiveQueue live = new LiveQueue(stored.key(), topic, kind, queue, total, stored.epoch(), stored.next());
        live.isOrdered = stored.isOrdered();
        live.attemptId = stored.attemptId();
        live.flight.load(stored.inFlight());
        live.dueMs = live.flight.earliest();
        return live;
    }

    PopQueue.Key key() {
        return key;
    }

    ConsumeQueue queue() {
        return queue;
    }

    RetryKind kind() {
        return kind;
    }

    String topic() {
        return topic;
    }

    synchronized int count() {
        return flight.count();
    }

    /** Up to where messages were handed out. */
    synchronized long next() {
        return next;
    }

    /** How many messages were never handed out. */
    synchronized long waiting() {
        return Math.max(0, queue.offsetMax() - next);
    }

    // ---- handing out

    /** What one take gives at most, and when it is. */
    record Limits(int messages, int inFlightMax, long nowMs, long visibleMs) {}

    /**
     * Takes what the consumer wants.
     *
     * @return what it got, maybe nothing; null when the queue is blocked, or too much of it is in flight
     */
    synchronized @Nullable PoppedPart take(Pop pop, Taker taker, Limits limits) {
        if (isGone) {
            return new PoppedPart(this, next); // deleted since it was found
        }
        if (pop.isOrdered()) {
            return isBlocked(pop.attemptId(), limits.nowMs()) ? null : takeInOrder(pop, taker, limits);
        }
        leaveOrder();
        if (flight.count() >= limits.inFlightMax()) {
            return null;
        }
        keepWithinQueue();
        PoppedPart part = new PoppedPart(this, next);
        long end = taker.take(queue, next, limits, part);
        for (int i = 0; i < part.count(); i++) {
            flight.put(part.offset(i), limits.nowMs(), limits.visibleMs(), 0);
        }
        part.end(end);
        next = end;
        flight.recount();
        return part;
    }

    /** Retention may have passed it, and somebody may have said an offset that there is not. */
    private void keepWithinQueue() {
        long min = queue.offsetMin();
        next = Math.clamp(next, min, Math.max(min, queue.offsetMax()));
    }

    private PoppedPart takeInOrder(Pop pop, Taker taker, Limits limits) {
        isOrdered = true;
        long from = flight.isEmpty() ? next : flight.first();
        from = Math.clamp(from, queue.offsetMin(), Math.max(queue.offsetMin(), queue.offsetMax()));
        PoppedPart part = new PoppedPart(this, from);
        long end = taker.take(queue, from, limits, part);
        if (end == from) {
            return part;
        }
        boolean isSameAttempt = attemptId != null && attemptId.equals(pop.attemptId());
        int[] tries = new int[part.count()];
        for (int i = 0; i < tries.length; i++) {
            int before = flight.tries(part.offset(i));
            tries[i] = before < 0 ? 0 : before + (isSameAttempt ? 0 : 1);
        }
        flight.removeAll();
        for (int i = 0; i < tries.length; i++) {
            part.tries(i, tries[i]);
            flight.put(part.offset(i), limits.nowMs(), limits.visibleMs(), tries[i]);
        }
        part.end(end);
        next = end;
        attemptId = pop.attemptId();
        flight.recount();
        return part;
    }

    /** What was acknowledged out of turn counts now. */
    private void leaveOrder() {
        if (isOrdered) {
            isOrdered = false;
            attemptId = null;
            flight.removeAcked();
        }
    }

    /** Whether somebody holds messages of the queue, so that nobody else gets any in order. */
    synchronized boolean isBlocked(@Nullable String wantedAttempt, long nowMs) {
        boolean isSameAttempt = attemptId != null && attemptId.equals(wantedAttempt);
        return !isSameAttempt && flight.isAnyHeld(nowMs);
    }

    /** Whether a consumer in order would get something, if there are messages. */
    synchronized boolean hasForOrdered(@Nullable String wantedAttempt, long nowMs) {
        return !isBlocked(wantedAttempt, nowMs) && (!flight.isEmpty() || next < queue.offsetMax());
    }

    /** Undoes a take that could not be made durable, if nothing was taken after it; else its messages stay in flight. */
    synchronized void giveBack(PoppedPart part) {
        if (isOrdered || next != part.end() || isGone) {
            return;
        }
        for (int i = part.count() - 1; i >= 0; i--) {
            flight.removeUnlessLeaving(part.offset(i));
        }
        next = part.start();
        flight.recount();
    }

    /** What there would be for a consumer without order. */
    synchronized PoppedPart peek(Taker taker, int messagesMax) {
        long from = Math.clamp(next, queue.offsetMin(), Math.max(queue.offsetMin(), queue.offsetMax()));
        PoppedPart part = new PoppedPart(this, from);
        taker.take(queue, from, new Limits(messagesMax, 0, 0, 0), part);
        return part;
    }

    // ---- settling

    /** What became of a receipt. */
    enum Settled {
        DONE,
        /** Done, and the queue is free for the next consumer in order. */
        UNBLOCKED,
        /** The message is not in flight by this receipt. */
        UNKNOWN
    }

    synchronized Settled ack(long offset, long poppedMs, long nowMs) {
        int i = flight.held(offset, poppedMs);
        if (i < 0) {
            return Settled.UNKNOWN;
        }
        if (isOrdered) {
            flight.ackInOrder(i);
        } else {
            flight.removeAt(i);
        }
        flight.recount();
        return isOrdered && !isBlocked(null, nowMs) ? Settled.UNBLOCKED : Settled.DONE;
    }

    /**
     * Lets a message become visible at another time.
     *
     * @return when it counts as handed out from now on, or -1 when it is not in flight by this receipt
     */
    synchronized long change(long offset, long poppedMs, long nowMs, long visibleMs) {
        int i = flight.held(offset, poppedMs);
        if (i < 0) {
            return -1;
        }
        // The old receipt must not count for what the new one is about; in order it stays good.
        long newPoppedMs = isOrdered ? poppedMs : Math.max(nowMs, poppedMs + 1);
        flight.change(i, newPoppedMs, visibleMs);
        return newPoppedMs;
    }

    // ---- becoming visible again

    /** @return the time for which the deadlines have to know of this queue now, or {@link #NEVER} when they do already */
    synchronized long newDue(long visibleMs) {
        if (visibleMs >= dueMs) {
            return NEVER;
        }
        dueMs = visibleMs;
        return visibleMs;
    }

    /** When the earliest message in flight becomes visible, as it was taken over from the log. */
    synchronized long firstDueMs() {
        return dueMs;
    }

    /** What there is to do about a queue some of whose messages may be visible again. */
    static final class Due {
        /** When to look again; {@link #NEVER} when nothing is in flight. */
        final long nextMs;

        final boolean isOrdered;
        /** What leaves now. */
        final long[] offsets;

        Due(long nextMs, boolean isOrdered, long[] offsets) {
            this.nextMs = nextMs;
            this.isOrdered = isOrdered;
            this.offsets = offsets;
        }
    }

    /** Takes out of flight, without order, what is visible by now: its copy must be brought into the log. */
    synchronized Due due(long nowMs, int max) {
        long[] offsets = isOrdered ? new long[0] : flight.leave(nowMs, max);
        dueMs = isOrdered ? flight.earliestAfter(nowMs) : flight.earliest();
        return new Due(dueMs, isOrdered, offsets);
    }

    /**
     * Takes out of flight, without order, what of these is held by this receipt, whether its time is over or not: its copy
     * must be brought into the log.
     */
    synchronized long[] leave(long[] offsets, long poppedMs) {
        return isOrdered ? new long[0] : flight.leave(offsets, poppedMs);
    }

    /** The copies are in the log, and with them the note that these are in flight no more. */
    synchronized void left(long[] offsets) {
        flight.left(offsets);
        flight.recount();
    }

    /** The copies could not be brought into the log: to be tried again then. */
    synchronized void stay(long[] offsets, long visibleMs) {
        flight.stay(offsets, visibleMs);
    }

    /** A message that is not there any more cannot be handed out again. */
    synchronized void lost(long offset) {
        if (flight.remove(offset)) {
            flight.recount();
        }
    }

    /** When a message in flight was handed out; -1 when it is not in flight. */
    synchronized long poppedMs(long offset) {
        return flight.poppedMs(offset);
    }

    /** What is in flight from this offset on, the lowest first; not more than so many. */
    synchronized long[] inFlight(long from, int max) {
        return flight.offsets(from, max);
    }

    // ---- the log

    /** @return whether the caller must put the queue into the journal's list */
    synchronized boolean list() {
        boolean first = !isListed && !isGone;
        isListed |= first;
        return first;
    }

    /** Says what changed since the last time, and forgets it unless that fails; returns the offsets that it spoke of. */
    synchronized long[] write(PopChange to) {
        long[] changed = isGone ? new long[0] : writeThere(to);
        isListed = false;
        return changed;
    }

    private long[] writeThere(PopChange to) {
        to.begin(key, epoch, next, isOrdered, attemptId);
        long[] changed = flight.write(to);
        to.end();
        flight.clean();
        return changed;
    }

    /**
     * Says that these are in flight no more; nothing else that changed: an entry that says it may be on its way, and
     * refused in the end.
     */
    synchronized boolean writeLeft(PopChange to, long[] offsets) {
        if (isGone) {
            return false;
        }
        to.beginGone(key, epoch);
        for (long offset : offsets) {
            to.gone(offset);
        }
        to.end();
        return true;
    }

    /** What was written did not get into the log. */
    synchronized void notWritten(long[] changed) {
        for (long offset : changed) {
            flight.dirty(offset);
        }
    }

    // ---- said by others

    synchronized void reset(long offset, long newEpoch) {
        epoch = newEpoch;
        next = offset;
        attemptId = null;
        flight.forgetAll();
        dueMs = NEVER;
        flight.recount();
    }

    synchronized void gone() {
        isGone = true;
        flight.forgetAll();
        flight.recount();
    }

    synchronized boolean isGone() {
        return isGone;
    }
}
