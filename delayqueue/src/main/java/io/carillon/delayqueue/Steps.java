package io.carillon.delayqueue;

/**
 * The seam between any two steps of which the first has changed a store: tests stop a node there as a crash would. The
 * crash matrix of {@code docs/delayqueue-redis-mysql.md} says what comes of that.
 */
interface Steps {
    Steps NONE = step -> {};

    void at(Step step);
}
