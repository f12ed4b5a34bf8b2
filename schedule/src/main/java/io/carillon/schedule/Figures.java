package io.carillon.schedule;

import io.carillon.base.Counters;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.LongAdder;

/** What the due loop counts. Written by its thread, but for the adders; any thread may read. */
final class Figures {
    private static final Set<Outcome> CANCEL_OUTCOMES =
            EnumSet.of(Outcome.DONE, Outcome.LEFT, Outcome.CANCELLED, Outcome.NOT_FOUND, Outcome.REFUSED);

    final LongAdder left;
    final LongAdder cancelled;
    final LongAdder moved;
    final LongAdder expired;
    final LongAdder held;
    final LongAdder lost;
    final LongAdder loadNs;
    /** Of all that was to be cancelled, what came of it. */
    private final Map<Outcome, LongAdder> cancels = new EnumMap<>(Outcome.class);

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
        for (Outcome outcome : CANCEL_OUTCOMES) {
            String name = outcome.name().toLowerCase(Locale.ROOT);
            cancels.put(outcome, counters.counter("schedule_cancels_" + name));
        }
        counters.gauge("schedule_loaded_messages", () -> keysLoaded);
    }

    void countCancel(Outcome outcome) {
        LongAdder count = cancels.get(outcome);
        if (count != null) {
            count.increment();
        }
    }
}
