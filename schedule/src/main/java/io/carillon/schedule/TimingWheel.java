package io.carillon.schedule;

import java.util.Arrays;

/**
 * A wheel with a slot for each millisecond of a little more than a minute, for messages that come when their minute is
 * sorted already. A slot is sorted when its time has come. It has no thread and no clock: who owns it says what time it
 * is. One thread, one hour.
 */
final class TimingWheel {
    private static final int SLOTS = 1 << 16;
    private static final int MASK = SLOTS - 1;
    private static final int SPAN_MS = SLOTS - 1;
    /** The wheel's start follows the clock in steps, for to find its first message is a search. */
    private static final int STEP_MS = 1000;
    /** No time and no key. */
    static final long NONE = Long.MAX_VALUE;

    private final long hourStartMs;
    private final int[] first = new int[SLOTS];
    private final int[] last = new int[SLOTS];
    /** One bit for each slot that holds something. */
    private final long[] used = new long[SLOTS / 64];
    /** One bit for each slot whose messages are not in the order of their keys. */
    private final long[] unsorted = new long[SLOTS / 64];

    private long[] key = new long[64];
    private int[] next = new int[64];
    private int free = -1;
    private int nodes;
    private int count;
    /** Nothing in the wheel is due earlier. */
    private long fromMs;

    TimingWheel(long hourStartMs) {
        this.hourStartMs = hourStartMs;
        fromMs = hourStartMs;
        Arrays.fill(first, -1);
    }

    private long dueMs(long itsKey) {
        return hourStartMs + Keys.dueInHourMs(itsKey);
    }

    /** Adds a message; one that is overdue goes to the first slot. */
    void add(long itsKey, long nowMs) {
        if (count == 0) {
            fromMs = nowMs;
        } else if (nowMs < fromMs) {
            turnBack(nowMs);
        } else if (nowMs - fromMs >= STEP_MS) {
            fromMs = Math.min(nowMs, firstMs());
        }
        put(itsKey);
    }

    /** The clock was set back: what was overdue may stand in a slot whose time has not come again. */
    private void turnBack(long nowMs) {
        Keys all = new Keys();
        while (count > 0) {
            fromMs = firstMs();
            all.add(key[first[(int) fromMs & MASK]]);
            poll();
        }
        fromMs = nowMs;
        for (long each : all.sorted()) {
            put(each);
        }
    }

    /** What is due beyond the wheel's span goes to its last slot, and from there on when that one is reached. */
    private void put(long itsKey) {
        long at = Math.min(Math.max(dueMs(itsKey), fromMs), fromMs + SPAN_MS);
        int slot = (int) at & MASK;
        int node = takeNode();
        key[node] = itsKey;
        next[node] = -1;
        if (first[slot] < 0) {
            first[slot] = node;
            used[slot >>> 6] |= 1L << slot;
        } else {
            next[last[slot]] = node;
            if (itsKey < key[last[slot]]) {
                unsorted[slot >>> 6] |= 1L << slot;
            }
        }
        last[slot] = node;
        count++;
    }

    private int takeNode() {
        if (free >= 0) {
            int node = free;
            free = next[node];
            return node;
        }
        if (nodes == key.length) {
            key = Arrays.copyOf(key, 2 * nodes);
            next = Arrays.copyOf(next, 2 * nodes);
        }
        return nodes++;
    }

    int count() {
        return count;
    }

    boolean isEmpty() {
        return count == 0;
    }

    /** The time of the first slot in use: nothing is due earlier. {@link #NONE} when the wheel is empty. */
    long firstMs() {
        if (count == 0) {
            return NONE;
        }
        int start = (int) fromMs & MASK;
        int word = start >>> 6;
        long bits = used[word] & -1L << start;
        for (int i = 0; i <= used.length; i++) {
            if (bits != 0) {
                int slot = word << 6 | Long.numberOfTrailingZeros(bits);
                return fromMs + ((slot - start) & MASK);
            }
            word = (word + 1) & (used.length - 1);
            bits = used[word];
        }
        throw new IllegalStateException(count + " in the wheel and no slot in use");
    }

    /** The key of the first message that is due by now, which {@link #poll} takes out; {@link #NONE} when none is. */
    long peekDue(long nowMs) {
        if (nowMs < fromMs && count > 0) {
            turnBack(nowMs);
        }
        for (long at = firstMs(); at <= nowMs; at = firstMs()) {
            fromMs = at;
            int slot = (int) at & MASK;
            sort(slot);
            long head = key[first[slot]];
            if (dueMs(head) <= at) {
                return head;
            }
            // From beyond the span: even when it is due by now, others may be due between this slot and it.
            poll();
            put(head);
        }
        return NONE;
    }

    private void sort(int slot) {
        long bit = 1L << slot;
        if ((unsorted[slot >>> 6] & bit) == 0) {
            return;
        }
        unsorted[slot >>> 6] &= ~bit;
        Keys row = new Keys();
        for (int node = first[slot]; node >= 0; node = next[node]) {
            row.add(key[node]);
        }
        int node = first[slot];
        for (long each : row.sorted()) {
            key[node] = each;
            node = next[node];
        }
    }

    /** Takes out what {@link #peekDue} returned. */
    void poll() {
        int slot = (int) fromMs & MASK;
        int node = first[slot];
        first[slot] = next[node];
        if (first[slot] < 0) {
            used[slot >>> 6] &= ~(1L << slot);
            unsorted[slot >>> 6] &= ~(1L << slot);
        }
        next[node] = free;
        free = node;
        count--;
    }
}
