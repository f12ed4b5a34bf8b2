package io.carillon.schedule;

import io.carillon.base.Counters;
import java.util.concurrent.atomic.LongAdder;

/** What the due loop counts. Written by its thread, but for the adders; any thread may read. */
final class Figures {
    final LongAdder left;
    final LongAdder cancelled;
    final LongAdder moved;
    final LongAdder expired;
    final LongAdder held;
    final LongAdder lost;
    final LongAdder loadNs;
    final Lateness lateness = new Lateness();
    /** How many messages are in memory to be due soon. */
    volatile long keysLoaded;

    Figures(Counters counters) {
        left = counters.counter("schedule_left_messages");
        cancelled = counters.counter("schedule_cancelled_messages");
        moved = counters.counter("schedule_moved_messages");
        expired = counters.counter("schedule_expired_messages");
        held = counters.counter("schedule_held_messages");
        lost = counters.counter("schedule_lost_messages");
        loadNs = counters.counter("schedule_load_nanoseconds");
        counters.gauge("schedule_loaded_messages", () -> keysLoaded);
    }
}
