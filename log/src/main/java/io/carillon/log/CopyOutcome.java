package io.carillon.log;

/** What became of a copy, or of what was to be made of one. */
public sealed interface CopyOutcome {
    /**
     * It is whole, and durable.
     *
     * @param origin whose log it is
     * @param files how many
     * @param bytes of all files
     * @param to the log offset of its end
     */
    record Whole(String origin, int files, long bytes, long to) implements CopyOutcome {}

    /** It was not begun, or cannot go on like this: for people, why, and what to do. */
    record Refused(String why) implements CopyOutcome {}
}
