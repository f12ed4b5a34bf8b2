package io.carillon.broker.filter;

import java.util.Arrays;

/** Looks for a text in another one, byte by byte, which in UTF-8 is the same as character by character. */
final class Search {
    enum Where {
        ANYWHERE,
        AT_START,
        AT_END
    }

    private final byte[] wanted;
    private final Where where;
    /**
     * How much of {@link #wanted} still stands when the next byte does not fit (Knuth, Morris and Pratt): so the time is
     * bounded by the length of both, whatever a client makes of them.
     */
    private final int[] fallbacks;

    Search(byte[] wanted, Where where) {
        this.wanted = wanted;
        this.where = where;
        this.fallbacks = where == Where.ANYWHERE ? fallbacks(wanted) : new int[0];
    }

    boolean isEmpty() {
        return wanted.length == 0;
    }

    boolean isFoundIn(byte[] bytes, int at, int length) {
        if (length < wanted.length) {
            return false;
        }
        return switch (where) {
            case AT_START -> standsAt(bytes, at);
            case AT_END -> standsAt(bytes, at + length - wanted.length);
            case ANYWHERE -> standsWithin(bytes, at, at + length);
        };
    }

    private boolean standsAt(byte[] bytes, int at) {
        return Arrays.equals(bytes, at, at + wanted.length, wanted, 0, wanted.length);
    }

    private boolean standsWithin(byte[] bytes, int from, int to) {
        int matched = 0;
        for (int i = from; i < to; i++) {
            while (matched > 0 && bytes[i] != wanted[matched]) {
                matched = fallbacks[matched - 1];
            }
            if (bytes[i] == wanted[matched] && ++matched == wanted.length) {
                return true;
            }
        }
        return false;
    }

    private static int[] fallbacks(byte[] wanted) {
        int[] fallbacks = new int[wanted.length];
        int matched = 0;
        for (int i = 1; i < wanted.length; i++) {
            while (matched > 0 && wanted[i] != wanted[matched]) {
                matched = fallbacks[matched - 1];
            }
            if (wanted[i] == wanted[matched]) {
                matched++;
            }
            fallbacks[i] = matched;
        }
        return fallbacks;
    }
}
