package io.carillon.broker.transaction;

import java.util.Arrays;

/** When which half is to be asked about, the earliest first: a binary heap, 20 bytes a half. One thread. */
final class CheckTimes {
    private long[] due = new long[64];
    private long[] half = new long[64];
    private int[] checks = new int[64];
    private int count;

    boolean isEmpty() {
        return count == 0;
    }

    int count() {
        return count;
    }

    /** When the first one is due; {@link Long#MAX_VALUE} when there is none. */
    long firstMs() {
        return count == 0 ? Long.MAX_VALUE : due[0];
    }

    long firstHalf() {
        return half[0];
    }

    int firstChecks() {
        return checks[0];
    }

    void add(long dueMs, long itsHalf, int checksDone) {
        if (count == due.length) {
            resize(2 * count);
        }
        int at = count++;
        while (at > 0 && due[(at - 1) / 2] > dueMs) {
            move((at - 1) / 2, at);
            at = (at - 1) / 2;
        }
        put(at, dueMs, itsHalf, checksDone);
    }

    /** Takes out the first one. */
    void poll() {
        removeAt(0);
        if (due.length > 4096 && count < due.length / 4) {
            resize(due.length / 2);
        }
    }

    /** Takes out this half, if it is there: looks at all of them. */
    void remove(long itsHalf) {
        for (int i = 0; i < count; i++) {
            if (half[i] == itsHalf) {
                removeAt(i);
                return;
            }
        }
    }

    private void removeAt(int hole) {
        count--;
        if (hole == count) {
            return;
        }
        long lastDue = due[count];
        long lastHalf = half[count];
        int lastChecks = checks[count];
        int at = hole;
        while (at > 0 && due[(at - 1) / 2] > lastDue) {
            move((at - 1) / 2, at);
            at = (at - 1) / 2;
        }
        int child = smallerChild(at);
        while (child < count && due[child] < lastDue) {
            move(child, at);
            at = child;
            child = smallerChild(at);
        }
        put(at, lastDue, lastHalf, lastChecks);
    }

    private int smallerChild(int at) {
        int left = 2 * at + 1;
        return left + 1 < count && due[left + 1] < due[left] ? left + 1 : left;
    }

    private void move(int from, int to) {
        put(to, due[from], half[from], checks[from]);
    }

    private void put(int at, long dueMs, long itsHalf, int checksDone) {
        due[at] = dueMs;
        half[at] = itsHalf;
        checks[at] = checksDone;
    }

    private void resize(int capacity) {
        due = Arrays.copyOf(due, capacity);
        half = Arrays.copyOf(half, capacity);
        checks = Arrays.copyOf(checks, capacity);
    }
}
