package io.carillon.broker.consume;

import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * When parked readers run out of time: a wheel of {@value #SLOTS} slots, one per {@value #TICK_NS} ns, each a list
 * linked through the polls themselves, so that adding and removing touch no other memory and allocate nothing. A bit
 * per slot finds the next deadline without walking empty slots. Any thread; nothing is ever due early, and late by at
 * most one tick.
 *
 * <p>A deadline farther ahead than one turn shares a slot with nearer ones and is passed over until its own turn.
 */
final class DeadlineWheel {
    /** About 4 ms: finer than anybody can tell after 15 s, and coarse enough that one turn covers 34 s. */
    static final long TICK_NS = 1L << 22;

    private static final int SLOTS = 1 << 13;
    private static final int MASK = SLOTS - 1;
    private static final long NONE = Long.MAX_VALUE;

    private final @Nullable Timed[] slots = new Timed[SLOTS];
    private final long[] occupied = new long[SLOTS / Long.SIZE];
    private int count;
    /** All ticks up to this one were served. */
    private long served;
    /** The tick at which somebody will look next. */
    private long planned = NONE;

    /** @return whether the deadline comes before the next planned look, so that the looker must be woken */
    synchronized boolean add(Timed poll, long deadlineNs, long nowNs) {
        long now = Math.floorDiv(nowNs, TICK_NS);
        if (count == 0) {
            served = now;
        }
        poll.tick = Math.max(Math.ceilDiv(deadlineNs, TICK_NS), Math.max(now, served) + 1);
        link(poll);
        if (poll.tick >= planned) {
            return false;
        }
        planned = poll.tick;
        return true;
    }

    /** Takes it out; nothing happens when it is not in. */
    synchronized void remove(Timed poll) {
        if (poll.isInSlot) {
            unlink(poll);
        }
    }

    /** Takes out all that is due, linked by {@code slotNext}, and plans the next look. */
    synchronized @Nullable Timed takeDue(long nowNs) {
        long now = Math.floorDiv(nowNs, TICK_NS);
        Timed due = null;
        if (count > 0 && now > served) {
            long turns = Math.min(now - served, SLOTS);
            for (long i = nextOccupied(1, turns); i <= turns; i = nextOccupied(i + 1, turns)) {
                due = takeDue(slots[(int) ((served + i) & MASK)], now, due);
            }
        }
        served = Math.max(served, now);
        planned = count == 0 ? NONE : served + nextOccupied(1, SLOTS);
        return due;
    }

    /**
     * Takes out all that is due and has each ended, one by one and outside the wheel's lock.
     *
     * @param end returns whether it was the one that ended it
     * @return how many were ended
     */
    int endDue(long nowNs, Predicate<Timed> end) {
        int ended = 0;
        Timed due = takeDue(nowNs);
        while (due != null) {
            Timed next = due.slotNext;
            due.slotNext = null;
            ended += end.test(due) ? 1 : 0;
            due = next;
        }
        return ended;
    }

    private @Nullable Timed takeDue(@Nullable Timed head, long now, @Nullable Timed due) {
        Timed poll = head;
        Timed taken = due;
        while (poll != null) {
            Timed next = poll.slotNext;
            if (poll.tick <= now) {
                unlink(poll);
                poll.slotNext = taken;
                taken = poll;
            }
            poll = next;
        }
        return taken;
    }

    /** How long until the next planned look, in ns; {@link Long#MAX_VALUE} when nobody waits. */
    synchronized long restNs(long nowNs) {
        return planned == NONE ? NONE : Math.max(0, planned * TICK_NS - nowNs);
    }

    synchronized int count() {
        return count;
    }

    /** The smallest distance from {@code from} on, counted from {@link #served}, whose slot is taken; else max + 1. */
    private long nextOccupied(long from, long max) {
        long distance = from;
        while (distance <= max) {
            int slot = (int) ((served + distance) & MASK);
            long rest = occupied[slot >> 6] >>> (slot & 63);
            if (rest != 0) {
                return Math.min(distance + Long.numberOfTrailingZeros(rest), max + 1);
            }
            distance += Long.SIZE - (slot & 63);
        }
        return max + 1;
    }

    private void link(Timed poll) {
        int slot = (int) (poll.tick & MASK);
        Timed head = slots[slot];
        poll.slotPrevious = null;
        poll.slotNext = head;
        if (head != null) {
            head.slotPrevious = poll;
        }
        slots[slot] = poll;
        occupied[slot >> 6] |= 1L << slot;
        poll.isInSlot = true;
        count++;
    }

    private void unlink(Timed poll) {
        int slot = (int) (poll.tick & MASK);
        Timed previous = poll.slotPrevious;
        Timed next = poll.slotNext;
        if (previous == null) {
            slots[slot] = next;
        } else {
            previous.slotNext = next;
        }
        if (next != null) {
            next.slotPrevious = previous;
        }
        if (slots[slot] == null) {
            occupied[slot >> 6] &= ~(1L << slot);
        }
        poll.slotPrevious = null;
        poll.slotNext = null;
        poll.isInSlot = false;
        count--;
    }
}
