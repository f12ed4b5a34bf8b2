package io.carillon.broker.transaction;

import java.time.Duration;

/**
 * How transactional messages are treated.
 *
 * @param enabled whether they are taken; those that were taken before are decided in any case
 * @param timeout how long after a half was stored its producers are asked for the first time what became of it
 * @param checkInterval how long after that they are asked again
 * @param checksMax how often they are asked; then the message goes to the topic TRANS_CHECK_MAX_TIME_TOPIC
 * @param orphanAfter after how long it goes there when no producer of its group is connected: such checks do not count
 * @param checkRate how many checks a second are sent
 * @param undecidedMax how many transactions may be undecided at once, each of which takes some 150 bytes of memory; more
 *     are refused
 */
public record TransactionConfig(
        boolean enabled,
        Duration timeout,
        Duration checkInterval,
        int checksMax,
        Duration orphanAfter,
        int checkRate,
        int undecidedMax) {

    private static final Duration IMMUNITY_MAX = Duration.ofDays(1);

    public static final TransactionConfig DEFAULT = new TransactionConfig(
            true, Duration.ofSeconds(6), Duration.ofSeconds(30), 15, Duration.ofHours(6), 2000, 500_000);

    public TransactionConfig {
        requireUpToADay("timeout", timeout, Duration.ZERO);
        requireUpToADay("checkInterval", checkInterval, Duration.ofMillis(1));
        if (orphanAfter.isNegative()) {
            throw new IllegalArgumentException("orphanAfter must not be negative: " + orphanAfter);
        }
        requirePositive("checksMax", checksMax);
        requirePositive("checkRate", checkRate);
        requirePositive("undecidedMax", undecidedMax);
    }

    /** The longest time for which a message may ask that its producers be left alone. */
    public Duration immunityMax() {
        return IMMUNITY_MAX;
    }

    private static void requireUpToADay(String name, Duration value, Duration min) {
        if (value.compareTo(min) < 0 || value.compareTo(Duration.ofDays(1)) > 0) {
            throw new IllegalArgumentException(name + " must be from " + min + " to a day, not " + value);
        }
    }

    private static void requirePositive(String name, int value) {
        if (value < 1) {
            throw new IllegalArgumentException(name + " must be at least 1, not " + value);
        }
    }
}
