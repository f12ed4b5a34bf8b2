package io.carillon.schedule;

/** Told once what came of an order, by any thread: must be quick. */
@FunctionalInterface
public interface OrderDone {
    void done(Outcome outcome);
}
