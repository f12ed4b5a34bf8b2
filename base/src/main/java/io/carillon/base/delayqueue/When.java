package io.carillon.base.delayqueue;

/** When a message is due. */
public sealed interface When {
    /** At once. */
    static When now() {
        return new After(0);
    }

    /** So many ms after the engine has taken it, by the engine's clock; 0 for at once. */
    record After(long delayMs) implements When {
        public After {
            if (delayMs < 0) {
                throw new IllegalArgumentException("a delay must not be negative: " + delayMs + " ms");
            }
        }
    }

    /** At this time; at once when it has passed. */
    record At(long epochMs) implements When {
        public At {
            if (epochMs < 0) {
                throw new IllegalArgumentException("a due time must not be before 1970: " + epochMs + " ms");
            }
        }
    }

    /** When that is, for who takes it now. */
    default long dueMs(long nowMs) {
        return switch (this) {
            case After(long delayMs) -> delayMs > Long.MAX_VALUE - nowMs ? Long.MAX_VALUE : nowMs + delayMs;
            case At(long epochMs) -> Math.max(epochMs, nowMs);
        };
    }
}
