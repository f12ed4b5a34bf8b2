package io.carillon.broker.consume;

import io.carillon.base.Counters;
import io.carillon.broker.tally.Tallies;
import java.util.concurrent.atomic.LongAdder;

/** Counts what consumers read, in all and by topic and group. Any thread may call. */
public final class ReadCounts {
    private final Tallies tallies;
    private final LongAdder found;
    private final LongAdder missed;

    public ReadCounts(Tallies tallies, Counters counters) {
        this.tallies = tallies;
        counters.gauge("read_messages", this::messagesTotal);
        found = counters.counter("reads_found");
        missed = counters.counter("reads_missed");
    }

    /** Counts one look for messages that found none. */
    public void missed() {
        missed.increment();
    }

    /** Counts one look for messages that found some. */
    public void found() {
        found.increment();
    }

    /**
     * Counts for whom messages were found in a topic, which may be one of the group's retries.
     *
     * @param bytes of their records
     */
    public void found(String topic, String group, int count, long bytes) {
        tallies.add(topic, group, count, bytes);
    }

    /** How many messages were found. */
    public long messagesTotal() {
        return tallies.all().messages();
    }

    /** How many looks found messages. */
    public long foundTotal() {
        return found.sum();
    }

    /** How many looks found none; a reader that waits for messages looks once before and once after. */
    public long missedTotal() {
        return missed.sum();
    }
}
