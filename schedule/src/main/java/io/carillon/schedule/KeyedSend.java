package io.carillon.schedule;

import io.carillon.log.AppendBatch;
import java.util.function.Consumer;

/**
 * One message that has a key, on its way through the due loop into the log. Fill {@link #batch}, which takes one record,
 * then hand it to {@link Scheduler#send}. Used once.
 */
public final class KeyedSend {
    private final AppendBatch batch = new AppendBatch(_ -> ended());
    private final Consumer<Outcome> told;
    private Runnable settled = () -> {};

    /**
     * @param told told once, by any thread: DONE when the outcome stands in {@link #batch}, which may hold a refusal;
     *     KEY_TAKEN or TOO_MANY_KEYS when it was not even tried
     */
    public KeyedSend(Consumer<Outcome> told) {
        this.told = told;
    }

    public AppendBatch batch() {
        return batch;
    }

    /** What the orders want to know before the sender hears. */
    void onSettled(Runnable work) {
        settled = work;
    }

    private void ended() {
        settled.run();
        told.accept(Outcome.DONE);
    }

    void refuse(Outcome outcome) {
        told.accept(outcome);
    }
}
