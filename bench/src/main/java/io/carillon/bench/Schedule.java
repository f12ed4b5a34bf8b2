package io.carillon.bench;

/**
 * When each message of an open loop is due: a fixed rate, whatever the server does. Latencies count from the moment a
 * message was due, so that a stall of the server is felt by all messages that fell due in it (no coordinated omission).
 */
record Schedule(long startNs, int ratePerSecond) {
    private static final long SECOND_NS = 1_000_000_000L;

    Schedule {
        if (ratePerSecond < 1) {
            throw new IllegalArgumentException("rate is not positive: " + ratePerSecond);
        }
    }

    /** The moment at which message {@code n}, counted from 0, is due. Exact: rounding does not add up. */
    long dueAtNs(long n) {
        return startNs + n / ratePerSecond * SECOND_NS + n % ratePerSecond * SECOND_NS / ratePerSecond;
    }

    /** How many messages are due up to and including {@code nowNs}. */
    long dueBy(long nowNs) {
        long elapsedNs = nowNs - startNs;
        if (elapsedNs < 0) {
            return 0;
        }
        long wholeSeconds = elapsedNs / SECOND_NS;
        long n = wholeSeconds * ratePerSecond + elapsedNs % SECOND_NS * ratePerSecond / SECOND_NS;
        return dueAtNs(n + 1) <= nowNs ? n + 2 : n + 1; // the division above may have cut one off
    }
}
