package io.carillon.base.delayqueue;

/**
 * What came of rescheduling a message that is known.
 *
 * @param dueMs when it is due now; of a message that was too late or cancelled, when it was
 */
public record Rescheduled(Outcome outcome, long dueMs) {
    public enum Outcome {
        RESCHEDULED,
        /** It was due, and somebody has or had it. */
        TOO_LATE,
        CANCELLED
    }
}
