package io.carillon.broker.consume;

import io.carillon.base.Counters;
import java.util.concurrent.atomic.LongAdder;

/** Counts what consumers read. Any thread may call. */
public final class ReadCounts {
    private final LongAdder messages;
    private final LongAdder found;
    private final LongAdder missed;

    public ReadCounts(Counters counters) {
        messages = counters.counter("read_messages");
        found = counters.counter("reads_found");
        missed = counters.counter("reads_missed");
    }

    /** Counts one look into a queue that found so many messages; 0 for one that found none. */
    public void looked(int messagesFound) {
        if (messagesFound > 0) {
            messages.add(messagesFound);
            found.increment();
        } else {
            missed.increment();
        }
    }

    /** How many messages were found. */
    public long messages() {
        return messages.sum();
    }

    /** How many looks found messages. */
    public long found() {
        return found.sum();
    }

    /** How many looks found none; a reader that waits for messages looks once before and once after. */
    public long missed() {
        return missed.sum();
    }
}
