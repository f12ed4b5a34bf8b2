package io.carillon.broker.filter;

/** A part of a filter's expression: a condition, or a value that conditions compare. Unchanging. */
sealed interface Expression permits Condition, Value {
    /** A {@link Truth}: {@code VALUE} for a text or number that is there, {@code UNKNOWN} for nothing. */
    int state(RecordProperties properties);
}
