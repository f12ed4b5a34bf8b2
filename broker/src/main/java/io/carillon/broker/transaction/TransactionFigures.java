package io.carillon.broker.transaction;

import io.carillon.base.Counters;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;

/** What transactions count. Any thread. */
public final class TransactionFigures {
    final LongAdder committed;
    final LongAdder rolledBack;
    final LongAdder checks;
    final LongAdder unreachable;
    final LongAdder givenUp;
    final LongAdder carriedOn;
    final LongAdder lost;
    private final Counters counters;

    public TransactionFigures(Counters counters) {
        this.counters = counters;
        committed = counters.counter("transaction_committed_messages");
        rolledBack = counters.counter("transaction_rolled_back_messages");
        checks = counters.counter("transaction_checks");
        unreachable = counters.counter("transaction_unreachable_checks");
        givenUp = counters.counter("transaction_given_up_messages");
        carriedOn = counters.counter("transaction_carried_on_messages");
        lost = counters.counter("transaction_lost_messages");
    }

    void undecidedBy(LongSupplier count) {
        counters.gauge("transaction_undecided_messages", count);
    }
}
