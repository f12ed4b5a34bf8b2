package io.carillon.schedule;

import java.util.Arrays;

/**
 * Where hours ended that were given up, 8 bytes each. Most are given up in the order of time, and looked up never again.
 * One thread.
 */
final class ForgottenHours {
    private int[] hours = new int[16];
    private int[] ends = new int[16];
    private int count;

    /** Told of each hour, in order. */
    interface Visitor {
        void hour(int hour, int end);
    }

    int count() {
        return count;
    }

    /** Where this hour ended; 0 when it is not one of these. */
    int end(int hour) {
        int at = Arrays.binarySearch(hours, 0, count, hour);
        return at < 0 ? 0 : ends[at];
    }

    void put(int hour, int end) {
        int found = Arrays.binarySearch(hours, 0, count, hour);
        int at = found < 0 ? -found - 1 : found;
        if (found < 0) {
            if (count == hours.length) {
                hours = Arrays.copyOf(hours, 2 * count);
                ends = Arrays.copyOf(ends, 2 * count);
            }
            System.arraycopy(hours, at, hours, at + 1, count - at);
            System.arraycopy(ends, at, ends, at + 1, count - at);
            count++;
        }
        hours[at] = hour;
        ends[at] = end;
    }

    /** As {@link #end}; it is none of these any more. */
    int takeEnd(int hour) {
        int at = Arrays.binarySearch(hours, 0, count, hour);
        if (at < 0) {
            return 0;
        }
        int end = ends[at];
        count--;
        System.arraycopy(hours, at + 1, hours, at, count - at);
        System.arraycopy(ends, at + 1, ends, at, count - at);
        return end;
    }

    void clear() {
        count = 0;
    }

    void forEach(Visitor visitor) {
        for (int i = 0; i < count; i++) {
            visitor.hour(hours[i], ends[i]);
        }
    }
}
