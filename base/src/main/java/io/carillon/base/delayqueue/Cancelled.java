package io.carillon.base.delayqueue;

/** What came of cancelling a message that is known. */
public enum Cancelled {
    /** Nobody had it, and nobody will. */
    CANCELLED,
    /** It was cancelled before. */
    CANCELLED_BEFORE,
    /** Too late: somebody has it now, or it is where engines cannot take it back from. */
    IN_FLIGHT,
    /** Too late: it was handed out and is settled, or is dead or expired. */
    FINISHED
}
