package io.carillon.broker.filter;

/**
 * Decides by a message's properties. Unchanging, shared by all threads. Two that are equal let the same messages
 * through.
 */
public interface RecordFilter {
    /** Whether the message with these properties is wanted. Never throws because of what is in them. */
    boolean matches(RecordProperties properties);

    /**
     * About how often {@link #matches} walks over each byte of the properties, at least 1: what a reader that limits its
     * own work multiplies by.
     */
    int weight();
}
