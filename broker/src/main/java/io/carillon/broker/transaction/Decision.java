package io.carillon.broker.transaction;

/** What becomes of a half. */
public enum Decision {
    /** It goes to its topic. */
    COMMIT,
    /** Nobody will ever see it. */
    ROLLBACK
}
