package io.carillon.broker.retry;

import java.util.List;

/** How long a group waits before it tries a message again. */
public sealed interface RetryPolicy {
    RetryPolicy LEVELS = new Levels();

    /** The classic levels: the first retry waits for level 3, each one after that for the next. */
    record Levels() implements RetryPolicy {}

    /**
     * These times in turn, the last one for all that follow. As in Apache RocketMQ the first two are passed over, for
     * they stand for levels 1 and 2; a list of one is a fixed interval.
     */
    record Intervals(List<Long> delaysMs) implements RetryPolicy {
        private static final long PASSED_OVER = 2;

        /** @throws IllegalArgumentException when there is none, or a negative one: a sentence for the client */
        public Intervals {
            delaysMs = List.copyOf(delaysMs);
            if (delaysMs.isEmpty()) {
                throw new IllegalArgumentException("a customized retry policy has at least one interval");
            }
            for (long delayMs : delaysMs) {
                if (delayMs < 0) {
                    throw new IllegalArgumentException("an interval of a retry policy is 0 ms or more, not " + delayMs);
                }
            }
        }

        long delayMs(int tries) {
            return delaysMs.get((int) Math.min(Math.max(0, tries) + PASSED_OVER, delaysMs.size() - 1));
        }
    }

    /** The first retry waits for {@code initialMs}, each one after that so many times longer, up to {@code maxMs}. */
    record Exponential(long initialMs, long maxMs, long multiplier) implements RetryPolicy {
        /** From here on the delay stays as it is. */
        private static final int STEPS_MAX = 32;

        /** @throws IllegalArgumentException when a number is out of range: a sentence for the client */
        public Exponential {
            if (initialMs < 0 || maxMs < 0 || multiplier < 1) {
                throw new IllegalArgumentException(
                        "an exponential retry policy has initial and max of 0 ms or more, not " + initialMs + " and "
                                + maxMs + ", and a multiplier of 1 or more, not " + multiplier);
            }
        }

        long delayMs(int tries) {
            long delayMs = Math.min(initialMs, maxMs);
            for (int i = 0; i < Math.min(tries, STEPS_MAX) && delayMs < maxMs; i++) {
                delayMs = delayMs > maxMs / multiplier ? maxMs : delayMs * multiplier;
            }
            return delayMs;
        }
    }
}
