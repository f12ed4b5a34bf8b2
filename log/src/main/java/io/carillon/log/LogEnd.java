package io.carillon.log;

/**
 * A place between two entries of the log.
 *
 * @param offset the log offset after the entry before it
 * @param nextIndex the index of the entry that follows
 * @param term the term of the entry before it
 * @param timestampMs the time of the entry before it
 */
record LogEnd(long offset, long nextIndex, long term, long timestampMs) {}
