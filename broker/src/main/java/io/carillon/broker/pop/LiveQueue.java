package io.carillon.broker.pop;

import io.carillon.broker.metadata.InFlight;
import io.carillon.broker.metadata.PopChange;
import io.carillon.broker.metadata.PopQueue;
import io.carillon.log.ConsumeQueue;
import java.util.Arrays;
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
 *                     without order: {@link #LEAVING} --its copy for the retry topic is in the log--> settled
 *                     in order: take gives it out again, with all that follow it
 * </pre>
 */
final class LiveQueue {
    /** Stands for the time at which a message becomes visible whose copy is on its way into the log. */
    static final long LEAVING = Long.MAX_VALUE;

    static final long NEVER = Long.MAX_VALUE;

    private final PopQueue.Key key;
    private final ConsumeQueue queue;
    private final RetryKind kind;
    /** The topic that consumers ask for, also where this queue is one of its retries. */
    private final String topic;

    /** How many messages of all queues are in flight. */
    private final AtomicInteger total;

    private final InFlight inFlight = new InFlight();
    private int counted;
    private long epoch;
    private long next;
    private boolean isOrdered;
    private @Nullable String attemptId;
    private long[] dirty = new long[8];
    private int dirtyCount;
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
        this.total = total;
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
        InFlight all = stored.inFlight();
        for (int i = 0; i < all.count(); i++) {
            live.inFlight.put(all.offset(i), all.poppedMs(i), all.visibleMs(i), all.tries(i), all.isAcked(i));
        }
        live.dueMs = live.earliest();
        live.recount();
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
        return inFlight.count();
    }

    private void recount() {
        total.addAndGet(inFlight.count() - counted);
        counted = inFlight.count();
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
        if (pop.isOrdered()) {
            return isBlocked(pop.attemptId(), limits.nowMs()) ? null : takeInOrder(pop, taker, limits);
        }
        leaveOrder();
        if (inFlight.count() >= limits.inFlightMax()) {
            return null;
        }
        keepWithinQueue();
        PoppedPart part = new PoppedPart(this, next);
        long end = taker.take(queue, next, limits, part);
        for (int i = 0; i < part.count(); i++) {
            inFlight.put(part.offset(i), limits.nowMs(), limits.visibleMs(), 0, false);
            dirty(part.offset(i));
        }
        part.end(end);
        next = end;
        recount();
        return part;
    }

    /** Retention may have passed it, and somebody may have said an offset that there is not. */
    private void keepWithinQueue() {
        long min = queue.offsetMin();
        next = Math.clamp(next, min, Math.max(min, queue.offsetMax()));
    }

    private PoppedPart takeInOrder(Pop pop, Taker taker, Limits limits) {
        isOrdered = true;
        long from = inFlight.isEmpty() ? next : inFlight.offset(0);
        from = Math.clamp(from, queue.offsetMin(), Math.max(queue.offsetMin(), queue.offsetMax()));
        PoppedPart part = new PoppedPart(this, from);
        long end = taker.take(queue, from, limits, part);
        if (end == from) {
            return part;
        }
        boolean isSameAttempt = attemptId != null && attemptId.equals(pop.attemptId());
        int[] tries = new int[part.count()];
        for (int i = 0; i < tries.length; i++) {
            int at = inFlight.indexOf(part.offset(i));
            tries[i] = at < 0 ? 0 : inFlight.tries(at) + (isSameAttempt ? 0 : 1);
        }
        dropAll();
        for (int i = 0; i < tries.length; i++) {
            part.tries(i, tries[i]);
            inFlight.put(part.offset(i), limits.nowMs(), limits.visibleMs(), tries[i], false);
            dirty(part.offset(i));
        }
        part.end(end);
        next = end;
        attemptId = pop.attemptId();
        recount();
        return part;
    }

    private void dropAll() {
        for (int i = 0; i < inFlight.count(); i++) {
            dirty(inFlight.offset(i));
        }
        inFlight.clear();
    }

    /** What was acknowledged out of turn counts now. */
    private void leaveOrder() {
        if (isOrdered) {
            isOrdered = false;
            attemptId = null;
            for (int i = inFlight.count() - 1; i >= 0; i--) {
                if (inFlight.isAcked(i)) {
                    dirty(inFlight.offset(i));
                    inFlight.removeAt(i);
                }
            }
        }
    }

    /** Whether somebody holds messages of the queue, so that nobody else gets any in order. */
    synchronized boolean isBlocked(@Nullable String wantedAttempt, long nowMs) {
        if (attemptId != null && attemptId.equals(wantedAttempt)) {
            return false;
        }
        for (int i = 0; i < inFlight.count(); i++) {
            if (!inFlight.isAcked(i) && nowMs < inFlight.visibleMs(i)) {
                return true;
            }
        }
        return false;
    }

    /** Whether a consumer in order would get something, if there are messages. */
    synchronized boolean hasForOrdered(@Nullable String wantedAttempt, long nowMs) {
        return !isBlocked(wantedAttempt, nowMs) && (!inFlight.isEmpty() || next < queue.offsetMax());
    }

    /** Undoes a take that could not be made durable, if nothing was taken after it; else its messages stay in flight. */
    synchronized void giveBack(PoppedPart part) {
        if (isOrdered || next != part.end() || isGone) {
            return;
        }
        for (int i = part.count() - 1; i >= 0; i--) {
            int at = inFlight.indexOf(part.offset(i));
            if (at >= 0 && inFlight.visibleMs(at) != LEAVING) {
                inFlight.removeAt(at);
                dirty(part.offset(i));
            }
        }
        next = part.start();
        recount();
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
        int i = held(offset, poppedMs);
        if (i < 0) {
            return Settled.UNKNOWN;
        }
        dirty(offset);
        if (!isOrdered) {
            inFlight.removeAt(i);
            recount();
            return Settled.DONE;
        }
        inFlight.ack(i);
        while (!inFlight.isEmpty() && inFlight.isAcked(0)) {
            dirty(inFlight.offset(0));
            inFlight.removeAt(0);
        }
        recount();
        return isBlocked(null, nowMs) ? Settled.DONE : Settled.UNBLOCKED;
    }

    private int held(long offset, long poppedMs) {
        int i = inFlight.indexOf(offset);
        boolean isHeld =
                i >= 0 && inFlight.poppedMs(i) == poppedMs && inFlight.visibleMs(i) != LEAVING && !inFlight.isAcked(i);
        return isHeld ? i : -1;
    }

    /**
     * Lets a message become visible at another time.
     *
     * @return when it counts as handed out from now on, or -1 when it is not in flight by this receipt
     */
    synchronized long change(long offset, long poppedMs, long nowMs, long visibleMs) {
        int i = held(offset, poppedMs);
        if (i < 0) {
            return -1;
        }
        // The old receipt must not count for what the new one is about; in order it stays good.
        long newPoppedMs = isOrdered ? poppedMs : Math.max(nowMs, poppedMs + 1);
        inFlight.poppedMs(i, newPoppedMs);
        inFlight.visibleMs(i, visibleMs);
        dirty(offset);
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
        long[] offsets = new long[8];
        int count = 0;
        for (int i = 0; !isOrdered && i < inFlight.count() && count < max; i++) {
            if (inFlight.visibleMs(i) <= nowMs) {
                inFlight.visibleMs(i, LEAVING);
                offsets = count == offsets.length ? Arrays.copyOf(offsets, 2 * count) : offsets;
                offsets[count++] = inFlight.offset(i);
            }
        }
        forget(offsets, count);
        dueMs = isOrdered ? earliestAfter(nowMs) : earliest();
        return new Due(dueMs, isOrdered, Arrays.copyOf(offsets, count));
    }

    /** What leaves is not written as being in flight any more. */
    private void forget(long[] offsets, int count) {
        if (count == 0 || dirtyCount == 0) {
            return;
        }
        int kept = 0;
        for (int i = 0; i < dirtyCount; i++) {
            if (Arrays.binarySearch(offsets, 0, count, dirty[i]) < 0) {
                dirty[kept++] = dirty[i];
            }
        }
        dirtyCount = kept;
    }

    private long earliest() {
        return earliestAfter(Long.MIN_VALUE);
    }

    private long earliestAfter(long nowMs) {
        long earliest = NEVER;
        for (int i = 0; i < inFlight.count(); i++) {
            long visibleMs = inFlight.visibleMs(i);
            if (visibleMs > nowMs && !inFlight.isAcked(i)) {
                earliest = Math.min(earliest, visibleMs);
            }
        }
        return earliest;
    }

    /** The copies are in the log, and with them the note that these are in flight no more. */
    synchronized void left(long[] offsets) {
        for (long offset : offsets) {
            int i = inFlight.indexOf(offset);
            if (i >= 0 && inFlight.visibleMs(i) == LEAVING) {
                inFlight.removeAt(i);
            }
        }
        recount();
    }

    /** The copies could not be brought into the log: to be tried again then. */
    synchronized void stay(long[] offsets, long visibleMs) {
        for (long offset : offsets) {
            int i = inFlight.indexOf(offset);
            if (i >= 0 && inFlight.visibleMs(i) == LEAVING) {
                inFlight.visibleMs(i, visibleMs);
                dirty(offset);
            }
        }
    }

    /** A message that is not there any more cannot be handed out again. */
    synchronized void lost(long offset) {
        int i = inFlight.indexOf(offset);
        if (i >= 0) {
            inFlight.removeAt(i);
            dirty(offset);
            recount();
        }
    }

    /** When a message in flight was handed out; -1 when it is not in flight. */
    synchronized long poppedMs(long offset) {
        int i = inFlight.indexOf(offset);
        return i < 0 ? -1 : inFlight.poppedMs(i);
    }

    // ---- the log

    private void dirty(long offset) {
        if (dirtyCount == dirty.length) {
            dirty = Arrays.copyOf(dirty, 2 * dirtyCount);
        }
        dirty[dirtyCount++] = offset;
    }

    /** @return whether the caller must put the queue into the journal's list */
    synchronized boolean list() {
        boolean first = !isListed && !isGone;
        isListed |= first;
        return first;
    }

    /** Says what changed since the last time, and forgets it; returns the offsets that it spoke of. */
    synchronized long[] write(PopChange to) {
        isListed = false;
        if (isGone) {
            return new long[0];
        }
        long[] changed = Arrays.copyOf(dirty, dirtyCount);
        Arrays.sort(changed);
        dirtyCount = 0;
        dirty = dirty.length > 1024 ? new long[8] : dirty;
        to.begin(key, epoch, next, isOrdered, attemptId);
        for (int i = 0; i < changed.length; i++) {
            if (i > 0 && changed[i] == changed[i - 1]) {
                continue;
            }
            int at = inFlight.indexOf(changed[i]);
            if (at < 0) {
                to.gone(changed[i]);
            } else if (inFlight.visibleMs(at) != LEAVING) {
                to.there(inFlight, at);
            }
        }
        to.end();
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
            dirty(offset);
        }
    }

    // ---- said by others

    synchronized void reset(long offset, long newEpoch) {
        epoch = newEpoch;
        next = offset;
        attemptId = null;
        inFlight.clear();
        dirtyCount = 0;
        dueMs = NEVER;
        recount();
    }

    synchronized void gone() {
        isGone = true;
        inFlight.clear();
        dirtyCount = 0;
        recount();
    }

    synchronized boolean isGone() {
        return isGone;
    }
}
